using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Wording;

/// <summary>A notice within a message.</summary>
/// <param name="Text">Its words.</param>
/// <param name="Remarks">What is to be said beside it: that it comes and goes, or who has taken it on.</param>
internal sealed record MessagePart(NoticeText Text, IReadOnlyList<string> Remarks);

/// <summary>A message in the words of one language. Every text is one line without control characters; a channel escapes it for its own
/// form.</summary>
internal sealed record MessageText
{
    private const int RemarkLengthMax = 1_000;

    /// <summary>Language, as the web calls it.</summary>
    public required string Code { get; init; }

    /// <summary>A few words, for a subject or a lock screen.</summary>
    public required string Subject { get; init; }

    /// <summary>Why it comes, where that is not plain news.</summary>
    public required IReadOnlyList<string> Intro { get; init; }

    /// <summary>The notices, the most urgent first.</summary>
    public required IReadOnlyList<MessagePart> Parts { get; init; }

    /// <summary>What stands below the notices, each once.</summary>
    public IEnumerable<string> Footers => Parts.Select(part => part.Text.Footer).Distinct(StringComparer.Ordinal);

    /// <summary>The whole as plain lines, empty ones between the parts.</summary>
    public IEnumerable<string> Lines =>
    [
        .. Intro,
        .. Parts.SelectMany(part => (string[])["", part.Text.Sentence, .. part.Remarks, .. part.Text.Lines]),
        .. Footers.SelectMany(footer => (string[])["", footer]),
    ];

    /// <summary>Whether it is the first language: ids have none, so they stand once.</summary>
    public bool IsFirst { get; init; }

    /// <summary>The least that has to arrive: why it comes, and for each notice a line, and in the first language its alarm's id.</summary>
    public IEnumerable<string> Heads => [.. Intro, .. Parts.SelectMany(HeadsOf)];

    /// <summary>What can be left out where there is no room: the rest of each notice.</summary>
    public IEnumerable<string> Details =>
    [
        .. Footers,
        .. Parts.SelectMany(part => (string[])["", part.Text.Sentence, .. part.Remarks, .. part.Text.Lines]),
    ];

    /// <summary>Words a message in every language of a voice.</summary>
    /// <param name="message">The message.</param>
    /// <param name="voice">How to speak.</param>
    public static IReadOnlyList<MessageText> Of(AlertMessage message, Voice voice) =>
        [.. voice.Languages.Select((language, i) => Of(message, language, voice) with { IsFirst = i == 0 })];

    /// <summary>The notices of a message, the most urgent that still holds first.</summary>
    /// <param name="message">The message.</param>
    public static IReadOnlyList<AlertNotice> InOrder(AlertMessage message) =>
    [
        .. message.Notices.OrderByDescending(notice => notice.Phase == NoticeKind.Firing).ThenByDescending(notice => notice.Severity),
    ];

    /// <summary>The least that has to arrive of a notice.</summary>
    /// <param name="part">The notice.</param>
    public IEnumerable<string> HeadsOf(MessagePart part) => IsFirst ? [part.Text.Title, part.Text.LineOf(part.Text.Alarm)] : [part.Text.Title];

    private static MessageText Of(AlertMessage message, Language language, Voice voice)
    {
        var utcOffset = voice.UtcOffset;
        var words = MessageWords.Of(language);
        var notices = InOrder(message);
        List<MessagePart> parts =
        [
            .. notices.Select(notice => new MessagePart(
                NoticeText.Of(notice, language, utcOffset, message.LaterOf(notice), voice.Page),
                [.. RemarksOn(notice, message, language, utcOffset).Select(remark => PlainLine.Of(remark, RemarkLengthMax))])),
        ];
        return new MessageText
        {
            Code = Vocabulary.Of(language).Code,
            Subject = PlainLine.Of(words.Subject(message, parts is [var first, ..] ? first.Text.Title : null), RemarkLengthMax),
            Intro = [.. words.Intro(message).Select(line => PlainLine.Of(line, RemarkLengthMax))],
            Parts = parts,
        };
    }

    private static IEnumerable<string> RemarksOn(AlertNotice notice, AlertMessage message, Language language, TimeSpan utcOffset)
    {
        var (words, vocabulary) = (MessageWords.Of(language), Vocabulary.Of(language));
        foreach (var flap in message.Flapping.Where(flap => flap.Episode == notice.Episode))
        {
            yield return words.Flapping(flap, vocabulary.Time(flap.Since, utcOffset));
        }

        foreach (var acknowledgement in message.Acknowledged.Where(known => known.Episode == notice.Episode))
        {
            yield return words.Acknowledged(acknowledgement, vocabulary.Time(acknowledgement.At, utcOffset));
        }
    }
}

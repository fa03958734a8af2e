using System.Globalization;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Wording;

/// <summary>English.</summary>
internal sealed class EnglishMessageWords : MessageWords
{
    public override string Subject(AlertMessage message, string? first)
    {
        var count = message.Notices.Count;
        var news = count > 1 && first is not null ? Line($"{first} (and {count - 1} more)") : first ?? "";
        return message.Kind switch
        {
            MessageKind.Alert when message.Unreadable is [var unreadable, ..] => $"{Vocabulary.Of(Language.English).Severity(unreadable.Severity)}: {Named(unreadable)}, text lost",
            MessageKind.Alert => news,
            MessageKind.Reminder => Line($"Reminder {message.Reminder}: {news}"),
            MessageKind.Escalation => $"Nobody has acknowledged: {news}",
            MessageKind.Digest => Line($"For information, {count} in the last day{(message.Site is { } site ? $", {site}" : "")}"),
            MessageKind.Test => "Test message",
            _ => throw new ArgumentOutOfRangeException(nameof(message), message.Kind, "Not a defined kind."),
        };
    }

    public override IEnumerable<string> Intro(AlertMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.Reminder:
                yield return Line($"Nobody has acknowledged this. Reminder {message.Reminder}.");
                break;
            case MessageKind.Escalation:
                yield return "Nobody has acknowledged this in time. It is yours now.";
                break;
            case MessageKind.Test:
                yield return $"{message.By ?? "Somebody"} tries whether messages arrive here. This is a test and says nothing of alarms: what was told before still holds.";
                break;
            default:
                break;
        }

        foreach (var notice in message.Unreadable)
        {
            yield return $"{Vocabulary.Of(Language.English).Severity(notice.Severity)}: {Named(notice)} {Said(notice.Phase)}";
        }

        // Once: what has limited room is to name each of them.
        if (message.Unreadable.Count > 0)
        {
            yield return "What was to be said cannot be read: a later version of pond-backend has written it, or it is damaged. Look at the page, or at pond-backend alarms list.";
        }

        if (message.Dropped > 0)
        {
            yield return Line($"{message.Dropped} notices before these were dropped, the least severe first: more than {NotificationOutbox.WaitingMax} waited for this channel. pond-backend alarms list tells what there is now.");
        }

        if (message.HeldBack > 0)
        {
            yield return Line($"{message.HeldBack} of these {(message.HeldBack == 1 ? "comes" : "come")} late: this channel had had as many messages in an hour as it is to get.");
        }
    }

    public override string Flapping(FlapReport flap, string since) => flap.IsOver
        ? Line($"It came and went {flap.Raises} times since {since}, and stands still now.")
        : Line($"It comes and goes: it has begun {flap.Raises} times since {since}. Until it stays as it is for longer than before, 1 to 3 hours, you are only reminded of it, and told if it becomes graver.");

    public override string Acknowledged(Acknowledgement acknowledgement, string at) =>
        $"Acknowledged by {acknowledgement.By} at {at}{(acknowledgement.Note.Length > 0 ? $": {acknowledgement.Note}" : "")}";

    private static string Named(UnreadableNotice notice) => $"alarm {notice.Rule} at {notice.Site}/{notice.Station} {notice.Device}.{notice.Channel}";

    private static string Said(NoticeKind phase) => phase switch
    {
        NoticeKind.Firing => "has begun",
        NoticeKind.Withdrawn => "was taken back",
        _ => "is over",
    };

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

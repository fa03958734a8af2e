using System.Globalization;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification.Wording;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>What the placeholders of a template stand for.</summary>
/// <param name="Message">The message.</param>
/// <param name="Texts">It in words, in each language of the channel.</param>
/// <param name="Topic">The channel's <c>topic</c>.</param>
/// <param name="Page">Where people find the page; null where nobody has said.</param>
internal sealed record TemplateFields(AlertMessage Message, IReadOnlyList<MessageText> Texts, string? Topic, PageAddress? Page = null)
{
    /// <summary>The placeholder that needs a setting of its own.</summary>
    public const string TopicName = "topic";

    private static readonly Dictionary<string, Func<TemplateFields, TemplateValue>> All = new(StringComparer.Ordinal)
    {
        ["title"] = fields => TemplateValue.Of(string.Join(" | ", fields.Texts.Select(text => text.Subject))),
        ["text"] = fields => new TemplateValue(fields.PlainLines(text => text.Lines))
        {
            Short = (fields.PlainLines(text => text.Heads), fields.PlainLines(text => text.Details)),
        },
        ["markdown"] = fields => new TemplateValue(Markdown.Of(fields.Texts))
        {
            Short = (Markdown.HeadsOf(fields.Texts), Markdown.DetailsOf(fields.Texts)),
        },
        ["id"] = fields => TemplateValue.Of(fields.Message.Id),
        ["kind"] = fields => TemplateValue.Of(JsonNamingPolicy.CamelCase.ConvertName(fields.Message.Kind.ToString())),
        ["severity"] = fields => TemplateValue.Of(fields.Message.Urgency.Word),
        ["priority"] = fields => TemplateValue.Of(fields.Priority),
        ["tag"] = fields => TemplateValue.Of(fields.Tag),
        ["count"] = fields => TemplateValue.Of(fields.Message.Notices.Count),
        ["made"] = fields => TemplateValue.Of(TimeText(fields.Message.MadeAt)),
        [TopicName] = fields => TemplateValue.Of(fields.Topic ?? ""),
        ["site"] = fields => TemplateValue.Of(fields.Message.Site ?? fields.First?.Site ?? ""),
        ["episode"] = fields => TemplateValue.Of(fields.First?.Episode ?? ""),
        ["page"] = fields => TemplateValue.Of(fields.PageText),
        ["rule"] = fields => TemplateValue.Of(fields.First?.Rule ?? ""),
        ["phase"] = fields => TemplateValue.Of(fields.First is { } first ? JsonNamingPolicy.CamelCase.ConvertName(first.Phase.ToString()) : ""),
        ["station"] = fields => TemplateValue.Of(fields.First?.Station ?? ""),
        ["label"] = fields => TemplateValue.Of(fields.First?.StationLabel ?? ""),
        ["lat"] = fields => TemplateValue.Of(fields.First?.Lat),
        ["lon"] = fields => TemplateValue.Of(fields.First?.Lon),
        ["device"] = fields => TemplateValue.Of(fields.First?.Device ?? ""),
        ["channel"] = fields => TemplateValue.Of(fields.First?.Channel ?? ""),
        ["measurand"] = fields => TemplateValue.Of(fields.First?.Measurand ?? ""),
        ["unit"] = fields => TemplateValue.Of(fields.First?.Unit ?? ""),
        ["value"] = fields => TemplateValue.Of(fields.First?.Value),
        ["time"] = fields => TemplateValue.Of(TimeText(fields.First?.Time)),
        ["newest"] = fields => TemplateValue.Of(fields.Newest?.Value),
        ["newest_time"] = fields => TemplateValue.Of(TimeText(fields.Newest?.Time)),
        ["newest_bound"] = fields => TemplateValue.Of(fields.Newest?.Bound == true ? "true" : ""),
        ["peak"] = fields => TemplateValue.Of(fields.Newest?.Peak),
        ["bound"] = fields => TemplateValue.Of(fields.First?.Bound == true ? "true" : ""),
        ["peak_bound"] = fields => TemplateValue.Of(fields.Newest?.IsPeakBound == true ? "true" : ""),
        ["limit"] = fields => TemplateValue.Of(fields.First?.Limit),
        ["action"] = fields => TemplateValue.Of(
            fields.First is { Phase: NoticeKind.Firing, Do: { } action } first && fields.Message.LaterOf(first)?.Over is null ? action : ""),
    };

    /// <summary>The names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Keys.Order(StringComparer.Ordinal)];

    // 1 to 5 as ntfy has them: 5 rings through "do not disturb", below 3 nothing rings.
    private int Priority => Message.Kind == MessageKind.Test ? 3 : Message.Urgency switch
    {
        Severity.Urgent => 5,
        Severity.High => 4,
        Severity.Medium => 3,
        _ => 2,
    };

    private string Tag => Message.Kind == MessageKind.Test ? "wrench" : Message.Urgency switch
    {
        Severity.Urgent => "rotating_light",
        Severity.High or Severity.Medium => "warning",
        _ when Message.Unreadable.Count > 0 => "warning",
        _ when Message.Notices.All(notice => notice.Phase == NoticeKind.Firing) => "information_source",
        _ => "white_check_mark",
    };

    private AlertNotice? First => MessageText.InOrder(Message) is [var first, ..] ? first : null;

    private string PageText => (First is { } first ? Page?.Of(first.Episode) : Page?.Root)?.AbsoluteUri ?? "";

    // With the newest numbers that are known of it; at first those are its own.
    private AlertNotice? Newest => First is { } first ? Message.LaterOf(first)?.On(first) ?? first : null;

    /// <summary>What a placeholder stands for.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public TemplateValue this[string name] => All[name](this);

    private static string TimeText(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "";

    private IEnumerable<string> PlainLines(Func<MessageText, IEnumerable<string>> lines) =>
        Texts.SelectMany((text, i) => i == 0 ? lines(text) : ["", .. lines(text)]).SkipWhile(line => line.Length == 0);
}

/// <summary>The value of a placeholder: lines of text, or a number.</summary>
/// <param name="Lines">The lines; of a number one.</param>
/// <param name="Number">The number, or null.</param>
/// <param name="IsNumber">Whether it is a number, which may be missing.</param>
internal sealed record TemplateValue(IEnumerable<string> Lines, double? Number = null, bool IsNumber = false)
{
    /// <summary>A text.</summary>
    public static TemplateValue Of(string text) => new([PlainLine.Of(text)]);

    /// <summary>A number.</summary>
    public static TemplateValue Of(double? number) =>
        new([number?.ToString("R", CultureInfo.InvariantCulture) ?? ""], number, IsNumber: true);

    /// <summary>Of a text of many lines: those that have to arrive, and those that may be left out. Null where any may.</summary>
    public (IEnumerable<string> Heads, IEnumerable<string> Details)? Short { get; init; }

    /// <summary>Whether all that has to arrive is within a limit of bytes.</summary>
    /// <param name="bytesMax">Most bytes, or null.</param>
    public bool Holds(int? bytesMax) => bytesMax is not { } most || Short is not var (heads, _) || LineLimit.Holds(Lines, most) || LineLimit.Holds(heads.Append("…"), most);

    /// <summary>The text within a limit of bytes.</summary>
    /// <param name="bytesMax">Most bytes, or null.</param>
    public string Text(int? bytesMax) =>
        bytesMax is not { } most ? LineLimit.Join(Lines, int.MaxValue)
        : Short is not var (heads, details) || LineLimit.Holds(Lines, most) ? LineLimit.Join(Lines, most)
        : LineLimit.Join([.. heads, .. details], most);
}

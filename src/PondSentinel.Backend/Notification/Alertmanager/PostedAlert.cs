using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Alertmanager;

/// <summary>An alert as the API v2 of Alertmanager takes it (<c>postableAlert</c> of its openapi.yaml).</summary>
/// <param name="Labels">What it is the same alert by: those of one channel and rule are one alert.</param>
/// <param name="Annotations">What people read.</param>
/// <param name="StartsAt">When it began.</param>
/// <param name="EndsAt">When it was over; of what fires, when it is to be forgotten where nobody says it again.</param>
internal sealed record PostedAlert(
    IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations, DateTimeOffset StartsAt, DateTimeOffset EndsAt)
{
    private static readonly TimeSpan UnreadableFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan TestFor = TimeSpan.FromMinutes(2);

    /// <summary>The alert of a notice.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="utcOffset">What the clocks of those who read are ahead of UTC.</param>
    /// <param name="forgotten">Where it fires: when it is to be forgotten.</param>
    public static PostedAlert Of(AlertNotice notice, TimeSpan utcOffset, DateTimeOffset forgotten)
    {
        var (english, chinese) = (NoticeText.Of(notice, Language.English, utcOffset), NoticeText.Of(notice, Language.Chinese, utcOffset));
        Dictionary<string, string?> annotations = new(StringComparer.Ordinal)
        {
            ["summary"] = english.Sentence,
            ["summary_zh"] = chinese.Sentence,
            ["description"] = string.Join('\n', english.Lines),
            ["description_zh"] = string.Join('\n', chinese.Lines),
            ["action"] = english.Action?.Text,
            ["action_zh"] = chinese.Action?.Text,
            ["value"] = notice.Value.ToString("R", CultureInfo.InvariantCulture),
            ["value_bound"] = notice.Bound == true ? "true" : null,
            ["peak"] = notice.Peak.ToString("R", CultureInfo.InvariantCulture),
            ["peak_bound"] = notice.IsPeakBound ? "true" : null,
            ["limit"] = notice.Limit.ToString("R", CultureInfo.InvariantCulture),
            ["unit"] = PlainLine.Of(notice.Unit),
            ["episode"] = PlainLine.Of(notice.Episode),
        };
        return new PostedAlert(
            LabelsOf(
                ("alertname", notice.Rule), ("site", notice.Site), ("station", notice.Station), ("gateway", notice.Gateway),
                ("device", notice.Device), ("channel", notice.Channel), ("measurand", notice.Measurand), ("severity", notice.Severity.Word)),
            annotations.Where(pair => pair.Value is { Length: > 0 }).ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal),
            notice.Since,
            notice.Phase == NoticeKind.Firing ? forgotten : notice.Until ?? notice.Time);
    }

    /// <summary>What tells the alerts of two notices apart.</summary>
    /// <param name="notice">The notice.</param>
    public static (string, string, string, string, string, string, string) IdentityOf(AlertNotice notice) =>
        (notice.Rule, notice.Site, notice.Station, notice.Gateway, notice.Device, notice.Channel, notice.Measurand);

    /// <summary>The alert of a test: for information, and over by itself.</summary>
    /// <param name="message">The message.</param>
    public static PostedAlert OfTest(AlertMessage message) => new(
        LabelsOf(("alertname", "pondsentinel-test"), ("severity", Severity.Info.Word)),
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["summary"] = PlainLine.Of($"{message.By ?? "Somebody"} tries whether alerts arrive here. This is a test and says nothing of alarms."),
        },
        message.MadeAt,
        message.MadeAt + TestFor);

    /// <summary>The alert of a notice that cannot be read: it is not said again, and over by itself after a day.</summary>
    /// <param name="notice">What is known of it.</param>
    /// <param name="madeAt">When it is told.</param>
    public static PostedAlert OfUnreadable(UnreadableNotice notice, DateTimeOffset madeAt) => new(
        LabelsOf(
            ("alertname", "pondsentinel-unreadable"), ("rule", notice.Rule), ("site", notice.Site), ("station", notice.Station), ("device", notice.Device),
            ("channel", notice.Channel), ("severity", notice.Severity.Word)),
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["summary"] = PlainLine.Of(
                $"Alarm {notice.Rule} at {notice.Site}/{notice.Station}: what was to be said of it ({JsonNamingPolicy.CamelCase.ConvertName(notice.Phase.ToString())}) cannot be read. Look at pond-backend alarms list."),
        },
        madeAt,
        madeAt + UnreadableFor);

    // An empty label is none to Alertmanager, and a text that is no UTF-8 would cost the whole call.
    private static Dictionary<string, string> LabelsOf(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal);
        foreach (var (name, value) in labels)
        {
            if (value.Length > 0)
            {
                all.Add(name, PlainLine.Of(value));
            }
        }

        return all;
    }
}

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(IReadOnlyList<PostedAlert>))]
internal sealed partial class PostedAlertJson : JsonSerializerContext
{
    /// <summary>The body of a call.</summary>
    public static byte[] Bytes(IReadOnlyList<PostedAlert> alerts) => JsonSerializer.SerializeToUtf8Bytes(alerts, Default.IReadOnlyListPostedAlert);
}

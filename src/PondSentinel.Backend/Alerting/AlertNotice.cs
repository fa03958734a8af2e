using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>What people are told of an episode.</summary>
public enum NoticeKind
{
    /// <summary>It has begun and still holds at the newest value.</summary>
    Firing,

    /// <summary>It is over.</summary>
    Cleared,

    /// <summary>It came to light after it was over: late records brought it.</summary>
    Past,

    /// <summary>It was announced, and late records or another rule text show that it was none.</summary>
    Withdrawn,
}

/// <summary>One message to people, as every channel of notification gets it. The JSON form is the body of the webhook and
/// is described in Notification/Webhook/README.md: never rename a member, only add.</summary>
public sealed record AlertNotice
{
    /// <summary>Form of the message.</summary>
    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    /// <summary>Identity of this message: who has seen it drops it.</summary>
    public required string Id { get; init; }

    /// <summary>Identity of the episode: all messages of one alert share it.</summary>
    public required string Episode { get; init; }

    /// <summary>The rule's id.</summary>
    public required string Rule { get; init; }

    /// <summary>What is told: <c>firing</c>, <c>cleared</c>, <c>past</c> or <c>withdrawn</c>.</summary>
    public required NoticeKind Phase { get; init; }

    /// <summary>How soon somebody has to look.</summary>
    public required Severity Severity { get; init; }

    /// <summary>Site.</summary>
    public required string Site { get; init; }

    /// <summary>Station.</summary>
    public required string Station { get; init; }

    /// <summary>Gateway.</summary>
    public required string Gateway { get; init; }

    /// <summary>Device.</summary>
    public required string Device { get; init; }

    /// <summary>Channel within the device.</summary>
    public required string Channel { get; init; }

    /// <summary>Wire name of the measurand.</summary>
    public required string Measurand { get; init; }

    /// <summary>What the device is good for, where its gateway has said: <c>reference</c>, or <c>indicative</c>.</summary>
    public string? Grade { get; init; }

    /// <summary>What of the channel all numbers here are, where not its values: <c>rolling 24 h mean</c>.</summary>
    public string? Statistic { get; init; }

    /// <summary>Unit of all numbers here, with its basis.</summary>
    public required string Unit { get; init; }

    /// <summary>The value that made the step: of a past episode the worst one.</summary>
    public required double Value { get; init; }

    /// <summary>The worst value of the episode so far.</summary>
    public required double Peak { get; init; }

    /// <summary>The limit it is compared with.</summary>
    public required double Limit { get; init; }

    /// <summary>Which side of the limit is the bad one: <c>above</c> or <c>below</c>.</summary>
    public required string Side { get; init; }

    /// <summary>When the exceedance began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Time of the value that made the step.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When it was over, where it is.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>One line that says it all.</summary>
    public required string Summary { get; init; }

    /// <summary>What the rule means.</summary>
    public required string Text { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Do { get; init; }

    /// <summary>The standard the limit comes from.</summary>
    public string? Standard { get; init; }

    /// <summary>The clause of the standard.</summary>
    public string? Clause { get; init; }

    /// <summary>Makes the message of an episode.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="subject">The channel.</param>
    /// <param name="kind">What is told.</param>
    /// <param name="episode">The episode's id.</param>
    /// <param name="number">Number of the message within the episode, from 1.</param>
    /// <param name="step">Value, times and peak.</param>
    /// <param name="grade">Grade of the device; null where nobody has said.</param>
    internal static AlertNotice Of(
        AlertRule rule, AlertSubject subject, NoticeKind kind, string episode, int number, NoticeStep step, string? grade) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{episode}.{number}"),
        Episode = episode,
        Rule = rule.Id,
        Phase = kind,
        Severity = rule.Severity,
        Site = subject.Site,
        Station = subject.Station,
        Gateway = subject.Gateway,
        Device = subject.Device,
        Channel = subject.Channel,
        Measurand = subject.Measurand.WireName,
        Grade = grade,
        Statistic = rule.Statistic?.Text,
        Unit = rule.Unit,
        Value = step.Value,
        Peak = step.Peak,
        Limit = rule.Threshold.RaiseLimit,
        Side = rule.Threshold.Side.Word,
        Since = step.Since,
        Time = step.Time,
        Until = step.Until,
        Summary = Sentence(rule, $"{rule.Quantity} at {subject}{DeviceGrades.Behind(grade)}", kind, step),
        Text = rule.Text,
        Do = rule.Do,
        Standard = rule.Standard,
        Clause = rule.Clause,
    };

    /// <summary>Makes the message that takes an episode back.</summary>
    /// <param name="last">The last message of the episode: its rule may be gone.</param>
    /// <param name="number">Number of the message within the episode.</param>
    /// <param name="at">Up to when the episode was believed to hold.</param>
    internal static AlertNotice Withdrawing(AlertNotice last, int number, DateTimeOffset at) => last with
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{last.Episode}.{number}"),
        Phase = NoticeKind.Withdrawn,
        Time = at,
        Until = at,
        Summary = Line(
            $"Withdrawn: {last.Site}/{last.Station} {last.Device}.{last.Channel}{DeviceGrades.Behind(last.Grade)} was reported {last.Side} {last.Limit} {last.Unit} since {last.Since:u}, and that no longer holds: late values or a changed rule"),
    };

    /// <summary>The JSON form.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AlertJson.Lines.AlertNotice);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="JsonException">It is something else.</exception>
    public static AlertNotice FromJson(string json) =>
        JsonSerializer.Deserialize(json, AlertJson.Lines.AlertNotice)
        ?? throw new JsonException("A notice cannot be null.");

    private static string Sentence(AlertRule rule, string what, NoticeKind kind, NoticeStep step)
    {
        var (unit, limit) = (rule.Unit, rule.Threshold.RaiseLimit);
        var side = rule.Threshold.Side.Word;
        return kind switch
        {
            NoticeKind.Firing => Line($"{what} is {step.Value:0.####} {unit}, {side} {limit}, since {step.Since:u}"),
            NoticeKind.Cleared => Line(
                $"{what} is back at {step.Value:0.####} {unit}; it was {side} {limit} from {step.Since:u}, at worst {step.Peak:0.####}"),
            NoticeKind.Past => Line(
                $"Late news: {what} was {side} {limit} {unit} from {step.Since:u} to {step.Until:u}, at worst {step.Peak:0.####}; it is over"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a defined kind."),
        };
    }

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>Where an episode stands when it is told of.</summary>
/// <param name="Value">The value that made the step.</param>
/// <param name="Peak">The worst value so far.</param>
/// <param name="Since">When the exceedance began.</param>
/// <param name="Time">Time of the value.</param>
/// <param name="Until">When it was over, or null.</param>
internal readonly record struct NoticeStep(
    double Value, double Peak, DateTimeOffset Since, DateTimeOffset Time, DateTimeOffset? Until);

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(NoticeKindConverter), typeof(SeverityConverter), typeof(InstantConverter)])]
[JsonSerializable(typeof(AlertNotice))]
[JsonSerializable(typeof(RetainedAlert))]
internal sealed partial class AlertJson : JsonSerializerContext
{
    // Bodies are application/json and never pasted into HTML, so units stay readable.
    public static AlertJson Lines =>
        field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

internal sealed class NoticeKindConverter()
    : JsonStringEnumConverter<NoticeKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

internal sealed class SeverityConverter()
    : JsonStringEnumConverter<Severity>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

/// <summary>Times as <c>2026-07-01T06:00:00.000Z</c>, to the millisecond as records have them.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.TryParseExact(
            reader.GetString(), Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw new JsonException("Not a time of the form 2026-07-01T06:00:00.000Z.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture));
}

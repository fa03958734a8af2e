using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Notification;

/// <summary>What a message is for. The numbers are stored and the words are a contract: never renumber or rename, only add.
/// </summary>
public enum MessageKind : byte
{
    /// <summary>News: what has begun, is over, came to light late, or is taken back.</summary>
    Alert = 0,

    /// <summary>What was told goes on, or comes and goes, and nobody has acknowledged it: with what is known since.</summary>
    Reminder = 1,

    /// <summary>Nobody has acknowledged it for as long as this channel waits.</summary>
    Escalation = 2,

    /// <summary>What was worth knowing in the last day.</summary>
    Digest = 3,

    /// <summary>Somebody tries whether messages arrive: it says nothing of alarms.</summary>
    Test = 4,
}

/// <summary>What one channel delivers in one go. The JSON form is stored: never rename a member, only add.</summary>
public sealed record AlertMessage
{
    /// <summary>Most notices in one message; what is more comes in the next.</summary>
    public const int NoticesMax = 100;

    /// <summary>Form of the message.</summary>
    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    /// <summary>Identity, unique, the same over attempts and restarts: who has seen it drops it.</summary>
    public required string Id { get; init; }

    /// <summary>What it is for.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>The site that all notices are of; null where they are of several, and for a test.</summary>
    public string? Site { get; init; }

    /// <summary>What is told, in the order in which it was found: at least one but for a test and <see cref="Unreadable"/>, at most
    /// <see cref="NoticesMax"/>. A reminder or an escalation repeats the newest notice of an alarm, with its id: what is
    /// known since stands in <see cref="Later"/>.</summary>
    public required IReadOnlyList<AlertNotice> Notices { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>For a reminder: which one, from 1; else 0.</summary>
    public int Reminder { get; init; }

    /// <summary>How many of the notices are here, and not in messages of their own before, because the channel had had as
    /// many messages in an hour as it is to get.</summary>
    public int HeldBack { get; init; }

    /// <summary>How many notices before these were dropped, because more waited for this channel than are kept.</summary>
    public long Dropped { get; init; }

    /// <summary>Alarms among the notices that come and go.</summary>
    public IReadOnlyList<FlapReport> Flapping { get; init; } = [];

    /// <summary>Alarms among the notices that somebody has acknowledged.</summary>
    public IReadOnlyList<Acknowledgement> Acknowledged { get; init; } = [];

    /// <summary>What is known beyond the notices of what fires where it is told again, or late, as it was when the message was made.
    /// </summary>
    public IReadOnlyList<LaterState> Later { get; init; } = [];

    /// <summary>Notices that were to be told and cannot be read, by what else is known of them. A message that has any has no others.
    /// </summary>
    public IReadOnlyList<UnreadableNotice> Unreadable { get; init; } = [];

    /// <summary>For a test: who tries it.</summary>
    public string? By { get; init; }

    /// <summary>How soon somebody has to look, now: the highest severity of what fires or flaps; <see cref="Severity.Info"/>
    /// where all of it is over, which nobody is to be woken for.</summary>
    [JsonIgnore]
    public Severity Urgency => Notices.Where(IsActive).Select(notice => notice.Severity)
        .Concat(Unreadable.Where(notice => notice.Phase == NoticeKind.Firing).Select(notice => notice.Severity)).DefaultIfEmpty(Severity.Info).Max();

    /// <summary>The JSON form.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, MessageJson.Lines.AlertMessage);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="JsonException">It is something else.</exception>
    public static AlertMessage FromJson(string json) =>
        JsonSerializer.Deserialize(json, MessageJson.Lines.AlertMessage) is { } message && !message.Notices.Contains(null!)
            ? message
            : throw new JsonException("A message and its notices cannot be null.");

    /// <summary>Reads what <see cref="ToJson"/> wrote; null where it is something else, as after a later version wrote it.</summary>
    /// <param name="json">The text.</param>
    internal static AlertMessage? Read(string json)
    {
        try
        {
            return FromJson(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What is known beyond a notice; null where it is told at once.</summary>
    /// <param name="notice">One of the notices.</param>
    internal LaterState? LaterOf(AlertNotice notice) =>
        notice.Phase == NoticeKind.Firing ? Later.FirstOrDefault(later => later.Episode == notice.Episode) : null;

    private bool IsActive(AlertNotice notice) =>
        notice.Phase == NoticeKind.Firing
        || Flapping.Any(flap => !flap.IsOver && flap.Episode == notice.Episode);
}

/// <summary>An alarm that comes and goes: it is told of once, and again when it stands still.</summary>
/// <param name="Episode">Episode of the notice that it is about.</param>
/// <param name="Raises">How often it has begun since <paramref name="Since"/>.</param>
/// <param name="Since">The first beginning that is counted.</param>
/// <param name="IsOver">Whether it stands still now; the notice says how.</param>
public sealed record FlapReport(string Episode, int Raises, DateTimeOffset Since, bool IsOver);

/// <summary>A notice that cannot be read, as far as it is known without its text.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Phase">What it says.</param>
/// <param name="Severity">How soon somebody has to look.</param>
/// <param name="Site">Site.</param>
/// <param name="Station">Station.</param>
/// <param name="Device">Device.</param>
/// <param name="Channel">Channel within the device.</param>
public sealed record UnreadableNotice(
    string Rule, NoticeKind Phase, Severity Severity, string Site, string Station, string Device, string Channel);

/// <summary>Somebody has taken an alarm on.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="By">Who.</param>
/// <param name="At">When.</param>
/// <param name="Note">What they said to it; empty for nothing.</param>
public sealed record Acknowledgement(string Episode, string By, DateTimeOffset At, string Note);

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    Converters = [typeof(NoticeKindConverter), typeof(SeverityConverter), typeof(InstantConverter), typeof(MessageKindConverter), typeof(LaterCauseConverter)])]
[JsonSerializable(typeof(AlertMessage))]
internal sealed partial class MessageJson : JsonSerializerContext
{
    public static MessageJson Lines =>
        field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

internal sealed class MessageKindConverter()
    : JsonStringEnumConverter<MessageKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

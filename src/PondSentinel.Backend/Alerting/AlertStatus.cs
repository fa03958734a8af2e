using System.Text.Json;
using System.Text.Json.Serialization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>Where a rule stands for a channel now.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Subject">The channel.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Since">When the exceedance began; null while normal.</param>
/// <param name="At">Time of the value that made the last step of phase; null before any.</param>
/// <param name="Value">That value.</param>
/// <param name="Peak">The worst value since <paramref name="Since"/>; null while normal.</param>
/// <param name="Episode">The announced episode, where there is one.</param>
public sealed record AlertStatus(
    AlertRule Rule,
    AlertSubject Subject,
    AlertPhase Phase,
    DateTimeOffset? Since,
    DateTimeOffset? At,
    double? Value,
    double? Peak,
    string? Episode)
{
    /// <summary>What the device is good for, where its gateway has said: <c>reference</c>, or <c>indicative</c>.</summary>
    public string? Grade { get; init; }

    /// <summary>Whether all that is known is that the worst was <see cref="Peak"/> or worse.</summary>
    public bool IsPeakBound { get; init; }

    /// <summary>Time of the newest value that the limit was held against: of a statistic the newest that it has given. Null before any.
    /// </summary>
    public DateTimeOffset? JudgedAt { get; init; }

    /// <summary>Whether that is so long ago, or never was, that nobody knows how it stands now: the probe, its gateway or the link is away,
    /// what comes has failed, or a statistic has not seen enough yet. Normal does not mean that all is well then.</summary>
    public bool IsOld { get; init; }

    /// <summary>Whether it is old at a time.</summary>
    /// <param name="asOf">Of when what the limit was held against last is; that of <see cref="AlertState.Initial"/>: of no time yet.</param>
    /// <param name="now">The time.</param>
    internal bool WouldBeOld(DateTimeOffset asOf, DateTimeOffset now) =>
        Rule.ToldBy is null && !Subject.IsNoticed
        && (asOf <= AlertState.Initial.AsOf || now - asOf > Rule.Threshold.SilenceMax + Rule.Threshold.HoldClear);
}

/// <summary>A step of phase that the engine has taken, in event time.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Subject">The channel.</param>
/// <param name="Change">The step.</param>
/// <param name="Episode">The episode it belongs to; null for a pending that came to nothing.</param>
/// <param name="IsLate">Whether late records brought it, so that others after it were known before.</param>
public sealed record AlertTransition(
    AlertRule Rule, AlertSubject Subject, AlertChange Change, string? Episode, bool IsLate);

/// <summary>Sees alerts after they are durable. Called from the ingest's thread; must return at once.</summary>
public interface IAlertWatcher
{
    /// <summary>Something has changed.</summary>
    /// <param name="transitions">New steps of phase, by rule and channel in event time.</param>
    /// <param name="statuses">Rules and channels that now stand elsewhere.</param>
    void Changed(IReadOnlyList<AlertTransition> transitions, IReadOnlyList<AlertStatus> statuses);
}

/// <summary>A message for the broker to keep: the state of one alert, or nothing where there is no such alert any more.
/// </summary>
/// <param name="Topic">Topic <c>pond/v1/&lt;site&gt;/_alert/&lt;rule&gt;/&lt;subject&gt;</c>; publish retained, QoS 1.</param>
/// <param name="Payload">JSON, or empty to take the retained message away.</param>
public sealed record RetainedMessage(string Topic, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The message of a status.</summary>
    /// <param name="status">The status.</param>
    public static RetainedMessage Of(AlertStatus status) =>
        new(
            TopicOf(status.Subject, status.Rule.Id),
            JsonSerializer.SerializeToUtf8Bytes(RetainedAlert.Of(status), AlertJson.Lines.RetainedAlert));

    /// <summary>The message that takes the state of a rule that no longer exists from the broker.</summary>
    /// <param name="subject">The channel.</param>
    /// <param name="ruleId">The rule that was.</param>
    public static RetainedMessage None(AlertSubject subject, string ruleId) => new(TopicOf(subject, ruleId), default);

    private static string TopicOf(AlertSubject subject, string ruleId) =>
        $"pond/v1/{subject.Site}/_alert/{ruleId}/{subject.TopicName}";
}

/// <summary>Payload of the retained state. Never rename a member, only add.</summary>
internal sealed record RetainedAlert
{
    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    public required string Rule { get; init; }

    public required string Phase { get; init; }

    public required Severity Severity { get; init; }

    public required string Site { get; init; }

    public required string Station { get; init; }

    public required string Gateway { get; init; }

    public required string Device { get; init; }

    public required string Channel { get; init; }

    public required string Measurand { get; init; }

    public string? Grade { get; init; }

    public string? Statistic { get; init; }

    public required string Unit { get; init; }

    public double? Value { get; init; }

    public double? Peak { get; init; }

    public bool? PeakBound { get; init; }

    public required double Limit { get; init; }

    public required string Side { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Time { get; init; }

    public DateTimeOffset? AsOf { get; init; }

    public bool? Old { get; init; }

    public string? Episode { get; init; }

    public required string Text { get; init; }

    public static RetainedAlert Of(AlertStatus status) => new()
    {
        Rule = status.Rule.Id,
        Phase = status.Phase.Word,
        Severity = status.Rule.Severity,
        Site = status.Subject.Site,
        Station = status.Subject.Station,
        Gateway = status.Subject.Gateway,
        Device = status.Subject.Device,
        Channel = status.Subject.Channel,
        Measurand = status.Subject.Measurand.WireName,
        Grade = status.Grade,
        Statistic = status.Rule.StatisticText,
        Unit = status.Rule.Unit,
        Value = status.Value,
        Peak = status.Peak,
        PeakBound = status.IsPeakBound ? true : null,
        Limit = status.Rule.Threshold.RaiseLimit,
        Side = status.Rule.Threshold.Side.Word,
        Since = status.Since,
        Time = status.At,
        AsOf = status.JudgedAt,
        Old = status.IsOld ? true : null,
        Episode = status.Episode,
        Text = status.Rule.Text,
    };
}

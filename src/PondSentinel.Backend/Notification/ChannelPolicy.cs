using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Notification;

/// <summary>Of what one channel is to tell, and how often.</summary>
public sealed record ChannelPolicy
{
    /// <summary>What a machine gets that keeps alerts itself: every notice, at once, in a message of its own.</summary>
    public static ChannelPolicy ForMachines { get; } = new();

    /// <summary>What people get where nobody has said otherwise.</summary>
    public static ChannelPolicy ForPeople { get; } = new()
    {
        GroupFor = TimeSpan.FromSeconds(30),
        RepeatEvery = TimeSpan.FromHours(4),
        DigestAt = new DigestTime(new TimeOnly(8, 0), TimeSpan.Zero),
        MessagesPerHourMax = 12,
        HoldsFlapping = true,
        HoldsQuiet = true,
    };

    /// <summary>Name for people and the command line: 1 to 32 of a-z, 0-9 and -.</summary>
    public string Name { get; init; } = "channel";

    /// <summary>The sites it tells of; empty for all.</summary>
    public IReadOnlyList<string> Sites { get; init; } = [];

    /// <summary>Of nothing less severe.</summary>
    public Severity SeverityMin { get; init; }

    /// <summary>How long notices of one site are gathered into one message; zero: each has its own.</summary>
    public TimeSpan GroupFor { get; init; }

    /// <summary>How often it is told again what still fires and nobody has acknowledged; null: never. What is for
    /// information only is never told again.</summary>
    public TimeSpan? RepeatEvery { get; init; }

    /// <summary>Where this stands the channel gets only what is high or urgent and has fired for so long without being
    /// acknowledged.</summary>
    public TimeSpan? EscalateAfter { get; init; }

    /// <summary>When what is for information only is told, gathered into one message a day; null: like all else.</summary>
    public DigestTime? DigestAt { get; init; }

    /// <summary>How far the clocks of those who read are ahead of UTC: times are told by them.</summary>
    public TimeSpan UtcOffset { get; init; }

    /// <summary>Most messages in any hour; null: no limit. The last quarter is kept for what fires and is high or urgent, and of what fires
    /// and is urgent there may be a quarter more.</summary>
    public int? MessagesPerHourMax { get; init; }

    /// <summary>Whether an alarm that comes and goes is told of once, until it stands still.</summary>
    public bool HoldsFlapping { get; init; }

    /// <summary>Whether it is not told of an alarm while another explains it, as the rules have it.</summary>
    public bool HoldsQuiet { get; init; }

    /// <summary>For which rules it is not, by their ids.</summary>
    public IReadOnlyDictionary<string, QuietRule> Quiet { get; init; } = new Dictionary<string, QuietRule>(StringComparer.Ordinal);

    /// <summary>The policy where these are the rules.</summary>
    /// <param name="rules">The rules.</param>
    public ChannelPolicy Under(IReadOnlyList<AlertRule> rules) => !HoldsQuiet ? this : this with
    {
        Quiet = rules.Where(rule => rule.Quiet.While.Count > 0).ToDictionary(rule => rule.Id, rule => rule.Quiet, StringComparer.Ordinal),
    };

    /// <summary>Whether the channel is to hear of a notice at all.</summary>
    /// <param name="notice">The notice.</param>
    internal bool Wants(AlertNotice notice) => Wants(notice.Site, notice.Severity);

    /// <summary>Whether the channel is to hear of something at all.</summary>
    /// <param name="site">Where it is.</param>
    /// <param name="severity">How severe it is.</param>
    internal bool Wants(string site, Severity severity) => IsOf(site) && IsFor(severity);

    /// <summary>Whether it tells of a site.</summary>
    /// <param name="site">The site.</param>
    internal bool IsOf(string site) => Sites.Count == 0 || Sites.Contains(site, StringComparer.Ordinal);

    /// <summary>Whether it tells of what is so severe.</summary>
    /// <param name="severity">How severe it is.</param>
    internal bool IsFor(Severity severity) =>
        severity >= (EscalateAfter is not null && SeverityMin < Severity.High ? Severity.High : SeverityMin);

    /// <summary>When it is to be looked at for the first time what is to be told of a notice.</summary>
    /// <remarks>Where the channel is called after others too: what begins again may have its time behind it.</remarks>
    /// <param name="severity">How severe it is.</param>
    /// <param name="madeAt">When it was made.</param>
    internal DateTimeOffset DueAt(Severity severity, DateTimeOffset madeAt) => this switch
    {
        { DigestAt: { } digest } when severity == Severity.Info => digest.After(madeAt),
        _ => madeAt + GroupFor,
    };
}

/// <summary>A time of day somewhere.</summary>
/// <param name="Time">Time of day there.</param>
/// <param name="UtcOffset">How far its clocks are ahead of UTC.</param>
public readonly record struct DigestTime(TimeOnly Time, TimeSpan UtcOffset)
{
    /// <summary>The first such time after an instant.</summary>
    /// <param name="instant">The instant.</param>
    public DateTimeOffset After(DateTimeOffset instant)
    {
        var there = instant.ToOffset(UtcOffset);
        var today = new DateTimeOffset(there.Date + Time.ToTimeSpan(), UtcOffset);
        return today > instant ? today : today.AddDays(1);
    }
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Notification.Alarms;

/// <summary>What people know as one alarm: an episode, or all episodes of a rule at a channel that comes and goes. Times are
/// the backend's, when it told or learnt of something; the notices tell when it was at the pond.</summary>
public sealed record Alarm
{
    /// <summary>The episode that it began with.</summary>
    public required string Id { get; init; }

    /// <summary>The rule's id.</summary>
    public required string Rule { get; init; }

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

    /// <summary>How soon somebody has to look.</summary>
    public required Severity Severity { get; init; }

    /// <summary>What its newest notice says.</summary>
    public required NoticeKind Phase { get; init; }

    /// <summary>When its first notice was made.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>When its newest notice was made.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Number of its newest notice.</summary>
    internal long Newest { get; init; }

    /// <summary>How often it has begun since <see cref="FlapsSince"/>; 0 where it does not come and go.</summary>
    public int Raises { get; init; }

    /// <summary>The first beginning of those that are too many to be told each time; null where they are not.</summary>
    public DateTimeOffset? FlapsSince { get; init; }

    /// <summary>When it was found that it comes and goes; null where it does not.</summary>
    internal DateTimeOffset? FoundFlappingAt { get; init; }

    /// <summary>When it had stood still for long enough after that; null where it has not yet.</summary>
    public DateTimeOffset? FlapsUntil { get; init; }

    /// <summary>How it comes and goes.</summary>
    internal FlapPace Pace { get; init; }

    /// <summary>When it will stand still if nothing changes until then; null where it does not come and go.</summary>
    public DateTimeOffset? StandsStillAt => IsFlapping ? ChangedAt + Still : null;

    /// <summary>How long it has to stay as it is to stand still.</summary>
    internal TimeSpan Still => Pace.Still(Phase == NoticeKind.Firing);

    /// <summary>Who has taken it on; null where nobody has.</summary>
    public Acknowledgement? Acknowledged { get; init; }

    /// <summary>The rule at the channel that it is of.</summary>
    internal (string Rule, string Site, string Station, string Gateway, string Device, string Channel) Subject =>
        (Rule, Site, Station, Gateway, Device, Channel);

    /// <summary>Whether it comes and goes now.</summary>
    public bool IsFlapping => FlapsSince is not null && FlapsUntil is null;

    /// <summary>Whether it explains others: it fires, or comes and goes and is gone for a moment only. Of one that has fired for a day without
    /// a change nobody knows whether its probe still lives.</summary>
    /// <param name="now">The time.</param>
    internal bool ExplainsOthers(DateTimeOffset now) => IsThere(now) && now - ChangedAt < ExplainsForMax;

    /// <summary>Whether it fires, or comes and goes and is gone for a moment only: nobody is paged for what has been over for longer.</summary>
    /// <param name="now">The time.</param>
    internal bool IsThere(DateTimeOffset now) => Phase == NoticeKind.Firing || (IsFlapping && now - ChangedAt < FlapRule.ExplainsFor);

    private static readonly TimeSpan ExplainsForMax = TimeSpan.FromDays(1);

    /// <summary>Whether it is one now: what comes and goes is, even while it is gone.</summary>
    public bool IsActive => Phase == NoticeKind.Firing || IsFlapping;
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>What people know of an episode. The numbers are stored: never renumber, only add.</summary>
internal enum EpisodeStanding : byte
{
    /// <summary>Announced and, as far as told, going on.</summary>
    Firing = 0,

    /// <summary>Told to be over, or told of after it was.</summary>
    Over = 1,

    /// <summary>Taken back.</summary>
    Withdrawn = 2,

    /// <summary>Kept for the record and never told: it lies within what was announced under another id.</summary>
    Silent = 3,

    /// <summary>Found by late values, not told yet: at the newest value it no longer holds, and is not over either.</summary>
    Waiting = 4,
}

/// <summary>Words for <see cref="EpisodeStanding"/>. A contract with those who read the store: never rename, only add.</summary>
internal static class EpisodeStandings
{
    extension(EpisodeStanding standing)
    {
        /// <summary>The word in the measurement store.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined standing.</exception>
        public string Word => standing switch
        {
            EpisodeStanding.Firing => "firing",
            EpisodeStanding.Over => "over",
            EpisodeStanding.Withdrawn => "withdrawn",
            EpisodeStanding.Silent => "silent",
            EpisodeStanding.Waiting => "waiting",
            _ => throw new ArgumentOutOfRangeException(nameof(standing), standing, "Not a defined standing."),
        };
    }
}

/// <summary>An episode as it is kept.</summary>
internal sealed record Episode
{
    /// <summary>Identity for ever: rule, channel and the time at which it was first found raised.</summary>
    public required string Id { get; init; }

    /// <summary>When the exceedance began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the hold was complete.</summary>
    public required DateTimeOffset Raised { get; init; }

    /// <summary>When it was over, or null.</summary>
    public DateTimeOffset? Cleared { get; init; }

    /// <summary>The worst value.</summary>
    public required double Peak { get; init; }

    /// <summary>Whether all that is known is that the worst was that or worse: a value was beyond its probe.</summary>
    public bool IsPeakBound { get; init; }

    /// <summary>What people know of it.</summary>
    public required EpisodeStanding Standing { get; init; }

    /// <summary>Whether it goes on, told or not yet.</summary>
    public bool IsOpen => Standing is EpisodeStanding.Firing or EpisodeStanding.Waiting;

    /// <summary>How many notices have gone out.</summary>
    public int Notices { get; init; }

    /// <summary>The last of them, so that it can be taken back even when its rule is gone; null where there is none, or this version cannot
    /// read it.</summary>
    public AlertNotice? LastNotice { get; init; }

    /// <summary>It, as the measurement store keeps it.</summary>
    /// <param name="rule">Its rule.</param>
    /// <param name="subject">Its channel.</param>
    public EpisodePoint PointOf(string rule, AlertSubject subject) => new()
    {
        Of = new SeriesKey(
            subject.Measurand, subject.Site, subject.Station, subject.Gateway, subject.Device, subject.Channel),
        Rule = rule,
        TimeNs = EpisodeIds.KeyNs(Id),
        Id = Id,
        Standing = Standing.Word,
        Severity = LastNotice?.Severity.Word ?? "",
        SinceMs = Since.ToUnixTimeMilliseconds(),
        RaisedMs = Raised.ToUnixTimeMilliseconds(),
        ClearedMs = Cleared?.ToUnixTimeMilliseconds() ?? 0,
        Peak = Peak,
        IsPeakBound = IsPeakBound,
        Notices = Notices,
        Summary = LastNotice?.Summary ?? "",
    };

    /// <summary>How far it is known to reach.</summary>
    /// <param name="asOf">Up to when an open one was known to hold.</param>
    public DateTimeOffset Reach(DateTimeOffset asOf) => Cleared ?? (asOf > Raised ? asOf : Raised);
}

/// <summary>The value that made a step.</summary>
/// <param name="At">When it was measured.</param>
/// <param name="Value">The value.</param>
/// <param name="Flag">Its quality.</param>
/// <param name="Why">Reasons for the flag.</param>
/// <param name="Complete">Of a mean, how much of its period had values, 0 to 1; null where nobody has said.</param>
/// <param name="IsAtLeast">Whether all that is known is that the truth is at the value or worse: it was beyond its probe.</param>
/// <param name="IsOutlasted">Whether it is over because what has lasted so long counts as usual.</param>
internal readonly record struct StepValue(
    DateTimeOffset At,
    double Value,
    QualityFlag Flag = QualityFlag.Good,
    Why Why = Why.None,
    double? Complete = null,
    bool IsAtLeast = false,
    bool IsOutlasted = false)
{
    /// <summary>How much of its period had values, whole percent, rounded down; null where nobody has said.</summary>
    public int? CompletePercent => Complete is { } share ? (int)Math.Floor((share * 100) + 1e-9) : null;

    /// <summary>The value of a step.</summary>
    public static StepValue Of(AlertChange change) =>
        new(change.At, change.Value, change.Flag, change.Why, change.Complete, change.IsAtLeast, change.IsOutlasted);

    /// <summary>A value as a limit sees it: of a thinned record its worst.</summary>
    public static StepValue Of(in AlertSample sample, LimitSide side) =>
        new(sample.At, side == LimitSide.Above ? sample.Top : sample.Bottom, sample.Flag, sample.Why, sample.Complete, sample.IsAtLeast);
}

/// <summary>A raised stretch of time, as the rule finds it in the values.</summary>
/// <param name="Since">When the exceedance began.</param>
/// <param name="Raised">When the hold was complete, and by which value; null where that was before the values looked at.
/// </param>
/// <param name="Cleared">When it was over, and by which value; null where it still holds at the last value.</param>
/// <param name="Peak">The worst value.</param>
internal sealed record Stretch(
    DateTimeOffset Since, StepValue? Raised, StepValue? Cleared, double Peak)
{
    /// <summary>Whether all that is known is that the worst was that or worse.</summary>
    public bool IsPeakBound { get; init; }

    /// <summary>Since when the value was back, where it is over; null where that was before the values looked at.</summary>
    public DateTimeOffset? Back { get; init; }

    /// <summary>How far it reaches.</summary>
    public DateTimeOffset Reach => Cleared?.At ?? DateTimeOffset.MaxValue;

    /// <summary>Whether it shares time with a stretch from one time to another, both included.</summary>
    public bool Meets(DateTimeOffset from, DateTimeOffset to) => Since <= to && from <= Reach;
}

/// <summary>A rule run over values.</summary>
/// <param name="End">State after the last.</param>
/// <param name="Changes">Steps of phase, in order.</param>
/// <param name="Stretches">Raised stretches, in order; only the last can be open.</param>
/// <param name="Holds">Whether what is open at the end still holds there, and is not about to be over. Where the newest values tell
/// nothing, because what they are compared with has not come yet, it is not known to.</param>
/// <param name="IsGuess">Whether the last that it found, a beginning or an end, has half its hold from a silence unlike the one before it:
/// values of that time may still be on their way.</param>
internal readonly record struct RuleRun(RuleState End, IReadOnlyList<AlertChange> Changes, IReadOnlyList<Stretch> Stretches, bool Holds, bool IsGuess)
{
    // How much longer than the time between the two values before a silence may be for a probe that is read rarely.
    private const double UsualAtMost = 1.5;

    /// <summary>The newest value that the limit took account of; null where there was none.</summary>
    public StepValue? Newest { get; init; }

    /// <summary>Runs a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="start">State before the values.</param>
    /// <param name="samples">The values, rising in time.</param>
    /// <param name="counted">The newest value of the channel itself that counts, where there may be none among these; null for what they show.</param>
    public static RuleRun Over(AlertRule rule, RuleState start, ReadOnlySpan<AlertSample> samples, DateTimeOffset? counted = null)
    {
        List<AlertChange> changes = [];
        var stepper = new RuleStepper(rule.Threshold, rule.Statistic, rule.Validity, start);
        var newest = counted ?? DateTimeOffset.MinValue;
        var isGuess = false;
        var usual = TimeSpan.Zero;
        foreach (ref readonly var sample in samples)
        {
            var judged = rule.Judged(sample);
            var (before, known) = (stepper.Alert, changes.Count);
            stepper.Step(judged, changes);
            if (changes.Count > known && changes[^1] is { IsRaised: true } or { IsCleared: true })
            {
                var silence = sample.At - sample.Covered - before.AsOf;
                isGuess = before.Held > TimeSpan.Zero && silence > rule.Threshold.SilenceMax && silence > usual * UsualAtMost;
            }

            usual = stepper.Alert.AsOf > before.AsOf ? stepper.Alert.AsOf - before.AsOf : usual;
            newest = judged.Origin.IsOwn && judged.Counts ? judged.At : newest;
        }

        var holds = stepper.Alert.Phase == AlertPhase.Firing
            && (rule.Joint is null || newest - stepper.Alert.AsOf <= rule.Threshold.SilenceMax);
        var isQuiet = changes.Count == 0 && !start.Alert.Phase.IsAnnounced;
        return new RuleRun(stepper.State, changes, isQuiet ? [] : StretchesOf(start.Alert, changes, stepper.Alert), holds, isGuess)
        {
            Newest = stepper.Newest is { } last ? StepValue.Of(last, rule.Threshold.Side) : null,
        };
    }

    private static List<Stretch> StretchesOf(AlertState start, List<AlertChange> changes, AlertState end)
    {
        List<Stretch> stretches = [];
        var open = start.Phase.IsAnnounced ? new Stretch(start.Since, null, null, start.Peak) : null;
        DateTimeOffset? back = null;
        foreach (var step in changes)
        {
            back = step.To == AlertPhase.Clearing ? step.At : back;
            if (step.IsRaised)
            {
                open = new Stretch(step.Since, StepValue.Of(step), null, step.Peak);
            }
            else if (step.IsCleared && open is not null)
            {
                stretches.Add(open with
                {
                    Cleared = StepValue.Of(step), Back = step.From == AlertPhase.Clearing ? back : step.At, Peak = step.Peak, IsPeakBound = step.IsPeakBound,
                });
                open = null;
            }
        }

        if (open is not null)
        {
            stretches.Add(open with { Peak = end.Peak, IsPeakBound = end.IsPeakBound });
        }

        return stretches;
    }
}

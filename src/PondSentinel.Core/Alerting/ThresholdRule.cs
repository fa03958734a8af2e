using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>Which side of a limit is the bad one.</summary>
public enum LimitSide
{
    /// <summary>Values above the limit are exceedances.</summary>
    Above,

    /// <summary>Values below the limit are exceedances.</summary>
    Below,
}

/// <summary>Words for <see cref="LimitSide"/>. A contract: never rename, only add.</summary>
public static class LimitSides
{
    extension(LimitSide side)
    {
        /// <summary>The word in messages and on the page.</summary>
        public string Word => side == LimitSide.Above ? "above" : "below";
    }
}

/// <summary>Raises when a channel stays on the bad side of a limit, clears when it stays on the good side of another.</summary>
/// <remarks>
/// <para>Pure: no clock, no I/O; time is the values' own. So a recorded season can be replayed, and what a restart or a
/// resend brings again changes nothing. It only ever steps forward: whoever feeds it has to rewind for a late value.</para>
/// <para><b>At a limit.</b> A value exactly at the raise limit does not exceed it, and one exactly at the clear limit has
/// not come back: both limits must be crossed. Where the two are one number, what does not exceed it has come back.</para>
/// <para><b>Thinned records</b> are judged by their worst value. Where every value they stand for is on the same side,
/// the time they stand for counts towards the hold; otherwise their end does.</para>
/// <para><b>Silence.</b> Time between two values counts towards a hold as long as it is not longer than
/// <see cref="SilenceMax"/>. A longer silence counts for half the hold at most. So no hold is ever completed by one long
/// silence, and yet a probe that is read less often than that raises at the third exceedance in a row at the latest,
/// instead of never.</para>
/// <para><b>Bounds</b>, values beyond what the probe can measure, raise and hold where they are past a limit, and change nothing where
/// they are not. Once there was one, the worst is known as a bound only: more may have been behind it than what is measured later.</para>
/// <para><b>Spikes</b> on the good side, values that the spike test doubts, change nothing where they would end a hold or an alert: an air
/// bubble every few minutes is no proof that a leak is over. On the bad side they count.</para>
/// <para><b>Unchecked</b> values, by no test or not yet by one that waits for the next value, do not raise alone: where there is no hold
/// the next one that exceeds does. Else one spike would wake somebody, and its verdict take it back.</para>
/// <para><b>Barred</b> values neither raise nor wait to; what is announced is cleared by them as by any other, and goes on until it
/// is.</para>
/// </remarks>
public sealed record ThresholdRule
{
    /// <summary>The bad side.</summary>
    public required LimitSide Side { get; init; }

    /// <summary>Limit that a value must pass to the bad side, in the unit of the measurand the rule is bound to.</summary>
    public required double RaiseLimit { get; init; }

    /// <summary>Limit that a value must pass to the good side, same unit; not on the bad side of
    /// <see cref="RaiseLimit"/>. The gap between the two is the hysteresis.</summary>
    public required double ClearLimit { get; init; }

    /// <summary>How long the exceedance must last before it is announced, whole milliseconds; zero: at the first value.
    /// </summary>
    public required TimeSpan HoldRaise { get; init; }

    /// <summary>How long values must have come back before the alert is over, whole milliseconds; zero: at the first
    /// value.</summary>
    public required TimeSpan HoldClear { get; init; }

    /// <summary>Longest time between two values that still counts in full towards a hold. Default 30 minutes.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The same limit for values of which each speaks for a time: means. They are silent when two are missing, and a hold that is
    /// shorter than that time is over with the first: a mean of a day that is over its limit has been so for the ten minutes.</summary>
    /// <param name="spacing">The time; zero for values that are what they are at one instant.</param>
    public ThresholdRule ForValuesEvery(TimeSpan spacing) => spacing <= TimeSpan.Zero ? this : this with
    {
        SilenceMax = SilenceMax >= 2 * spacing ? SilenceMax : 2 * spacing,
        HoldRaise = HoldRaise < spacing ? TimeSpan.Zero : HoldRaise,
        HoldClear = HoldClear < spacing ? TimeSpan.Zero : HoldClear,
    };

    /// <summary>Moves one value forward.</summary>
    /// <param name="state">State after the value before, or <see cref="AlertState.Initial"/>.</param>
    /// <param name="sample">The value. One that is no evidence, or not newer than <see cref="AlertState.AsOf"/>, changes
    /// nothing.</param>
    /// <returns>The next state, and the change of phase, where there is one.</returns>
    public (AlertState Next, AlertChange? Change) Step(in AlertState state, in AlertSample sample)
    {
        if (!sample.Counts || sample.At <= state.AsOf)
        {
            return (state, null);
        }

        var worst = Side == LimitSide.Above ? sample.Top : sample.Bottom;
        if (sample.IsBound && (state.Phase.IsAnnounced ? HasComeBack(worst) : !Exceeds(worst)))
        {
            return (state, null);
        }

        if (IsDoubtfulReturn(state, sample, worst))
        {
            return (state, null);
        }

        var next = state.Phase.IsAnnounced ? StepAnnounced(state, sample, worst) : StepQuiet(state, sample, worst);
        if (next.Phase == state.Phase)
        {
            return (next, null);
        }

        // Going back to normal forgets the exceedance; the change still tells of it.
        var told = next.Phase == AlertPhase.Normal ? state : next;
        return (next, new AlertChange(state.Phase, next.Phase, sample.At, worst, told.Since, told.Peak)
        {
            Flag = sample.Flag,
            Why = sample.Why,
            Complete = sample.Complete,
            IsBound = sample.IsBound,
            IsPeakBound = told.IsPeakBound,
        });
    }

    /// <summary>The worse of two values.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public double Worse(double a, double b) => Side == LimitSide.Above ? Math.Max(a, b) : Math.Min(a, b);

    /// <summary>Whether a value is on the bad side of the raise limit.</summary>
    /// <param name="value">The value.</param>
    public bool Exceeds(double value) => Side == LimitSide.Above ? value > RaiseLimit : value < RaiseLimit;

    private bool IsDoubtfulReturn(in AlertState state, in AlertSample sample, double worst) =>
        sample.Flag == QualityFlag.Suspect && (sample.Why & Why.Spike) != 0
        && (state.Phase.IsAnnounced ? HasComeBack(worst) : state.Phase == AlertPhase.Pending && !Exceeds(worst));

    private AlertState StepQuiet(in AlertState state, in AlertSample sample, double worst)
    {
        if (sample.IsBarred || !Exceeds(worst))
        {
            return AlertState.Normal(sample.At);
        }

        var best = Side == LimitSide.Above ? sample.Bottom : sample.Top;
        var waiting = state.Phase == AlertPhase.Pending;
        var known = Exceeds(best) ? KnownBefore(state, sample) : TimeSpan.Zero;
        var held = waiting ? state.Held + Credit(state, sample, HoldRaise) : known;
        var since = waiting ? state.Since : sample.At - known;
        var peak = waiting ? Worse(state.Peak, worst) : worst;
        var isPeakBound = (waiting && state.IsPeakBound) || sample.IsAtLeast;
        var isAlone = !waiting && sample.Flag == QualityFlag.NotEvaluated && sample.Covered <= TimeSpan.Zero;
        return held >= HoldRaise && !isAlone
            ? new AlertState(AlertPhase.Firing, since, TimeSpan.Zero, peak, sample.At, isPeakBound)
            : new AlertState(AlertPhase.Pending, since, held, peak, sample.At, isPeakBound);
    }

    private AlertState StepAnnounced(in AlertState state, in AlertSample sample, double worst)
    {
        if (!HasComeBack(worst))
        {
            return new AlertState(
                AlertPhase.Firing, state.Since, TimeSpan.Zero, Worse(state.Peak, worst), sample.At, state.IsPeakBound || sample.IsAtLeast);
        }

        // The worst value has come back, so all the values of a thinned record have.
        var held = state.Phase == AlertPhase.Clearing
            ? state.Held + Credit(state, sample, HoldClear)
            : KnownBefore(state, sample);
        return held >= HoldClear
            ? AlertState.Normal(sample.At)
            : state with { Phase = AlertPhase.Clearing, Held = held, AsOf = sample.At };
    }

    private bool HasComeBack(double value) =>
        ClearLimit == RaiseLimit ? !Exceeds(value)
        : Side == LimitSide.Above ? value < ClearLimit
        : value > ClearLimit;

    // Time before the record's end that its own values speak for and no earlier value did.
    private static TimeSpan KnownBefore(in AlertState state, in AlertSample sample)
    {
        var sinceLast = sample.At - state.AsOf;
        return sample.Covered <= TimeSpan.Zero ? TimeSpan.Zero
            : sample.Covered < sinceLast ? sample.Covered
            : sinceLast;
    }

    // How much of the time since the last value counts towards a hold.
    private TimeSpan Credit(in AlertState state, in AlertSample sample, TimeSpan hold)
    {
        var known = KnownBefore(state, sample);
        var silence = sample.At - state.AsOf - known;
        var half = TimeSpan.FromMilliseconds(Math.Ceiling(hold.TotalMilliseconds / 2));
        return known + (silence > SilenceMax && silence > half ? half : silence);
    }
}

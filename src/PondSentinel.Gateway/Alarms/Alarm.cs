using PondSentinel.Alerting;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Alarms;

/// <summary>A step that people are told of: the alarm is raised, or over.</summary>
/// <param name="Change">The step, at times of <see cref="Alarm.At"/>.</param>
/// <param name="Clock">The clocks at the value that made it.</param>
internal sealed record AlarmStep(AlertChange Change, ClockReading Clock);

/// <summary>An alarm on its way through the values of its channel. Not thread-safe.</summary>
/// <remarks>Its time is the boot-time clock's, so that whoever sets the wall clock neither completes a hold nor breaks one.</remarks>
internal sealed class Alarm
{
    private readonly List<AlertChange> changes = [];
    private RuleStepper stepper;
    private DateTimeOffset lastAt = DateTimeOffset.MinValue;

    /// <summary>Begins without any value.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="began">The boot-time clock now: until a value counts, it has had none since then.</param>
    public Alarm(AlarmOptions options, TimeSpan began)
    {
        Options = options;
        LastGood = began;
        stepper = Stepper(RuleState.Initial);
    }

    /// <summary>Its settings.</summary>
    public AlarmOptions Options { get; private set; }

    /// <summary>Where its limit stands.</summary>
    public AlertState Standing => stepper.Alert;

    /// <summary>All that its limit remembers.</summary>
    public RuleState State => stepper.State;

    /// <summary>Whether it is raised and not over.</summary>
    public bool IsRaised => Standing.Phase.IsAnnounced;

    /// <summary>When a value last counted, or somebody worked at the probe.</summary>
    public TimeSpan LastGood { get; private set; }

    /// <summary>Until when it does not sound; null where nobody has silenced it.</summary>
    public (TimeSpan Until, string Who)? Silenced { get; set; }

    /// <summary>The last time it was raised or over; null before any.</summary>
    public AlarmStep? Last { get; private set; }

    /// <summary>An instant of the boot-time clock, as rules count time.</summary>
    /// <param name="bootTime">The boot-time clock.</param>
    public static DateTimeOffset At(TimeSpan bootTime) => DateTimeOffset.UnixEpoch + TimeSpan.FromMilliseconds(Math.Floor(bootTime.TotalMilliseconds));

    /// <summary>Goes by other settings that raise it by the same values: it stands as it stood.</summary>
    /// <param name="options">The settings.</param>
    public void Follow(AlarmOptions options) => Options = options;

    /// <summary>Whether it is silenced.</summary>
    /// <param name="bootTime">The boot-time clock.</param>
    public bool IsSilenced(TimeSpan bootTime) => Silenced is var (until, _) && bootTime < until;

    /// <summary>Takes up what it knew when the process before this one ended.</summary>
    /// <param name="state">What its limit remembered.</param>
    /// <param name="isSameBoot">Whether it is of this life of the machine. Else how long it was off nobody knows: no time has passed for any
    /// hold, and what a statistic knew begins anew.</param>
    /// <param name="bootTime">The boot-time clock.</param>
    /// <exception cref="InvalidDataException">It is the state of another alarm.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has times that cannot be.</exception>
    public void Resume(RuleState state, bool isSameBoot, TimeSpan bootTime)
    {
        var (alert, now) = (state.Alert, At(bootTime));

        // What is ahead of the clock would keep every value from counting.
        if (isSameBoot && state.LastAt <= now && alert.AsOf <= now)
        {
            (stepper, lastAt) = (Stepper(state), state.LastAt);
        }
        else if (alert.AsOf > DateTimeOffset.UnixEpoch)
        {
            // A moment ago, so that a value of now counts; and what is normal has no beginning.
            lastAt = now.AddMilliseconds(-1);
            var since = alert.Phase == AlertPhase.Normal ? alert.Since : lastAt - (alert.AsOf - alert.Since);
            stepper = Stepper(new RuleState(alert with { AsOf = lastAt, Since = since }, ReadOnlyMemory<byte>.Empty));
        }
    }

    /// <summary>Takes the next value of its channel.</summary>
    /// <param name="value">The value.</param>
    /// <param name="clock">The clocks when it was measured.</param>
    /// <returns>Whether it is raised by it, or over.</returns>
    public bool Take(ChannelValue value, ClockReading clock)
    {
        var sample = BeyondRange.Judged(new AlertSample(At(clock.BootTime), value.Value, value.Flag, value.Why), Options.Measurand);
        if (sample.Counts || sample.IsMaintained)
        {
            LastGood = clock.BootTime;
        }

        if (sample.At <= lastAt)
        {
            return false;
        }

        lastAt = sample.At;
        changes.Clear();
        stepper.Step(sample, changes);
        var told = changes.FindLast(change => change.IsRaised || change.IsCleared);
        if (!told.IsRaised && !told.IsCleared)
        {
            return false;
        }

        Last = new AlarmStep(told, clock);
        return true;
    }

    /// <summary>What is told of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="raised">Whether it is raised then.</param>
    public GatewayAlarm Tell(AlertChange step, bool raised) => new()
    {
        Alarm = Options.Id,
        IsRaised = raised,
        Station = Options.Station,
        Channel = Options.Channel,
        Measurand = Options.Measurand,
        Value = step.Value,
        Flag = step.Flag == QualityFlag.Fail ? QualityFlag.Suspect : step.Flag,
        IsBound = step.IsBound,
        Peak = step.Peak,
        IsPeakBound = step.IsPeakBound,
        BeforeMs = Math.Clamp((long)(step.At - step.Since).TotalMilliseconds, 0, GatewayAlarm.BeforeMsMax),
        Side = Options.Threshold.Side,
        RaiseLimit = Options.Threshold.RaiseLimit,
        ClearLimit = Options.Threshold.ClearLimit,
        Severity = Options.Severity,
        Text = Options.Text,
        TextZh = Options.TextZh,
        Do = Options.Do,
        DoZh = Options.DoZh,
        Statistic = Options.Statistic?.Text,
        Unit = Options.Statistic?.UnitOf(Options.Measurand.Unit) is { } unit && unit != Options.Measurand.Unit ? unit : null,
    };

    private RuleStepper Stepper(RuleState state) => new(Options.Threshold, Options.Statistic, default, state);
}

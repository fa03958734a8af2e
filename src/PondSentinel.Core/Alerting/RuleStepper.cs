using System.Buffers.Binary;

namespace PondSentinel.Alerting;

/// <summary>All that a rule remembers about one channel.</summary>
/// <param name="Alert">Where its limit stands.</param>
/// <param name="Memory">What its statistic has to know; empty where each value is judged by itself, and before any.</param>
public readonly record struct RuleState(AlertState Alert, ReadOnlyMemory<byte> Memory)
{
    /// <summary>The state before any value.</summary>
    public static RuleState Initial => new(AlertState.Initial, ReadOnlyMemory<byte>.Empty);

    /// <summary>Time of the last value that was taken. The series of a statistic may end long before it.</summary>
    public DateTimeOffset LastAt => Memory.IsEmpty
        ? Alert.AsOf
        : DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(Memory.Span));

    /// <summary>Of a rule that looks at other channels: without what it knows of those, as other conditions begin with.</summary>
    /// <exception cref="InvalidDataException">The memory is that of another statistic.</exception>
    public RuleState OwnAlone() => Memory.IsEmpty
        ? this
        : this with { Memory = Memory[..(sizeof(long) + JointRun.OwnLength(Memory.Span[sizeof(long)..]))] };
}

/// <summary>When a limit is in force.</summary>
/// <param name="From">From then on; null: always was.</param>
/// <param name="Before">Until then, exclusive; null: for good.</param>
public readonly record struct Validity(DateTimeOffset? From, DateTimeOffset? Before)
{
    /// <summary>Whether it is in force at a time.</summary>
    /// <param name="at">The time.</param>
    public bool Holds(DateTimeOffset at) => !(at < From) && !(at >= Before);

    /// <summary>Whether it is in force at some time of a stretch.</summary>
    /// <param name="fromMs">From this time on, ms since 1970.</param>
    /// <param name="toMs">Before this time.</param>
    public bool Meets(long fromMs, long toMs) => !(From?.ToUnixTimeMilliseconds() >= toMs) && !(Before?.ToUnixTimeMilliseconds() <= fromMs);
}

/// <summary>Takes a rule through the values of one channel: what its statistic makes of them is judged by its limit.</summary>
/// <param name="threshold">The limit.</param>
/// <param name="statistic">What it is held against; null: each value.</param>
/// <param name="validity">When the limit is in force. Where it is no longer, an alert is over with the next value; the statistic
/// goes on all the same, so that it is whole when the limit comes into force.</param>
/// <param name="start">Where to go on from.</param>
/// <exception cref="InvalidDataException">The state is that of another statistic.</exception>
public sealed class RuleStepper(ThresholdRule threshold, Statistic? statistic, Validity validity, RuleState start)
{
    // Never added to: where each value is judged by itself there is no series.
    private static readonly List<AlertSample> None = [];

    private readonly IStatisticRun? run = Begun(statistic, start);
    private readonly List<AlertSample> series = statistic is null ? None : [];
    private DateTimeOffset lastAt = start.LastAt;

    /// <summary>Where the limit stands now.</summary>
    public AlertState Alert { get; private set; } = start.Alert;

    /// <summary>The newest of the values taken here that the limit took account of, as it saw it; null where there was none.</summary>
    public AlertSample? Newest { get; private set; }

    /// <summary>The whole state, to be kept.</summary>
    public RuleState State => new(Alert, run is null ? ReadOnlyMemory<byte>.Empty : Kept(run.Memory.Span));

    /// <summary>Takes the next value.</summary>
    /// <param name="sample">The value, later than the one before.</param>
    /// <param name="changes">Takes the changes of phase, in order.</param>
    public void Step(in AlertSample sample, ICollection<AlertChange> changes)
    {
        if (!(statistic?.Takes(sample.Origin) ?? sample.Origin.IsOwn))
        {
            return;
        }

        if (run is null)
        {
            Judge(sample, changes);
            return;
        }

        series.Clear();
        lastAt = sample.At;
        run.Step(sample, series);
        foreach (var derived in series)
        {
            Judge(derived, changes);
        }
    }

    private static IStatisticRun? Begun(Statistic? statistic, in RuleState start)
    {
        var run = statistic?.Begin(start.Memory.IsEmpty ? [] : start.Memory.Span[sizeof(long)..]);
        run?.Alarm(start.Alert.Phase.IsAnnounced, isNew: false);
        return run;
    }

    private byte[] Kept(ReadOnlySpan<byte> memory)
    {
        var kept = new byte[sizeof(long) + memory.Length];
        BinaryPrimitives.WriteInt64LittleEndian(kept, lastAt.ToUnixTimeMilliseconds());
        memory.CopyTo(kept.AsSpan(sizeof(long)));
        return kept;
    }

    private void Judge(in AlertSample sample, ICollection<AlertChange> changes)
    {
        var before = Alert.AsOf;
        (Alert, var change) = validity.Holds(sample.At) ? threshold.Step(Alert, sample) : Retire(sample);
        if (Alert.AsOf > before)
        {
            Newest = sample;
        }

        if (change is { } step)
        {
            changes.Add(step.IsCleared && run?.HasOutlasted == true ? step with { IsOutlasted = true } : step);
            run?.Alarm(Alert.Phase.IsAnnounced, step.IsRaised);
        }
    }

    private (AlertState Next, AlertChange? Change) Retire(in AlertSample sample)
    {
        if (Alert.Phase == AlertPhase.Normal || !sample.Counts || sample.At <= Alert.AsOf)
        {
            return (Alert, null);
        }

        var worst = threshold.Side == LimitSide.Above ? sample.Top : sample.Bottom;
        return (
            AlertState.Normal(sample.At),
            new AlertChange(Alert.Phase, AlertPhase.Normal, sample.At, worst, Alert.Since, Alert.Peak)
            {
                Flag = sample.Flag, Why = sample.Why, IsBound = sample.IsBound, IsPeakBound = Alert.IsPeakBound,
            });
    }
}

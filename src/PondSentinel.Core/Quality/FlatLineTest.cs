using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>Settings of the flat line test.</summary>
public sealed record FlatLineSettings
{
    /// <summary>A signal that has been flat this long is suspect. Null: none is.</summary>
    public TimeSpan? Suspect { get; init; }

    /// <summary>A signal that has been flat this long fails. Null: none does.</summary>
    public TimeSpan? Fail { get; init; }

    /// <summary>A signal is flat while its range is below this: half the probe's resolution or more, as a range is never below
    /// zero. Of a share, equal values are flat whatever it comes to.</summary>
    public required Threshold Tolerance { get; init; }

    /// <summary>What is wrong with them; null where nothing is.</summary>
    public SettingFault? Fault => this switch
    {
        { Suspect: null, Fail: null } => new SettingFault(null, "flags nothing", "give suspect, fail or both"),
        { Suspect: { } suspect } when suspect <= TimeSpan.Zero => new SettingFault("suspect", "must be longer than 0", "change the duration"),
        { Fail: { } fail } when fail <= TimeSpan.Zero => new SettingFault("fail", "must be longer than 0", "change the duration"),
        { Fail: { } fail, Suspect: { } suspect } when fail < suspect => new SettingFault("fail", "must not be shorter than suspect", "raise fail or lower suspect"),
        { Tolerance: { IsSound: false } or { Amount: 0, Floor: 0 } } => new SettingFault("tolerance", "must be above 0", "write half of what the probe can tell apart, or more"),
        _ => null,
    };
}

/// <summary>Flat line: the range of as many samples as fit into the time at the usual interval, and one. Missing ones have
/// their place and no value. A series of fewer than three is good.</summary>
/// <remarks>Bound: the longest window once, see <see cref="RangeWindow"/>, of a signal that creeps by less than the tolerance all that
/// time; of any other what came since it last moved by as much.</remarks>
internal sealed class FlatLineTest : ISeriesTest
{
    private const int SeriesShortest = 3;

    private readonly FlatLineSettings settings;
    private readonly long? suspectSteps;
    private readonly long? failSteps;
    private readonly long windowSteps;
    private readonly bool isUsable;
    private readonly RangeWindow window = new();
    private readonly QualityFlag?[] held = new QualityFlag?[SeriesShortest - 1];

    // Before this sample the signal has moved by more than is flat.
    private long movedBefore = long.MinValue;

    /// <summary>Prepares it.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="facts">What is known of the series.</param>
    public FlatLineTest(FlatLineSettings settings, SeriesFacts facts)
    {
        this.settings = settings;
        if (facts.Interval is not { } interval || interval <= TimeSpan.Zero)
        {
            return;
        }

        suspectSteps = settings.Suspect?.Ticks / interval.Ticks;
        failSteps = settings.Fail?.Ticks / interval.Ticks;
        windowSteps = Math.Max(suspectSteps ?? 0, failSteps ?? 0);
        isUsable = windowSteps < facts.ObservationsMax;
    }

    /// <inheritdoc/>
    public QualityTest Test => QualityTest.FlatLine;

    /// <inheritdoc/>
    public void Judge(long index, in QualitySample sample, VerdictSheet verdicts)
    {
        if (isUsable)
        {
            window.Forget(index - windowSteps);
        }

        var verdict = Verdict(index, sample);
        if (index < held.Length && verdict is not (QualityFlag.Good or QualityFlag.Missing))
        {
            // Good, if no third one comes.
            held[index] = verdict;
        }
        else
        {
            verdicts.Put(index, Test, verdict);
        }

        if (index == held.Length)
        {
            for (var i = 0; i < held.Length; i++)
            {
                if (held[i] is { } known)
                {
                    verdicts.Put(i, Test, known);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Complete(long count, VerdictSheet verdicts)
    {
        for (var i = 0; i < count && count < SeriesShortest; i++)
        {
            if (held[i] is not null)
            {
                verdicts.Put(i, Test, QualityFlag.Good);
            }
        }
    }

    private QualityFlag Verdict(long index, in QualitySample sample)
    {
        if (!sample.HasValue)
        {
            return QualityFlag.Missing;
        }

        if (!isUsable)
        {
            return QualityFlag.NotEvaluated;
        }

        window.Push(index, sample.Value);
        movedBefore = window.ShrinkBelow(settings.Tolerance.MostNear(sample.Value)) ?? movedBefore;
        var tolerance = settings.Tolerance.For(sample.Value);
        return IsFlat(index, failSteps, tolerance) ? QualityFlag.Fail
            : IsFlat(index, suspectSteps, tolerance) ? QualityFlag.Suspect
            : QualityFlag.Good;
    }

    // A share of 0 is 0, and nothing is below it; what repeats itself exactly is flat there too.
    private bool IsFlat(long index, long? steps, double tolerance) =>
        steps is { } far && index >= far && index - far >= movedBefore
        && window.RangeSince(index - far) is var range && (range < tolerance || (settings.Tolerance.IsPercent && range <= 0));
}

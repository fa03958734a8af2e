using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>Settings of the step test.</summary>
public sealed record StepSettings
{
    /// <summary>The fewest and the most samples that it may know the channel by.</summary>
    public const int SamplesMin = 8, SamplesMax = 1440;

    /// <summary>How many it knows the channel by where nobody says.</summary>
    public const int SamplesUsual = 120;

    /// <summary>A change of more is suspect: in standard deviations of what usually lies between two samples. Above 0.</summary>
    public required double Suspect { get; init; }

    /// <summary>A change up to this is good, in the channel's unit; changes are taken as shares of the value and this. Above 0.</summary>
    public required double Floor { get; init; }

    /// <summary>By how many changes before it is told what is usual, 8 to 1440; half of them must be there. Default 120.</summary>
    public int Samples { get; init; } = SamplesUsual;

    /// <summary>What is wrong with them; null where nothing is.</summary>
    public SettingFault? Fault => this switch
    {
        { Suspect: var suspect } when !(suspect > 0 && double.IsFinite(suspect)) => new SettingFault("suspect", "must be above 0", "write how many standard deviations are too many, for example 4"),
        { Floor: var floor } when !(floor > 0 && double.IsFinite(floor)) => new SettingFault("floor", "must be above 0", "write the change that is of no interest, in the channel's unit"),
        { Samples: < SamplesMin or > SamplesMax } => new SettingFault("samples", $"must be from {SamplesMin} to {SamplesMax}", "change it"),
        _ => null,
    };
}

/// <summary>Step: a change since the sample before that is far beyond what usually lies between two samples of this channel, whatever that
/// is: the median of the last changes tells, which no lone step moves. For what is log-normal and may truly leap (turbidity, dust), so it
/// makes a value suspect and never fails it. None of QARTOD's: the project's own.</summary>
/// <remarks>
/// <para>A change is a share of the smaller of both values, and <see cref="StepSettings.Floor"/> more, so that up and down, a clear stream
/// and a flood are alike. 1.4826 times the median is the standard deviation where changes are normal; of probes with many outliers it is
/// less, and more is suspect.</para>
/// <para>Not evaluated: the first, one after a missing one, one that is more than two intervals after the one before or not after it, and
/// all before half of the samples are there. In a storm the usual change grows within half of the samples, and what lies beyond it is less.
/// </para>
/// <para>Bound: 8 bytes for each of <see cref="StepSettings.Samples"/>.</para>
/// </remarks>
internal sealed class StepTest(StepSettings settings, SeriesFacts facts) : ISeriesTest
{
    private const double SigmaOfMedian = 1.4826;

    // Shares: seven digits are more than their median needs. As they came, in a ring; and by size.
    private readonly float[] changes = new float[settings.Samples];
    private readonly float[] ordered = new float[settings.Samples];
    private int count;
    private int next;
    private QualitySample before = new(null, double.NaN);

    /// <inheritdoc/>
    public QualityTest Test => QualityTest.Step;

    /// <inheritdoc/>
    public void Judge(long index, in QualitySample sample, VerdictSheet verdicts)
    {
        verdicts.Put(index, Test, !sample.HasValue ? QualityFlag.Missing
            : before.HasValue && IsNext(sample) ? Verdict(sample.Value, before.Value)
            : QualityFlag.NotEvaluated);
        before = sample;
    }

    /// <inheritdoc/>
    public void Complete(long count, VerdictSheet verdicts)
    {
        // Every verdict has been given at once.
    }

    // What changed over a gap is no step.
    private bool IsNext(in QualitySample sample) => facts.Interval is { } interval && sample.TimeMs - before.TimeMs is { } ms
        && ms > 0 && ms <= 2 * interval.TotalMilliseconds;

    private QualityFlag Verdict(double value, double previous)
    {
        var distance = Math.Abs(value - previous);
        var change = distance / (Math.Min(Math.Max(value, 0), Math.Max(previous, 0)) + settings.Floor);
        var flag = count < settings.Samples / 2 ? QualityFlag.NotEvaluated
            : distance > settings.Floor && change > settings.Suspect * SigmaOfMedian * ordered[count / 2] ? QualityFlag.Suspect
            : QualityFlag.Good;
        Take((float)change);
        return flag;
    }

    private void Take(float change)
    {
        if (count == changes.Length)
        {
            var oldest = Array.BinarySearch(ordered, changes[next]);
            Array.Copy(ordered, oldest + 1, ordered, oldest, count - oldest - 1);
            count--;
        }

        var at = Array.BinarySearch(ordered, 0, count, change);
        at = at < 0 ? ~at : at;
        Array.Copy(ordered, at, ordered, at + 1, count - at);
        (ordered[at], changes[next]) = (change, change);
        (count, next) = (count + 1, (next + 1) % changes.Length);
    }
}

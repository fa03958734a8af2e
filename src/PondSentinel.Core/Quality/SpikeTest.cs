using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>How far a value stands out from its neighbours.</summary>
public enum SpikeMethod
{
    /// <summary>Its distance from the mean of both. Flags the neighbours of a large spike too, and steps.</summary>
    Average,

    /// <summary>Its smaller distance from either, where it is above both or below both. Flags the spike alone.</summary>
    Differential,
}

/// <summary>Settings of the spike test.</summary>
public sealed record SpikeSettings
{
    /// <summary>How the distance is taken.</summary>
    public SpikeMethod Method { get; init; } = SpikeMethod.Differential;

    /// <summary>A larger distance is suspect. Null or 0: none is.</summary>
    public Threshold? Suspect { get; init; }

    /// <summary>A larger distance fails. Null or 0: none does.</summary>
    public Threshold? Fail { get; init; }

    /// <summary>What is wrong with them; null where nothing is.</summary>
    public SettingFault? Fault =>
        SettingFault.Of(Suspect is { Amount: 0 } ? null : Suspect, Fail is { Amount: 0 } ? null : Fail);
}

/// <summary>Spike: the verdict on a sample needs the one after it, so it comes one late. The first and the last of a series
/// have only one neighbour and are not evaluated.</summary>
internal sealed class SpikeTest(SpikeSettings settings) : ISeriesTest
{
    // What is missing, and what is infinite, is NaN.
    private double before = double.NaN;
    private double current = double.NaN;

    /// <inheritdoc/>
    public QualityTest Test => QualityTest.Spike;

    /// <inheritdoc/>
    public void Judge(long index, in QualitySample sample, VerdictSheet verdicts)
    {
        var next = sample.HasValue ? sample.Value : double.NaN;
        if (double.IsNaN(next))
        {
            // Nothing that comes changes this.
            verdicts.Put(index, Test, QualityFlag.Missing);
        }

        if (index > 0 && !double.IsNaN(current))
        {
            verdicts.Put(index - 1, Test, Verdict(before, current, next));
        }

        (before, current) = (current, next);
    }

    /// <inheritdoc/>
    public void Complete(long count, VerdictSheet verdicts)
    {
        if (count > 0 && !double.IsNaN(current))
        {
            verdicts.Put(count - 1, Test, QualityFlag.NotEvaluated);
        }
    }

    private QualityFlag Verdict(double left, double value, double right)
    {
        if (double.IsNaN(left) || double.IsNaN(right))
        {
            return QualityFlag.NotEvaluated;
        }

        var distance = settings.Method == SpikeMethod.Average
            ? Math.Abs(value - ((left + right) / 2))
            : (value > left) == (value > right) && (value < left) == (value < right)
                ? Math.Min(Math.Abs(value - left), Math.Abs(right - value))
                : 0;
        return Exceeds(distance, settings.Fail, value) ? QualityFlag.Fail
            : Exceeds(distance, settings.Suspect, value) ? QualityFlag.Suspect
            : QualityFlag.Good;
    }

    private static bool Exceeds(double distance, Threshold? threshold, double value) =>
        threshold is { Amount: > 0 } limit && distance > limit.For(value);
}

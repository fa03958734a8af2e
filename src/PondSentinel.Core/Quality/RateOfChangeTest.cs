using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>Settings of the rate of change test.</summary>
public sealed record RateOfChangeSettings
{
    /// <summary>A faster change is suspect: this much in <see cref="Per"/>. Null: none is.</summary>
    public Threshold? Suspect { get; init; }

    /// <summary>A faster change fails: this much in <see cref="Per"/>. Null: none does.</summary>
    public Threshold? Fail { get; init; }

    /// <summary>The time that both are meant in; longer than zero.</summary>
    public TimeSpan Per { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong with them; null where nothing is.</summary>
    public SettingFault? Fault => Per <= TimeSpan.Zero
        ? new SettingFault("per", "must be longer than 0", "change the duration")
        : SettingFault.Of(Suspect, Fail);
}

/// <summary>Rate of change since the sample before, by the real time between the two in whole seconds. The first sample, and
/// one after a missing one, is good; one whose time is unknown, or of the same second as the one before, is not evaluated.
/// </summary>
internal sealed class RateOfChangeTest(RateOfChangeSettings settings) : ISeriesTest
{
    private const long MsPerSecond = 1000;

    private QualitySample before = new(null, double.NaN);

    /// <inheritdoc/>
    public QualityTest Test => QualityTest.RateOfChange;

    /// <inheritdoc/>
    public void Judge(long index, in QualitySample sample, VerdictSheet verdicts)
    {
        verdicts.Put(index, Test, Verdict(sample));
        before = sample;
    }

    /// <inheritdoc/>
    public void Complete(long count, VerdictSheet verdicts)
    {
        // Every verdict has been given at once.
    }

    private QualityFlag Verdict(in QualitySample sample)
    {
        if (!sample.HasValue)
        {
            return QualityFlag.Missing;
        }

        // Before the first there is none either.
        if (!before.HasValue)
        {
            return QualityFlag.Good;
        }

        // Where the clock was set back, the change took some time all the same.
        var seconds = sample.TimeMs is { } now && before.TimeMs is { } then ? Math.Abs(now - then) / MsPerSecond : 0;
        if (seconds == 0)
        {
            return QualityFlag.NotEvaluated;
        }

        var rate = Math.Abs(sample.Value - before.Value) / seconds;
        return Exceeds(rate, settings.Fail, sample.Value) ? QualityFlag.Fail
            : Exceeds(rate, settings.Suspect, sample.Value) ? QualityFlag.Suspect
            : QualityFlag.Good;
    }

    private bool Exceeds(double rate, Threshold? threshold, double value) =>
        threshold is { } limit && rate > limit.For(value) / settings.Per.TotalSeconds;
}

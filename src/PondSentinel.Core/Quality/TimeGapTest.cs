using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>Settings of the time gap test.</summary>
public sealed record TimeGapSettings
{
    /// <summary>A sample that comes longer after the one before fails.</summary>
    public TimeSpan Fail { get; init; } = TimeSpan.FromHours(2);

    /// <summary>What is wrong with them; null where nothing is.</summary>
    public SettingFault? Fault =>
        Fail <= TimeSpan.Zero ? new SettingFault("fail", "must be longer than 0", "change the duration") : null;
}

/// <summary>Time gap: judges times, not values. The first sample has the verdict of the second, so it comes one late.</summary>
internal sealed class TimeGapTest(TimeGapSettings settings) : ISeriesTest
{
    private long? before;

    /// <inheritdoc/>
    public QualityTest Test => QualityTest.TimeGap;

    /// <inheritdoc/>
    public void Judge(long index, in QualitySample sample, VerdictSheet verdicts)
    {
        if (index > 0)
        {
            var verdict = Verdict(sample.TimeMs);
            verdicts.Put(index, Test, verdict);
            if (index == 1)
            {
                // A time that is there is not missing because the next one is.
                verdicts.Put(0, Test, verdict == QualityFlag.Missing && before is not null ? QualityFlag.NotEvaluated : verdict);
            }
        }

        before = sample.TimeMs;
    }

    /// <inheritdoc/>
    public void Complete(long count, VerdictSheet verdicts)
    {
        if (count == 1)
        {
            verdicts.Put(0, Test, before is null ? QualityFlag.Missing : QualityFlag.NotEvaluated);
        }
    }

    private QualityFlag Verdict(long? time) => (time, before) switch
    {
        (null, _) => QualityFlag.Missing,
        (_, null) => QualityFlag.NotEvaluated,
        ({ } now, { } then) => now - then > settings.Fail.TotalMilliseconds ? QualityFlag.Fail : QualityFlag.Good,
    };
}

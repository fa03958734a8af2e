using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>Settings of the gross range test.</summary>
public sealed record GrossRangeSettings
{
    /// <summary>A value outside fails: the probe cannot measure it or nature cannot bring it. Null where nothing fails.
    /// </summary>
    public Band? Fail { get; init; }

    /// <summary>A value outside is suspect; within <see cref="Fail"/>. Null where nothing is.</summary>
    public Band? Suspect { get; init; }

    /// <summary>What is wrong with them; null where nothing is.</summary>
    public SettingFault? Fault => this switch
    {
        { Fail: null, Suspect: null } => new SettingFault(null, "flags nothing", "give suspect, fail or both"),
        { Fail: { } fail } when !(fail.Low <= fail.High) => new SettingFault("fail", "must be [low, high]", "put the lower number first"),
        { Suspect: { } suspect } when !(suspect.Low <= suspect.High) => new SettingFault("suspect", "must be [low, high]", "put the lower number first"),
        { Fail: { } fail, Suspect: { } suspect } when !fail.Contains(suspect) => new SettingFault("suspect", "must lie within fail", "widen fail or narrow suspect"),
        _ => null,
    };
}

/// <summary>Gross range: a value on a bound is within.</summary>
internal sealed class GrossRangeTest(GrossRangeSettings settings) : ISeriesTest
{
    /// <inheritdoc/>
    public QualityTest Test => QualityTest.GrossRange;

    /// <inheritdoc/>
    public void Judge(long index, in QualitySample sample, VerdictSheet verdicts) => verdicts.Put(index, Test, Verdict(sample.Value));

    /// <inheritdoc/>
    public void Complete(long count, VerdictSheet verdicts)
    {
        // Every verdict has been given at once.
    }

    private QualityFlag Verdict(double value)
    {
        if (double.IsNaN(value))
        {
            return QualityFlag.Missing;
        }

        if (double.IsInfinity(value) || (settings.Fail is { } possible && !possible.Contains(value)))
        {
            return QualityFlag.Fail;
        }

        return settings.Suspect is { } usual && !usual.Contains(value) ? QualityFlag.Suspect : QualityFlag.Good;
    }
}

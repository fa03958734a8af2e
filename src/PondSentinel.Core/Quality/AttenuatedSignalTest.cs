using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>How a signal's liveliness is measured.</summary>
public enum SpreadMethod
{
    /// <summary>Standard deviation of the population.</summary>
    StandardDeviation,

    /// <summary>Highest less lowest.</summary>
    Range,
}

/// <summary>Settings of the attenuated signal test.</summary>
public sealed record AttenuatedSignalSettings
{
    /// <summary>What is compared.</summary>
    public SpreadMethod Method { get; init; } = SpreadMethod.StandardDeviation;

    /// <summary>Less is suspect, in the channel's unit. Null: none is.</summary>
    public double? Suspect { get; init; }

    /// <summary>Less fails, in the channel's unit. Null: none does.</summary>
    public double? Fail { get; init; }

    /// <summary>How long a time is looked at. Null: the whole series, which a stream does not have.</summary>
    public TimeSpan? Period { get; init; }

    /// <summary>With fewer observations in the period nothing is said. Null: with none.</summary>
    public int? ObservationsMin { get; init; }

    /// <summary>The same as a time: as many as fit into it at the usual interval. Null: not used.</summary>
    public TimeSpan? PeriodMin { get; init; }

    /// <summary>What is wrong with them; null where nothing is.</summary>
    public SettingFault? Fault => this switch
    {
        { Suspect: null, Fail: null } => new SettingFault(null, "flags nothing", "give suspect, fail or both"),
        { Suspect: { } suspect } when !(suspect >= 0 && double.IsFinite(suspect)) => new SettingFault("suspect", "must be 0 or more", "change it"),
        { Fail: { } fail } when !(fail >= 0 && double.IsFinite(fail)) => new SettingFault("fail", "must be 0 or more", "change it"),
        { Fail: { } fail, Suspect: { } suspect } when fail > suspect => new SettingFault("fail", "must not be above suspect: less is worse", "lower fail or raise suspect"),
        { Period: { } period } when period < TimeSpan.FromMilliseconds(1) => new SettingFault("period", "must be longer than 0", "change the duration"),
        { ObservationsMin: not null, PeriodMin: not null } => new SettingFault("period_min", "says again what observations_min says", "remove one of them"),
        { Period: null, ObservationsMin: not null } => new SettingFault("observations_min", "has no meaning without period", "add period or remove it"),
        { Period: null, PeriodMin: not null } => new SettingFault("period_min", "has no meaning without period", "add period or remove it"),
        { ObservationsMin: < 0 or > SeriesFacts.WindowMax } => new SettingFault("observations_min", $"must be from 0 to {SeriesFacts.WindowMax}", "change it"),
        { PeriodMin: { } least, Period: { } period } when least < TimeSpan.Zero || least > period => new SettingFault("period_min", "must not be longer than period", "shorten it"),
        _ => null,
    };
}

/// <summary>Attenuated signal: how much the values of a period up to the sample differ, or those of the whole series.</summary>
/// <remarks>
/// <para>Where time goes back, the period begins anew: what came before cannot be placed in it. A sample without a time is not
/// evaluated. While a period holds more observations than there is room for, nothing is said.</para>
/// <para>Bound: see <see cref="ObservationWindow"/>.</para>
/// </remarks>
internal sealed class AttenuatedSignalTest : ISeriesTest
{
    private readonly AttenuatedSignalSettings settings;
    private readonly double? whole;
    private readonly long periodMs;
    private readonly long? observationsMin;
    private readonly ObservationWindow window;
    private long newestMs = long.MinValue;

    /// <summary>Prepares it.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="facts">What is known of the series.</param>
    public AttenuatedSignalTest(AttenuatedSignalSettings settings, SeriesFacts facts)
    {
        this.settings = settings;
        var isRange = settings.Method == SpreadMethod.Range;
        whole = isRange ? facts.Whole?.Range : facts.Whole?.StandardDeviation;
        periodMs = (settings.Period ?? TimeSpan.Zero).Ticks / TimeSpan.TicksPerMillisecond;
        observationsMin = settings.PeriodMin is not { } least ? settings.ObservationsMin ?? 0
            : facts.Interval is { } interval && interval > TimeSpan.Zero ? least.Ticks / interval.Ticks
            : null;
        window = new ObservationWindow(isRange, facts.ObservationsMax, (facts.Interval ?? TimeSpan.Zero).Ticks / TimeSpan.TicksPerMillisecond);
    }

    /// <inheritdoc/>
    public QualityTest Test => QualityTest.AttenuatedSignal;

    /// <inheritdoc/>
    public void Judge(long index, in QualitySample sample, VerdictSheet verdicts)
    {
        if (settings.Period is not null)
        {
            Take(sample);
        }

        verdicts.Put(index, Test, Verdict(sample));
    }

    /// <inheritdoc/>
    public void Complete(long count, VerdictSheet verdicts)
    {
        // Every verdict has been given at once.
    }

    private void Take(in QualitySample sample)
    {
        if (sample.TimeMs is not { } ms)
        {
            return;
        }

        if (ms < newestMs)
        {
            window.Clear();
        }

        newestMs = ms;
        window.Expire(ms - periodMs);
        if (sample.HasValue)
        {
            window.Add(ms, sample.Value);
        }
    }

    private QualityFlag Verdict(in QualitySample sample)
    {
        if (!sample.HasValue)
        {
            return QualityFlag.Missing;
        }

        if (settings.Period is null)
        {
            return whole is { } all ? Verdict(all) : QualityFlag.NotEvaluated;
        }

        return sample.TimeMs is null || window.IsCut || observationsMin is not { } least || window.Count < least
            ? QualityFlag.NotEvaluated
            : Verdict(window.Spread);
    }

    private QualityFlag Verdict(double spread) =>
        double.IsNaN(spread) ? QualityFlag.NotEvaluated
        : spread < settings.Fail ? QualityFlag.Fail
        : spread < settings.Suspect ? QualityFlag.Suspect
        : QualityFlag.Good;
}

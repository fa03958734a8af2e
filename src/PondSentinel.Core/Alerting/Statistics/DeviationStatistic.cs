using System.Globalization;
using System.Text;

namespace PondSentinel.Alerting;

/// <summary>What a deviation is counted in.</summary>
public enum DeviationScale
{
    /// <summary>The channel's own unit.</summary>
    Unit,

    /// <summary>Percent of the baseline.</summary>
    Percent,

    /// <summary>Multiples of the median absolute deviation of the baseline (MAD, not scaled to a standard deviation).</summary>
    Mad,
}

/// <summary>How far a value is from what has been usual: from the median of the hours before it.</summary>
/// <remarks>The baseline is the median of the hourly means of the period (of 24ths of it below 24 h), the hour under way left out:
/// half of the period has to be unusual before it takes the unusual for usual. An hour counts where half of it is covered by
/// values. Where fewer than half of the hours count there is no baseline and the value gives nothing.</remarks>
public sealed record DeviationStatistic : Statistic
{
    private const double SlotCovered = 0.5;
    private const double SlotsNeeded = 0.5;
    private const int SlotsOfShort = 24;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>How far back the baseline reaches, 1 h to 31 days; from 24 h on whole hours.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>What it is counted in.</summary>
    public DeviationScale Scale { get; init; }

    /// <summary>The least that the MAD counts as, in the channel's unit, above 0: a signal that stood still has none.</summary>
    public double MadMin { get; init; }

    /// <summary>The least that the median counts as, in the channel's unit, where it is counted in percent of it; 0: it counts as it is. Twice
    /// of next to nothing is next to nothing.</summary>
    public double UsualMin { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"deviation from the median of {Period.TotalHours:0.##} h{Scale switch { DeviationScale.Percent => UsualMin > 0 ? $", at least {UsualMin}, in percent" : ", in percent", DeviationScale.Mad => $", in MAD of at least {MadMin}", _ => "" }}");

    /// <inheritdoc/>
    public override TimeSpan Spacing => TimeSpan.Zero;

    private TimeSpan Slot => Period >= SlotsOfShort * Hour
        ? Hour
        : TimeSpan.FromMilliseconds(Math.Ceiling(Period.TotalMilliseconds / SlotsOfShort));

    private int Slots => (int)Math.Round(Period / Slot);

    /// <inheritdoc/>
    public override string UnitOf(string unit) => Scale switch
    {
        DeviationScale.Percent => "%",
        DeviationScale.Mad => "MAD",
        _ => unit,
    };

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) =>
        new Run(this, new SlotMeans(Slot, Slots, TimeSpan.Zero, SilenceMax, SlotCovered, memory));

    // A rule is computed anew where this text of it changes, and then a median of 14 days is forgotten: what came later is not said unless
    // it is in use.
    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        base.PrintMembers(builder);
        builder.Append(CultureInfo.InvariantCulture, $", Period = {Period}, Scale = {Scale}, MadMin = {MadMin}");
        if (UsualMin != 0)
        {
            builder.Append(CultureInfo.InvariantCulture, $", UsualMin = {UsualMin}");
        }

        return true;
    }

    private sealed class Run(DeviationStatistic statistic, SlotMeans slots) : IStatisticRun
    {
        private readonly int count = statistic.Slots;
        private readonly double[] means = new double[statistic.Slots];
        private long? baselineOf;
        private (double Median, double Mad)? baseline;

        public ReadOnlyMemory<byte> Memory => slots.Memory;

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            slots.Add(sample, _ => { });
            if (!sample.Counts || Baseline() is not { } usual)
            {
                return;
            }

            var median = statistic.UsualMin > 0 ? Math.Max(usual.Median, statistic.UsualMin) : usual.Median;
            double? factor = statistic.Scale switch
            {
                DeviationScale.Percent => median == 0 ? null : 100 / Math.Abs(median),
                DeviationScale.Mad => 1 / Math.Max(usual.Mad, statistic.MadMin),
                _ => 1,
            };
            if (factor is { } of)
            {
                series.Add(sample with
                {
                    Value = (sample.Value - median) * of,
                    Low = (sample.Low - median) * of,
                    High = (sample.High - median) * of,
                });
            }
        }

        // Of the closed slots: it stays the same until one more is closed.
        private (double Median, double Mad)? Baseline()
        {
            if (baselineOf == slots.Open)
            {
                return baseline;
            }

            baselineOf = slots.Open;
            var valid = 0;
            for (var back = 1; back <= count; back++)
            {
                if (slots.MeanBack(back) is { } mean)
                {
                    means[valid++] = mean;
                }
            }

            if (valid < count * SlotsNeeded)
            {
                return baseline = null;
            }

            var median = MedianOf(means.AsSpan(0, valid));
            for (var i = 0; i < valid; i++)
            {
                means[i] = Math.Abs(means[i] - median);
            }

            return baseline = (median, MedianOf(means.AsSpan(0, valid)));
        }

        private static double MedianOf(Span<double> values)
        {
            values.Sort();
            var middle = values.Length / 2;
            return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
        }
    }
}

using System.Globalization;

namespace PondSentinel.Alerting;

/// <summary>In how many hours a level will be reached if it goes on as in the period before: overflow.</summary>
/// <remarks>The trend is the least-squares line through the means of the period's twelfths, of which three quarters must be covered by
/// values to half. A level that is reached already is reached in 0 h; one that is not approached, or only in more than
/// <see cref="HoursMax"/>, in that many.</remarks>
public sealed record TimeToStatistic : Statistic
{
    /// <summary>The longest time it tells, h: 30 days.</summary>
    public const double HoursMax = 720;

    private const double SlotCovered = 0.5;
    private const double SlotsNeeded = 0.75;
    private const int Slots = 12;
    private const double MsPerHour = 3_600_000;

    /// <summary>The level, in the unit of the measurand.</summary>
    public required double Level { get; init; }

    /// <summary>Whether the level is reached from below.</summary>
    public required bool IsRising { get; init; }

    /// <summary>How long the trend is looked at, 1 min to 7 days.</summary>
    public required TimeSpan Trend { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Create(
        CultureInfo.InvariantCulture, $"hours until {Level} by the trend of {Trend.TotalHours:0.##} h");

    /// <inheritdoc/>
    public override TimeSpan Spacing => TimeSpan.Zero;

    /// <inheritdoc/>
    public override string UnitOf(string unit) => "h";

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => new Run(this, new SlotMeans(
        TimeSpan.FromMilliseconds(Math.Ceiling(Trend.TotalMilliseconds / Slots)), Slots, TimeSpan.Zero, SilenceMax, SlotCovered, memory));

    private sealed class Run(TimeToStatistic statistic, SlotMeans slots) : IStatisticRun
    {
        public ReadOnlyMemory<byte> Memory => slots.Memory;

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            slots.Add(sample, _ => { });
            if (sample.Counts && HoursFrom(sample.Value!.Value) is { } hours)
            {
                series.Add(sample with { Value = hours, Low = null, High = null });
            }
        }

        private double? HoursFrom(double value)
        {
            var way = statistic.IsRising ? statistic.Level - value : value - statistic.Level;
            if (way <= 0)
            {
                return 0;
            }

            if (SlopePerHour() is not { } slope)
            {
                return null;
            }

            var speed = statistic.IsRising ? slope : -slope;
            return speed <= 0 ? HoursMax : Math.Min(way / speed, HoursMax);
        }

        private double? SlopePerHour()
        {
            var (n, sumX, sumY, sumXx, sumXy) = (0, 0.0, 0.0, 0.0, 0.0);
            for (var back = 1; back <= Slots; back++)
            {
                if (slots.MeanBack(back) is { } mean)
                {
                    n++;
                    sumX -= back;
                    sumY += mean;
                    sumXx += back * back;
                    sumXy -= back * mean;
                }
            }

            return n < Slots * SlotsNeeded
                ? null
                : ((n * sumXy) - (sumX * sumY)) / ((n * sumXx) - (sumX * sumX)) * (MsPerHour / slots.SlotMs);
        }
    }
}

using System.Globalization;

namespace PondSentinel.Alerting;

/// <summary>In how many hours a slope fails if it goes on as in the period before: inverse velocity.</summary>
/// <remarks>
/// <para>Fukuzono 1985, Voight 1988: towards a failure a slope moves ever faster, and one over its velocity falls along a line that is zero at
/// the failure. The period has four quarters; three velocities are the differences between them, each the mean of differences between parts
/// of a quarter that lie exactly one quarter apart. So with quarters of whole days what the sun does each day is in none of them.</para>
/// <para>It tells <see cref="HoursMax"/> unless all three velocities have one direction, each is faster than the one before, and the slowest is
/// <see cref="Least"/> at least: a slope that stands, creeps as fast as ever or slows down has no failure to tell of, and neither has a blow. A part
/// counts where half of it is covered by values, a quarter where three of its four parts do.</para>
/// <para>The last velocity is that of a quarter ago, so the time is told the less well the less is left: about a quarter too early at the end.
/// </para>
/// </remarks>
public sealed record InverseVelocityStatistic : Statistic
{
    /// <summary>The longest time it tells, h: 30 days.</summary>
    public const double HoursMax = 720;

    private const int Quarters = 4;
    private const int PartsOfQuarter = 4;
    private const int PartsNeeded = 3;
    private const double PartCovered = 0.5;

    private const double MsPerHour = 3_600_000;

    // Of a part and the one a quarter before it, in parts before the end of the newest.
    private const double MiddleOfDifference = 1.5;

    /// <summary>How long the movement is looked at, 4 h to 14 days, whole hours.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>The least that the slope must have moved from one quarter to the next, in the unit of the measurand, above 0: more than noise and
    /// weather do.</summary>
    public required double Least { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Create(
        CultureInfo.InvariantCulture, $"hours until failure by the inverse velocity of {Period.TotalHours:0.##} h, of {Least} or more in {Quarter.TotalHours:0.##} h");

    /// <inheritdoc/>
    public override TimeSpan Spacing => TimeSpan.Zero;

    /// <summary>A quarter of the period.</summary>
    public TimeSpan Quarter => Period / Quarters;

    /// <inheritdoc/>
    public override string UnitOf(string unit) => "h";

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => new Run(this, new SlotMeans(
        Period / (Quarters * PartsOfQuarter), Quarters * PartsOfQuarter, TimeSpan.Zero, SilenceMax, PartCovered, memory));

    private sealed class Run(InverseVelocityStatistic statistic, SlotMeans parts) : IStatisticRun
    {
        public ReadOnlyMemory<byte> Memory => parts.Memory;

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            parts.Add(sample, _ => { });
            if (sample.Counts && Moved(2) is { } first && Moved(1) is { } second && Moved(0) is { } third)
            {
                // Velocities are of before the part under way.
                var under = sample.At.ToUnixTimeMilliseconds() - parts.EndMs(parts.Open!.Value - 1);
                series.Add(sample with { Value = HoursFrom(first, second, third, under / MsPerHour), Low = null, High = null });
            }
        }

        // How far it moved between two quarters, counted back from now, and when that was, in quarters; null where too little is known. Parts that
        // are missing leave a velocity of another time.
        private (double At, double Velocity)? Moved(int back)
        {
            var (sum, times, known) = (0.0, 0.0, 0);
            for (var part = 1 + (back * PartsOfQuarter); part <= (back + 1) * PartsOfQuarter; part++)
            {
                if (parts.MeanBack(part) is { } mean && parts.MeanBack(part + PartsOfQuarter) is { } before)
                {
                    sum += mean - before;
                    times -= (part + MiddleOfDifference) / PartsOfQuarter;
                    known++;
                }
            }

            return known >= PartsNeeded ? (times / known, sum / known) : null;
        }

        // The line through one over three velocities, and where it is zero.
        private double HoursFrom((double At, double Velocity) first, (double At, double Velocity) second, (double At, double Velocity) third, double underWay)
        {
            var way = Math.Sign(third.Velocity);
            var (slow, middle, fast) = (first.Velocity * way, second.Velocity * way, third.Velocity * way);
            if (slow < statistic.Least || middle <= slow || fast <= middle)
            {
                return HoursMax;
            }

            var (at, inverse) = ((first.At + second.At + third.At) / 3, ((1 / slow) + (1 / middle) + (1 / fast)) / 3);
            var (a, b, c) = (first.At - at, second.At - at, third.At - at);
            var slope = ((a / slow) + (b / middle) + (c / fast)) / ((a * a) + (b * b) + (c * c));
            return Math.Clamp(((at - (inverse / slope)) * statistic.Quarter.TotalHours) - underWay, 0, HoursMax);
        }
    }
}

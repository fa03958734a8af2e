using System.Globalization;
using PondSentinel.Air;

namespace PondSentinel.Alerting;

/// <summary>The mean direction over a period: where the wind has come from, not where the vane happens to point.</summary>
/// <remarks>
/// <para>That of unit vectors, each direction counted alike (EPA-454/R-99-005 section 6.2.2): 350° and 10° are north. It comes at the end of
/// each twelfth of the period, of parts that are valid as those of a <see cref="MeanStatistic"/> are.</para>
/// <para>Directions from all round have none: where the mean vector is shorter than a fifth of what all would come to if they agreed,
/// there is no value, neither within a sector nor outside.</para>
/// </remarks>
public sealed record DirectionMeanStatistic : Statistic
{
    private const int Parts = 12;
    private const double PartCovered = 0.75;
    private const double ShareTolerance = 1e-9;
    private const double SteadinessMin = 0.2;

    /// <summary>The period, 1 min to 31 days.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Least share of valid twelfths, 0 to 1. Default 0.75.</summary>
    public double Complete { get; init; } = 0.75;

    /// <inheritdoc/>
    public override string Text => string.Create(CultureInfo.InvariantCulture, $"mean direction of {Period.TotalHours:0.##} h");

    /// <inheritdoc/>
    public override TimeSpan Spacing => TimeSpan.FromMilliseconds(Math.Ceiling(Period.TotalMilliseconds / Parts));

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory)
    {
        // Both have seen the same times, so both halves are alike in length.
        var half = memory.Length / 2;
        return new Run(this, Part(memory[..half]), Part(memory[half..]));
    }

    private SlotMeans Part(ReadOnlySpan<byte> memory) => new(Spacing, Parts, TimeSpan.Zero, SilenceMax, PartCovered, memory);

    private sealed class Run(DirectionMeanStatistic statistic, SlotMeans easts, SlotMeans norths) : IStatisticRun
    {
        private readonly List<double> ended = [];

        public ReadOnlyMemory<byte> Memory
        {
            get
            {
                var (east, north) = (easts.Memory, norths.Memory);
                var bytes = new byte[east.Length + north.Length];
                east.CopyTo(bytes);
                north.CopyTo(bytes.AsMemory(east.Length));
                return bytes;
            }
        }

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            var (sin, cos) = Math.SinCos((sample.Value ?? double.NaN) * (Math.PI / 180));
            ended.Clear();
            easts.Add(sample with { Value = sample.Value is null ? null : sin, Low = null, High = null }, closed => ended.Add(MeanOf(easts, closed)));
            var next = 0;
            norths.Add(sample with { Value = sample.Value is null ? null : cos, Low = null, High = null }, closed =>
            {
                var (east, north) = (ended[next++], MeanOf(norths, closed));
                if (Math.Sqrt((east * east) + (north * north)) >= SteadinessMin && WindMean.DirectionOf(east, north, 1) is { } direction)
                {
                    series.Add(new AlertSample(DateTimeOffset.FromUnixTimeMilliseconds(norths.EndMs(closed)), direction));
                }
            });
        }

        // NaN where too few parts are valid.
        private double MeanOf(SlotMeans slots, long closed)
        {
            var (sum, valid) = (0.0, 0);
            for (var slot = closed - Parts + 1; slot <= closed; slot++)
            {
                if (slots.MeanOf(slot) is { } mean)
                {
                    sum += mean;
                    valid++;
                }
            }

            return valid > 0 && valid >= (statistic.Complete * Parts) - ShareTolerance ? sum / valid : double.NaN;
        }
    }
}

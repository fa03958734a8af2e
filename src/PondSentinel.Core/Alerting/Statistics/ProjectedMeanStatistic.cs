using System.Globalization;

namespace PondSentinel.Alerting;

/// <summary>What the mean of a day by the clock will be if the rest of it is as its last hour: told at the end of each hour.</summary>
/// <remarks>Before so many hours of the day are valid a projection is told but may not raise: it can end the alert of the day before.
/// At the end of the day it is about the next one.</remarks>
public sealed record ProjectedMeanStatistic : Statistic
{
    private const double PartCovered = 0.75;
    private static readonly TimeSpan Part = TimeSpan.FromHours(1);

    /// <summary>The period: a whole part of 24 h, in hours, 2 at least.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>So many hours of it must be valid for the projection to raise, 1 to all but one.</summary>
    public required int From { get; init; }

    /// <summary>What the local time that periods begin by is ahead of UTC.</summary>
    public TimeSpan UtcOffset { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Period.TotalHours:0.##} h mean (UTC{UtcOffset.TotalHours:+0.##;-0.##;+0}) as projected after {From} h");

    /// <inheritdoc/>
    public override TimeSpan Spacing => Part;

    private int Parts => (int)Math.Round(Period / Part);

    /// <inheritdoc/>
    public override Statistic InLocalTime(TimeSpan utcOffset) => this with { UtcOffset = utcOffset };

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) =>
        new Run(this, new SlotMeans(Part, Parts, UtcOffset, SilenceMax, PartCovered, memory, takesBounds: true));

    private sealed class Run(ProjectedMeanStatistic statistic, SlotMeans slots) : IStatisticRun
    {
        private readonly int parts = statistic.Parts;

        public ReadOnlyMemory<byte> Memory => slots.Memory;

        public void Step(in AlertSample sample, ICollection<AlertSample> series) => slots.Add(sample, closed =>
        {
            if (slots.MeanOf(closed) is not { } last)
            {
                return;
            }

            var gone = (int)((((closed + 1) % parts) + parts) % parts);
            var (sum, valid, isBound) = (0.0, 0, slots.IsBound(closed));
            for (var slot = closed - gone + 1; slot <= closed; slot++)
            {
                if (slots.MeanOf(slot) is { } mean)
                {
                    sum += mean;
                    valid++;
                    isBound |= slots.IsBound(slot);
                }
            }

            var rest = parts - gone;
            var made = new AlertSample(
                DateTimeOffset.FromUnixTimeMilliseconds(slots.EndMs(closed)),
                (sum + (last * rest)) / (valid + rest),
                IsBarred: valid < statistic.From);
            series.Add(isBound ? BeyondRange.MadeOf(made) : made);
        });
    }
}

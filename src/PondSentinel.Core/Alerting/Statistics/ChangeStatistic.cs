using System.Globalization;

namespace PondSentinel.Alerting;

/// <summary>How much a value differs from what was there some time before: rate of change.</summary>
/// <remarks>Compared with the mean of the twelfth of the period that lies one period back, where half of that is covered by values;
/// else the value gives nothing.</remarks>
public sealed record ChangeStatistic : Statistic
{
    private const double SlotCovered = 0.5;
    private const int Slots = 12;

    /// <summary>The time in between, 1 min to 7 days.</summary>
    public required TimeSpan Period { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Create(CultureInfo.InvariantCulture, $"change in {Period.TotalHours:0.##} h");

    /// <inheritdoc/>
    public override TimeSpan Spacing => TimeSpan.Zero;

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => new Run(new SlotMeans(
        TimeSpan.FromMilliseconds(Math.Ceiling(Period.TotalMilliseconds / Slots)), Slots, TimeSpan.Zero, SilenceMax, SlotCovered, memory));

    private sealed class Run(SlotMeans slots) : IStatisticRun
    {
        public ReadOnlyMemory<byte> Memory => slots.Memory;

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            slots.Add(sample, _ => { });
            if (sample.Counts && slots.MeanBack(Slots) is { } before)
            {
                series.Add(sample with { Value = sample.Value - before, Low = sample.Low - before, High = sample.High - before });
            }
        }
    }
}

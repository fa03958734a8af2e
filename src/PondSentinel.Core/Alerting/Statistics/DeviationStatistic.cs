using System.Buffers.Binary;
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
/// <remarks>
/// <para>The baseline is the median of the hourly means of the period (of 24ths of it below 24 h), the hour under way left out:
/// half of the period has to be unusual before it takes the unusual for usual. An hour counts where half of it is covered by
/// values. Where fewer than half of the hours count there is no baseline and the value gives nothing.</para>
/// <para><b>An alarm holds its baseline.</b> What was usual when it was raised stays so while it is on, and after it for as long as the
/// hours of the alarm would still make the next one look usual: else a leak that lasts would end its own alarm at its full height, and
/// hide the next. After <see cref="HoldFor"/> what has lasted so long is usual; an alarm that is raised when all has been usual for a day
/// has that time for itself.</para>
/// </remarks>
public sealed record DeviationStatistic : Statistic
{
    private const double SlotCovered = 0.5;
    private const double SlotsNeeded = 0.5;
    private const int SlotsOfShort = 24;
    private const int HeldLength = 24;
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

    /// <summary>What of it is not usual: past the limit that ends the alarm, or as a condition has it. Null: nothing is held.</summary>
    public ValueRange? Unusual { get; init; }

    /// <summary>For how long an alarm holds what was usual when it was raised: as long as the longest period.</summary>
    public static TimeSpan HoldFor { get; } = TimeSpan.FromDays(31);

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
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory)
    {
        // What is held stands behind the means, where something is.
        var isHeld = memory.Length > SlotMeans.LengthMax(Slots);
        var means = isHeld ? memory[..^HeldLength] : memory;
        return new Run(this, new SlotMeans(Slot, Slots, TimeSpan.Zero, SilenceMax, SlotCovered, means), isHeld ? memory[^HeldLength..] : []);
    }

    // What a value is beyond a baseline, in the scale; null where there is no measure for it.
    private (double Median, double Factor)? MeasureOf(in Baseline usual)
    {
        var median = UsualMin > 0 ? Math.Max(usual.Median, UsualMin) : usual.Median;
        double? factor = Scale switch
        {
            DeviationScale.Percent => median == 0 ? null : 100 / Math.Abs(median),
            DeviationScale.Mad => 1 / Math.Max(usual.Mad, MadMin),
            _ => 1,
        };
        return factor is { } of ? (median, of) : null;
    }

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

    private readonly record struct Baseline(double Median, double Mad);

    private sealed class Run : IStatisticRun
    {
        private readonly DeviationStatistic statistic;
        private readonly SlotMeans slots;
        private readonly double[] means;
        private long? baselineOf;
        private Baseline? recent;
        private (Baseline Usual, long UntilMs)? held;
        private bool isAlarmed;
        private bool isOfBefore;

        public Run(DeviationStatistic statistic, SlotMeans slots, ReadOnlySpan<byte> memory)
        {
            (this.statistic, this.slots, means, isOfBefore) = (statistic, slots, new double[statistic.Slots], slots.IsOfBefore);
            if (!memory.IsEmpty)
            {
                held = (
                    new Baseline(BinaryPrimitives.ReadDoubleLittleEndian(memory), BinaryPrimitives.ReadDoubleLittleEndian(memory[8..])),
                    BinaryPrimitives.ReadInt64LittleEndian(memory[16..]));
            }
        }

        public ReadOnlyMemory<byte> Memory
        {
            get
            {
                if (held is not var (usual, untilMs))
                {
                    return slots.Memory;
                }

                var kept = slots.Memory;
                var bytes = new byte[kept.Length + HeldLength];
                kept.CopyTo(bytes);
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(kept.Length), usual.Median);
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(kept.Length + 8), usual.Mad);
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(kept.Length + 16), untilMs);
                return bytes;
            }
        }

        public bool HasOutlasted => isAlarmed && held is null && statistic.Unusual is not null;

        public void Alarm(bool isOn, bool isNew)
        {
            isAlarmed = isOn;

            // An alarm of a version that held nothing goes on from what is usual by now, or it would be over by itself.
            var isTakenOver = isOn && isOfBefore && held is null;
            isOfBefore = false;
            if (!(isNew || isTakenOver) || statistic.Unusual is null || slots.Open is not { } open)
            {
                return;
            }

            var until = slots.EndMs(open) + (long)HoldFor.TotalMilliseconds;
            if (held is var (known, _))
            {
                held = WasUsual(known) ? (known, until) : held;
            }
            else if (Recent() is { } usual)
            {
                held = (usual, until);
            }
        }

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            slots.Add(sample, _ => { });
            Release();
            if (!sample.Counts || (held?.Usual ?? Recent()) is not { } usual || statistic.MeasureOf(usual) is not var (median, factor))
            {
                return;
            }

            series.Add(sample with
            {
                Value = (sample.Value - median) * factor,
                Low = (sample.Low - median) * factor,
                High = (sample.High - median) * factor,
            });
        }

        // For the day before, but for the slot in which the new alarm may have begun. Of a level about the limit there is no such day: it
        // becomes usual, however often it rings.
        private bool WasUsual(in Baseline usual)
        {
            for (var back = 2; back <= Math.Min(SlotsOfShort, means.Length); back++)
            {
                if (slots.MeanBack(back) is not { } mean || statistic.MeasureOf(usual) is not var (median, factor) || statistic.Unusual!.Holds((mean - median) * factor))
                {
                    return false;
                }
            }

            return true;
        }

        // The hours of an alarm that is over are no danger once they are too few to move the median past what is usual.
        private void Release()
        {
            if (held is not var (usual, untilMs) || slots.Open is not { } open)
            {
                return;
            }

            // Where it runs out after an alarm, nothing has lasted so long: what the alarm has left in the median is still to be forgotten.
            if ((isAlarmed && slots.EndMs(open) > untilMs)
                || (!isAlarmed && Recent() is { } now && statistic.MeasureOf(usual) is var (median, factor) && !statistic.Unusual!.Holds((now.Median - median) * factor)))
            {
                held = null;
            }
        }

        // Of the closed slots: it stays the same until one more is closed.
        private Baseline? Recent()
        {
            if (baselineOf == slots.Open)
            {
                return recent;
            }

            baselineOf = slots.Open;
            var valid = 0;
            for (var back = 1; back <= means.Length; back++)
            {
                if (slots.MeanBack(back) is { } mean)
                {
                    means[valid++] = mean;
                }
            }

            if (valid < means.Length * SlotsNeeded)
            {
                return recent = null;
            }

            var median = MedianOf(means.AsSpan(0, valid));
            for (var i = 0; i < valid; i++)
            {
                means[i] = Math.Abs(means[i] - median);
            }

            return recent = new Baseline(median, MedianOf(means.AsSpan(0, valid)));
        }

        private static double MedianOf(Span<double> values)
        {
            values.Sort();
            var middle = values.Length / 2;
            return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
        }
    }
}

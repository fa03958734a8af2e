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
/// <para>A value that speaks for an hour or longer is held against the period before the time that it speaks for: of a probe that is read
/// twice a day the hours before it are the value itself.</para>
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
    private const int BeforeLength = 16;
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
        // Behind the means stands what a value that speaks for long was judged by, and behind that what is held, where there is any.
        var (before, held) = (memory.Length - SlotMeans.LengthMax(Slots)) switch
        {
            BeforeLength => (BeforeLength, 0),
            HeldLength => (0, HeldLength),
            BeforeLength + HeldLength => (BeforeLength, HeldLength),
            _ => (0, 0),
        };
        var means = memory[..^(before + held)];
        return new Run(
            this, new SlotMeans(Slot, Slots, TimeSpan.Zero, SilenceMax, SlotCovered, means),
            memory.Slice(means.Length, before), memory[(means.Length + before)..]);
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

    private readonly record struct Baseline(double Median, double Mad)
    {
        public static Baseline Read(ReadOnlySpan<byte> bytes) =>
            new(BinaryPrimitives.ReadDoubleLittleEndian(bytes), BinaryPrimitives.ReadDoubleLittleEndian(bytes[8..]));

        public void Write(Span<byte> bytes)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, Median);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[8..], Mad);
        }
    }

    private sealed class Run : IStatisticRun
    {
        private static readonly Baseline None = new(double.NaN, double.NaN);

        private readonly DeviationStatistic statistic;
        private readonly SlotMeans slots;
        private readonly double[] means;
        private readonly Action keepBefore;
        private long? baselineOf;
        private Baseline? recent;

        // What was usual before the newest value, where that speaks for long, or none; null: what is by now.
        private Baseline? before;
        private (Baseline Usual, long UntilMs)? held;
        private bool isAlarmed;
        private bool isOfBefore;

        public Run(DeviationStatistic statistic, SlotMeans slots, ReadOnlySpan<byte> before, ReadOnlySpan<byte> held)
        {
            (this.statistic, this.slots, means, isOfBefore) = (statistic, slots, new double[statistic.Slots], slots.IsOfBefore);
            keepBefore = () => this.before = Recent() ?? None;
            this.before = before.IsEmpty ? null : Baseline.Read(before);
            if (!held.IsEmpty)
            {
                this.held = (Baseline.Read(held), BinaryPrimitives.ReadInt64LittleEndian(held[16..]));
            }
        }

        public ReadOnlyMemory<byte> Memory
        {
            get
            {
                var kept = slots.Memory;
                if (before is null && held is null)
                {
                    return kept;
                }

                var bytes = new byte[kept.Length + (before is null ? 0 : BeforeLength) + (held is null ? 0 : HeldLength)];
                kept.CopyTo(bytes);
                before?.Write(bytes.AsSpan(kept.Length));
                if (held is var (usual, untilMs))
                {
                    usual.Write(bytes.AsSpan(bytes.Length - HeldLength));
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(bytes.Length - sizeof(long)), untilMs);
                }

                return bytes;
            }
        }

        // What the newest value is held against where nothing is held for an alarm.
        private Baseline? Usual => before is not { } known ? Recent() : double.IsNaN(known.Median) ? null : known;

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
            else if (Usual is { } usual)
            {
                held = (usual, until);
            }
        }

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            before = null;
            slots.Add(sample, _ => { }, keepBefore);
            Release();
            if (!sample.Counts || (held?.Usual ?? Usual) is not { } usual || statistic.MeasureOf(usual) is not var (median, factor))
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
                || (!isAlarmed && Usual is { } now && statistic.MeasureOf(usual) is var (median, factor) && !statistic.Unusual!.Holds((now.Median - median) * factor)))
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

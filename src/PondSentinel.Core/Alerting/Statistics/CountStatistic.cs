using System.Buffers.Binary;
using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>The n-th worst of the last m values: it is over a limit exactly where at least n of the last m are.</summary>
/// <remarks>A silence longer than <see cref="Statistic.SilenceMax"/> begins anew, unless it is the usual time between two readings
/// (<see cref="Cadence"/>). Values that are no evidence are not counted among the
/// m. It is a bound where the n-th worst may be worse than it is known to be.</remarks>
public sealed record CountStatistic : Statistic
{
    private const int HeadLength = 12;

    // Beside the number of values: that the last gap follows it. It does where it is one that could be a silence.
    private const int GapBit = 1 << 30;

    /// <summary>How many have to be over the limit, 1 to <see cref="Of"/>.</summary>
    public required int Least { get; init; }

    /// <summary>Of how many, 1 to 100.</summary>
    public required int Of { get; init; }

    /// <summary>Which side is the bad one.</summary>
    public required LimitSide Side { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Create(CultureInfo.InvariantCulture, $"{Least} of the last {Of} values");

    /// <inheritdoc/>
    public override TimeSpan Spacing => TimeSpan.Zero;

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory)
    {
        var run = new Run(this);
        if (!memory.IsEmpty)
        {
            run.Read(memory);
        }

        return run;
    }

    private sealed class Run(CountStatistic statistic) : IStatisticRun
    {
        // Newest last; beside each whether it is a bound.
        private readonly List<(double Value, bool IsBound)> values = [];
        private readonly double[] sorted = new double[statistic.Of];
        private long lastMs = long.MinValue;
        private long gapMs;

        public ReadOnlyMemory<byte> Memory
        {
            get
            {
                var head = HeadLength + (gapMs > 0 ? sizeof(long) : 0);
                var bytes = new byte[head + (sizeof(double) * values.Count) + (values.Exists(static value => value.IsBound) ? values.Count : 0)];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, lastMs);
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), values.Count | (gapMs > 0 ? GapBit : 0));
                if (gapMs > 0)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(HeadLength), gapMs);
                }

                for (var i = 0; i < values.Count; i++)
                {
                    BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(head + (sizeof(double) * i)), values[i].Value);
                    if (values[i].IsBound)
                    {
                        bytes[head + (sizeof(double) * values.Count) + i] = 1;
                    }
                }

                return bytes;
            }
        }

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            if (!sample.Counts)
            {
                return;
            }

            var at = sample.At.ToUnixTimeMilliseconds();
            var gap = lastMs == long.MinValue ? 0 : at - lastMs;
            var isSilence = gap > statistic.SilenceMax.TotalMilliseconds;
            if (isSilence && !Cadence.IsUsual(gap, gapMs))
            {
                values.Clear();
            }

            lastMs = at;
            gapMs = isSilence ? gap : 0;
            if (values.Count == statistic.Of)
            {
                values.RemoveAt(0);
            }

            values.Add((statistic.Side == LimitSide.Above ? sample.Top : sample.Bottom, sample.IsBound));
            if (values.Count == statistic.Of)
            {
                series.Add(Made(sample));
            }
        }

        private AlertSample Made(in AlertSample newest)
        {
            for (var i = 0; i < sorted.Length; i++)
            {
                sorted[i] = values[i].Value;
            }

            Array.Sort(sorted);
            var nth = statistic.Side == LimitSide.Above ? sorted[^statistic.Least] : sorted[statistic.Least - 1];
            var made = newest with { Value = nth, Low = null, High = null };
            foreach (var (value, isBound) in values)
            {
                if (isBound && (statistic.Side == LimitSide.Above ? value <= nth : value >= nth))
                {
                    return BeyondRange.MadeOf(made);
                }
            }

            return newest.IsBound ? made with { Flag = QualityFlag.Suspect, IsBound = false } : made;
        }

        public void Read(ReadOnlySpan<byte> memory)
        {
            var count = memory.Length >= HeadLength ? BinaryPrimitives.ReadInt32LittleEndian(memory[8..]) : -1;
            var head = HeadLength + (count > 0 && (count & GapBit) != 0 ? sizeof(long) : 0);
            count = count < 0 ? count : count & ~GapBit;
            if (count < 0 || count > statistic.Of || (memory.Length - head) is var rest && rest != sizeof(double) * count && rest != (sizeof(double) + 1) * count)
            {
                throw new InvalidDataException($"The memory of a statistic has {memory.Length} bytes, which are not those of {statistic.Text}.");
            }

            lastMs = BinaryPrimitives.ReadInt64LittleEndian(memory);
            gapMs = head > HeadLength ? BinaryPrimitives.ReadInt64LittleEndian(memory[HeadLength..]) : 0;
            for (var i = 0; i < count; i++)
            {
                var bounds = memory[(head + (sizeof(double) * count))..];
                values.Add((
                    BinaryPrimitives.ReadDoubleLittleEndian(memory[(head + (sizeof(double) * i))..]),
                    bounds.Length > 0 && bounds[i] != 0));
            }
        }
    }
}

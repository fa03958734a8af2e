using System.Buffers.Binary;
using System.Globalization;

namespace PondSentinel.Alerting;

/// <summary>The n-th worst of the last m values: it is over a limit exactly where at least n of the last m are.</summary>
/// <remarks>A silence longer than <see cref="Statistic.SilenceMax"/> begins anew. Values that are no evidence are not counted among the
/// m.</remarks>
public sealed record CountStatistic : Statistic
{
    private const int HeadLength = 12;

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
        private readonly List<double> values = [];
        private readonly double[] sorted = new double[statistic.Of];
        private long lastMs = long.MinValue;

        public ReadOnlyMemory<byte> Memory
        {
            get
            {
                var bytes = new byte[HeadLength + (sizeof(double) * values.Count)];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, lastMs);
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), values.Count);
                for (var i = 0; i < values.Count; i++)
                {
                    BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(HeadLength + (sizeof(double) * i)), values[i]);
                }

                return bytes;
            }
        }

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            if (!sample.IsEvidence)
            {
                return;
            }

            var at = sample.At.ToUnixTimeMilliseconds();
            if (lastMs != long.MinValue && at - lastMs > statistic.SilenceMax.TotalMilliseconds)
            {
                values.Clear();
            }

            lastMs = at;
            if (values.Count == statistic.Of)
            {
                values.RemoveAt(0);
            }

            values.Add(statistic.Side == LimitSide.Above ? sample.Top : sample.Bottom);
            if (values.Count == statistic.Of)
            {
                values.CopyTo(sorted);
                Array.Sort(sorted);
                series.Add(sample with
                {
                    Value = statistic.Side == LimitSide.Above ? sorted[^statistic.Least] : sorted[statistic.Least - 1],
                    Low = null,
                    High = null,
                });
            }
        }

        public void Read(ReadOnlySpan<byte> memory)
        {
            var count = memory.Length >= HeadLength ? BinaryPrimitives.ReadInt32LittleEndian(memory[8..]) : -1;
            if (count < 0 || count > statistic.Of || memory.Length != HeadLength + (sizeof(double) * count))
            {
                throw new InvalidDataException($"The memory of a statistic has {memory.Length} bytes, which are not those of {statistic.Text}.");
            }

            lastMs = BinaryPrimitives.ReadInt64LittleEndian(memory);
            for (var i = 0; i < count; i++)
            {
                values.Add(BinaryPrimitives.ReadDoubleLittleEndian(memory[(HeadLength + (sizeof(double) * i))..]));
            }
        }
    }
}

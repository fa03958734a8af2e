using System.Buffers.Binary;

namespace PondSentinel.Alerting;

/// <summary>A statistic of a statistic: 3 of the last 4 deviations.</summary>
public sealed record ChainStatistic : Statistic
{
    /// <summary>What is made, in order; each of what the one before it makes. Two or more.</summary>
    public required IReadOnlyList<Statistic> Parts { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Join(", ", Parts.Select(part => part.Text));

    /// <inheritdoc/>
    public override TimeSpan Spacing => Parts.Max(part => part.Spacing);

    /// <inheritdoc/>
    public override string UnitOf(string unit) => Parts.Aggregate(unit, (of, part) => part.UnitOf(of));

    /// <inheritdoc/>
    public override bool Takes(SampleOrigin origin) => Parts[0].Takes(origin);

    /// <inheritdoc/>
    public override Statistic InLocalTime(TimeSpan utcOffset)
    {
        var parts = Parts.Select(part => part.InLocalTime(utcOffset)).ToList();
        return parts.SequenceEqual(Parts) ? this : this with { Parts = parts };
    }

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => new Run(Parts, memory);

    /// <summary>All that decides what it makes, in one line.</summary>
    public override string ToString() => string.Join(" then ", Parts);

    private sealed class Run : IStatisticRun
    {
        private readonly List<IStatisticRun> runs = [];

        public Run(IReadOnlyList<Statistic> parts, ReadOnlySpan<byte> memory)
        {
            foreach (var part in parts)
            {
                if (memory.IsEmpty)
                {
                    runs.Add(part.Begin([]));
                    continue;
                }

                var length = memory.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(memory) : -1;
                if (length < 0 || length > memory.Length - sizeof(int))
                {
                    throw new InvalidDataException($"The memory of a statistic ends within that of its part {runs.Count + 1}.");
                }

                runs.Add(part.Begin(memory.Slice(sizeof(int), length)));
                memory = memory[(sizeof(int) + length)..];
            }
        }

        public ReadOnlyMemory<byte> Memory
        {
            get
            {
                var memories = runs.ConvertAll(run => run.Memory);
                var bytes = new byte[memories.Sum(memory => sizeof(int) + memory.Length)];
                var at = 0;
                foreach (var memory in memories)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), memory.Length);
                    memory.Span.CopyTo(bytes.AsSpan(at + sizeof(int)));
                    at += sizeof(int) + memory.Length;
                }

                return bytes;
            }
        }

        public bool HasOutlasted => runs.Exists(run => run.HasOutlasted);

        public void Alarm(bool isOn, bool isNew) => runs.ForEach(run => run.Alarm(isOn, isNew));

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            List<AlertSample> made = [sample];
            foreach (var run in runs)
            {
                List<AlertSample> next = [];
                foreach (var value in made)
                {
                    run.Step(value, next);
                }

                made = next;
            }

            foreach (var value in made)
            {
                series.Add(value);
            }
        }
    }
}

using System.Buffers.Binary;

namespace PondSentinel.Alerting;

/// <summary>For how long a channel has brought no value that a limit may be held against, in minutes: 0 at a value, and growing with
/// each record that has none.</summary>
/// <remarks>
/// <para>The time between two records counts where it is not longer than <see cref="Statistic.SilenceMax"/> or usual
/// (<see cref="Cadence"/>): what was not asked is not missing, and a gateway without power is another matter. Where nothing comes although
/// the gateway is there, whoever waits for it gives a tick, whose covered time is how long that has been so. One that covers none says that
/// nobody waits for the channel any more.</para>
/// <para>Time in maintenance does not count, and afterwards it begins anew.</para>
/// </remarks>
public sealed record NoValueStatistic : Statistic
{
    private const int MemoryLength = 24;

    // Without the last gap, as it was kept until 2026-11-27.
    private const int MemoryLengthBefore = 16;

    /// <inheritdoc/>
    public override string Text => "time without a value";

    /// <inheritdoc/>
    public override TimeSpan Spacing => TimeSpan.Zero;

    /// <inheritdoc/>
    public override string UnitOf(string unit) => "min";

    /// <inheritdoc/>
    public override bool Takes(SampleOrigin origin) => origin.IsOwn || origin.IsTick;

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => memory.Length is 0 or MemoryLength or MemoryLengthBefore
        ? new Run((long)SilenceMax.TotalMilliseconds, memory)
        : throw new InvalidDataException($"The memory of a statistic has {memory.Length} bytes, not {MemoryLength}.");

    private sealed class Run : IStatisticRun
    {
        private readonly long silenceMs;
        private long lastMs = long.MinValue;
        private long withoutMs;
        private long gapMs;

        public Run(long silenceMs, ReadOnlySpan<byte> memory)
        {
            this.silenceMs = silenceMs;
            if (!memory.IsEmpty)
            {
                lastMs = BinaryPrimitives.ReadInt64LittleEndian(memory);
                withoutMs = BinaryPrimitives.ReadInt64LittleEndian(memory[8..]);
                gapMs = memory.Length == MemoryLength ? BinaryPrimitives.ReadInt64LittleEndian(memory[16..]) : 0;
            }
        }

        public ReadOnlyMemory<byte> Memory
        {
            get
            {
                var bytes = new byte[MemoryLength];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, lastMs);
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), withoutMs);
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), gapMs);
                return bytes;
            }
        }

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            var at = sample.At.ToUnixTimeMilliseconds();
            if (sample.Origin.IsTick)
            {
                // What was not known to whoever waited may have come since.
                var nothing = (long)sample.Covered.TotalMilliseconds;
                withoutMs = nothing == 0 ? 0 : withoutMs;
                Tell(sample.At, withoutMs + (lastMs == long.MinValue ? nothing : Math.Clamp(at - lastMs, 0, nothing)), series);
                return;
            }

            if (lastMs != long.MinValue && at > lastMs)
            {
                var gap = at - lastMs;
                // Of what is read rarely one failed reading is no time yet: the second is.
                withoutMs += gap <= silenceMs ? gap : !Cadence.IsUsual(gap, gapMs) ? 0 : withoutMs == 0 ? 1 : gap;
                gapMs = gap;
            }

            lastMs = Math.Max(lastMs, at);
            if (sample.IsEvidence || sample.IsMaintained)
            {
                withoutMs = 0;
            }

            if (!sample.IsMaintained)
            {
                Tell(sample.At, withoutMs, series);
            }
        }

        private static void Tell(DateTimeOffset at, long ms, ICollection<AlertSample> series) =>
            series.Add(new AlertSample(at, TimeSpan.FromMilliseconds(ms).TotalMinutes));
    }
}

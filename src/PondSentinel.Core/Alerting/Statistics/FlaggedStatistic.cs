using System.Buffers.Binary;
using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>How many of the values of a period are doubtful, in percent: flagged suspect or failed, for any reason or for certain ones.
/// </summary>
/// <remarks>The period is counted in twelfths, the one under way included. Where there are fewer than three values in it, or they do not
/// span half of it, it gives nothing. Of a channel that is read so rarely that fewer than four readings fit (<see cref="Cadence"/>) the
/// period is two, four, … times as long. What is missing and what was taken in maintenance counts on neither side.</remarks>
public sealed record FlaggedStatistic : Statistic
{
    private const int Slots = 12;
    private const int SlotsSpanned = 6;
    private const int ValuesNeeded = 3;
    private const int ReadingsWanted = 4;
    private const int MemoryLength = MemoryLengthBefore + 20;

    // Without time of the last value, last gap and the factor of the period, as it was kept until 2026-11-27.
    private const int MemoryLengthBefore = 8 + (Slots * 8);
    private const long Never = long.MinValue;

    /// <summary>The period, 1 min to 31 days.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Only values with one of these reasons; none: with any.</summary>
    public Why Reasons { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"share of doubtful values in {Period.TotalHours:0.##} h{(Reasons == Why.None ? "" : $" ({string.Join(", ", WhyTokens.Tokens(Reasons))})")}");

    /// <inheritdoc/>
    public override TimeSpan Spacing => TimeSpan.Zero;

    /// <inheritdoc/>
    public override string UnitOf(string unit) => "%";

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => memory.Length is 0 or MemoryLength or MemoryLengthBefore
        ? new Run(this, memory)
        : throw new InvalidDataException($"The memory of a statistic has {memory.Length} bytes, not {MemoryLength}.");

    private sealed class Run : IStatisticRun
    {
        private readonly FlaggedStatistic statistic;
        private readonly long usualSlotMs;
        private readonly int[] flagged = new int[Slots];
        private readonly int[] all = new int[Slots];
        private long open = Never;
        private long lastMs = Never;
        private long gapMs;
        private int factor = 1;

        public Run(FlaggedStatistic statistic, ReadOnlySpan<byte> memory)
        {
            this.statistic = statistic;
            usualSlotMs = (long)Math.Ceiling(statistic.Period.TotalMilliseconds / Slots);
            if (!memory.IsEmpty)
            {
                open = BinaryPrimitives.ReadInt64LittleEndian(memory);
                for (var i = 0; i < Slots; i++)
                {
                    flagged[i] = BinaryPrimitives.ReadInt32LittleEndian(memory[(8 + (8 * i))..]);
                    all[i] = BinaryPrimitives.ReadInt32LittleEndian(memory[(12 + (8 * i))..]);
                }

                if (memory.Length == MemoryLength)
                {
                    var rest = memory[MemoryLengthBefore..];
                    lastMs = BinaryPrimitives.ReadInt64LittleEndian(rest);
                    gapMs = BinaryPrimitives.ReadInt64LittleEndian(rest[8..]);
                    factor = Math.Max(BinaryPrimitives.ReadInt32LittleEndian(rest[16..]), 1);
                }
            }
        }

        public ReadOnlyMemory<byte> Memory
        {
            get
            {
                var bytes = new byte[MemoryLength];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, open);
                for (var i = 0; i < Slots; i++)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8 + (8 * i)), flagged[i]);
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12 + (8 * i)), all[i]);
                }

                var rest = bytes.AsSpan(MemoryLengthBefore);
                BinaryPrimitives.WriteInt64LittleEndian(rest, lastMs);
                BinaryPrimitives.WriteInt64LittleEndian(rest[8..], gapMs);
                BinaryPrimitives.WriteInt32LittleEndian(rest[16..], factor);

                return bytes;
            }
        }

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            if (sample.Value is null || sample.Flag == QualityFlag.Missing || sample.IsMaintained)
            {
                return;
            }

            var at = sample.At.ToUnixTimeMilliseconds();
            Fit(at);
            var slot = at / (usualSlotMs * factor);
            if (open == Never || slot > open + Slots)
            {
                Array.Clear(flagged);
                Array.Clear(all);
                open = slot;
            }

            while (open < slot)
            {
                open++;
                (flagged[Place(open)], all[Place(open)]) = (0, 0);
            }

            all[Place(open)]++;
            if (sample.Flag is QualityFlag.Suspect or QualityFlag.Fail
                && (statistic.Reasons == Why.None || (sample.Why & statistic.Reasons) != 0))
            {
                flagged[Place(open)]++;
            }

            var values = all.Sum();
            if (values >= ValuesNeeded && Spanned() >= SlotsSpanned)
            {
                series.Add(new AlertSample(sample.At, 100.0 * flagged.Sum() / values));
            }
        }

        // Takes the period that enough of the channel's readings fit into, and begins anew with another.
        private void Fit(long at)
        {
            var gap = lastMs == Never ? 0 : at - lastMs;
            var isUsual = Cadence.IsUsual(gap, gapMs);
            (lastMs, gapMs) = (at, gap);
            if (!isUsual)
            {
                return;
            }

            var slots = (double)ReadingsWanted * gap / usualSlotMs;
            var fitting = factor;
            if (slots * 4 < Slots * factor)
            {
                fitting = 1;
            }

            while ((fitting + 0.5) * Slots < slots)
            {
                fitting *= 2;
            }

            if (fitting != factor)
            {
                (factor, open) = (fitting, Never);
            }
        }

        private int Spanned()
        {
            for (var back = Slots - 1; back > 0; back--)
            {
                if (all[Place(open - back)] > 0)
                {
                    return back + 1;
                }
            }

            return 1;
        }

        private static int Place(long slot) => (int)(((slot % Slots) + Slots) % Slots);
    }
}

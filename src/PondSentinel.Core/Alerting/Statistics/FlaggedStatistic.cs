using System.Buffers.Binary;
using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>How many of the values of a period are doubtful, in percent: flagged suspect or failed, for any reason or for certain ones.
/// </summary>
/// <remarks>The period is counted in twelfths, the one under way included. Where fewer than half of them have values it gives nothing.
/// What is missing and what was taken in maintenance counts on neither side.</remarks>
public sealed record FlaggedStatistic : Statistic
{
    private const int Slots = 12;
    private const int SlotsNeeded = 6;
    private const int MemoryLength = 8 + (Slots * 8);
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
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => memory.Length is 0 or MemoryLength
        ? new Run(this, memory)
        : throw new InvalidDataException($"The memory of a statistic has {memory.Length} bytes, not {MemoryLength}.");

    private sealed class Run : IStatisticRun
    {
        private readonly FlaggedStatistic statistic;
        private readonly long slotMs;
        private readonly int[] flagged = new int[Slots];
        private readonly int[] all = new int[Slots];
        private long open = Never;

        public Run(FlaggedStatistic statistic, ReadOnlySpan<byte> memory)
        {
            this.statistic = statistic;
            slotMs = (long)Math.Ceiling(statistic.Period.TotalMilliseconds / Slots);
            if (!memory.IsEmpty)
            {
                open = BinaryPrimitives.ReadInt64LittleEndian(memory);
                for (var i = 0; i < Slots; i++)
                {
                    flagged[i] = BinaryPrimitives.ReadInt32LittleEndian(memory[(8 + (8 * i))..]);
                    all[i] = BinaryPrimitives.ReadInt32LittleEndian(memory[(12 + (8 * i))..]);
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

                return bytes;
            }
        }

        public void Step(in AlertSample sample, ICollection<AlertSample> series)
        {
            if (sample.Value is null || sample.Flag == QualityFlag.Missing || sample.IsMaintained)
            {
                return;
            }

            var slot = sample.At.ToUnixTimeMilliseconds() / slotMs;
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

            if (all.Count(count => count > 0) >= SlotsNeeded)
            {
                series.Add(new AlertSample(sample.At, 100.0 * flagged.Sum() / all.Sum()));
            }
        }

        private static int Place(long slot) => (int)(((slot % Slots) + Slots) % Slots);
    }
}

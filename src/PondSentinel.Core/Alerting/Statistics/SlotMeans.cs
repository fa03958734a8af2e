using System.Buffers.Binary;
using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>The means of equal slots of time, each with how much of it its values speak for.</summary>
/// <remarks>
/// <para>A slot is open at its beginning and closed at its end. A value speaks for the time since the one before it; after a
/// silence, for as long as the values before it did; the very first for as long as the second. A thinned record speaks for the
/// time it stands for. A silence that is only the usual time between two readings (<see cref="Cadence"/>) is none. Time up to a missing
/// or failed value is covered by nobody. The mean of a slot is weighted by time, so
/// that it is the mean of all values, thinned or not.</para>
/// <para>Where it takes bounds, a slot with one has a mean that is a bound too; else a bound is as good as a failed value.</para>
/// </remarks>
internal sealed class SlotMeans
{
    private const int HeadLength = 48;

    // Without the last gap, as it was kept until 2026-11-27.
    private const int HeadLengthBefore = 40;
    private const int SlotLength = 12;
    private const long Never = long.MinValue;

    // The sum of a day of it is finite, and nothing that anybody measures comes near it.
    private const double NumberMax = 1e100;

    // Beside the time covered, of which a slot of a day needs 27 bits.
    private const int BoundBit = 1 << 30;

    private readonly long slotMs;
    private readonly long offsetMs;
    private readonly long silenceMs;
    private readonly double share;
    private readonly bool takesBounds;
    private readonly double[] sums;
    private readonly int[] covered;
    private long open = Never;
    private long lastMs = Never;
    private long stepMs;
    private long gapMs;
    private long firstMs = Never;
    private double first;

    /// <summary>Begins, or goes on.</summary>
    /// <param name="slot">Length of a slot, whole milliseconds, at most a day.</param>
    /// <param name="kept">How many closed slots are kept beside the open one.</param>
    /// <param name="offset">What local time is ahead of UTC: where the slots of a day begin.</param>
    /// <param name="silence">Longest time between two values that is covered by them.</param>
    /// <param name="share">How much of a slot has to be covered for it to have a mean, 0 to 1.</param>
    /// <param name="memory">What <see cref="Memory"/> gave, or nothing.</param>
    /// <param name="takesBounds">Whether a bound counts as the number that it is.</param>
    /// <exception cref="InvalidDataException">The memory is another's.</exception>
    public SlotMeans(TimeSpan slot, int kept, TimeSpan offset, TimeSpan silence, double share, ReadOnlySpan<byte> memory, bool takesBounds = false)
    {
        slotMs = (long)slot.TotalMilliseconds;
        offsetMs = (long)offset.TotalMilliseconds;
        silenceMs = (long)silence.TotalMilliseconds;
        this.share = share;
        this.takesBounds = takesBounds;
        sums = new double[kept + 1];
        covered = new int[kept + 1];
        if (!memory.IsEmpty)
        {
            Read(memory);
        }
    }

    /// <summary>The most bytes of a memory.</summary>
    /// <param name="kept">How many closed slots are kept beside the open one.</param>
    public static int LengthMax(int kept) => HeadLength + (SlotLength * (kept + 1));

    /// <summary>Length of a slot, ms.</summary>
    public long SlotMs => slotMs;

    /// <summary>Number of the open slot; slots are numbered from local midnight of 1970-01-01. Null before the second value.</summary>
    public long? Open => open == Never ? null : open;

    /// <summary>Whether the memory was of a version that held nothing for an alarm.</summary>
    public bool IsOfBefore { get; private set; }

    /// <summary>All that has to be kept.</summary>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            var bytes = new byte[HeadLength + (SlotLength * sums.Length)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, open);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), lastMs);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), stepMs);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), firstMs);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(32), first);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), gapMs);
            for (var i = 0; i < sums.Length; i++)
            {
                var at = bytes.AsSpan(HeadLength + (SlotLength * i));
                BinaryPrimitives.WriteDoubleLittleEndian(at, sums[i]);
                BinaryPrimitives.WriteInt32LittleEndian(at[8..], covered[i]);
            }

            return bytes;
        }
    }

    /// <summary>When a slot ends, UTC ms.</summary>
    /// <param name="slot">Its number.</param>
    public long EndMs(long slot) => ((slot + 1) * slotMs) - offsetMs;

    /// <summary>The mean of a closed slot that is kept; null where too little of it is covered.</summary>
    /// <param name="slot">Its number.</param>
    public double? MeanOf(long slot)
    {
        var at = Place(slot);
        var coveredMs = covered[at] & ~BoundBit;
        return coveredMs > 0 && coveredMs >= share * slotMs ? sums[at] / coveredMs : null;
    }

    /// <summary>How much of a closed slot that is kept is covered by values, 0 to 1.</summary>
    /// <param name="slot">Its number.</param>
    public double CoverageOf(long slot) => (covered[Place(slot)] & ~BoundBit) / (double)slotMs;

    /// <summary>Whether the mean of a closed slot that is kept is a bound.</summary>
    /// <param name="slot">Its number.</param>
    public bool IsBound(long slot) => (covered[Place(slot)] & BoundBit) != 0;

    /// <summary>The mean of a closed slot, counted back from the open one.</summary>
    /// <param name="back">1: the one before it.</param>
    public double? MeanBack(int back) => open == Never ? null : MeanOf(open - back);

    /// <summary>Takes the next value.</summary>
    /// <param name="sample">The value.</param>
    /// <param name="closed">Told of each slot that ends with it or before it, in order.</param>
    /// <param name="speaking">Told of a value that speaks for as long as a slot or longer, before it does: what is closed then is all of values
    /// before it, and of the time up to where it begins to speak.</param>
    public void Add(in AlertSample sample, Action<long> closed, Action? speaking = null)
    {
        var at = sample.At.ToUnixTimeMilliseconds();
        if (at <= lastMs)
        {
            return;
        }

        var gap = lastMs == Never ? long.MaxValue : at - lastMs;
        var isSpoken = gap <= silenceMs || Cadence.IsUsual(gap, gapMs);
        gapMs = lastMs == Never ? 0 : gap;
        lastMs = at;
        if (isSpoken)
        {
            stepMs = gap;
            if (firstMs != Never)
            {
                Begin(firstMs - gap);
                Cover(firstMs - gap, firstMs, first, closed);
            }
        }

        firstMs = Never;
        // What another probe bears out, though it has failed, is no number for a mean.
        var isBound = takesBounds && sample.Counts && sample.IsBound && (sample.Why & Why.OverRange) != 0;
        if (!isBound && !sample.IsEvidence)
        {
            Cover(at, at, 0, closed);
            return;
        }

        var spoken = sample.Covered > TimeSpan.Zero
            ? Math.Min(Math.Min((long)sample.Covered.TotalMilliseconds, gap), slotMs * sums.Length)
            : isSpoken ? gap : stepMs;
        if (spoken == 0)
        {
            // Of the very first nobody remembers that it is a bound.
            (firstMs, first) = (isBound ? Never : at, NumberOf(sample));
            return;
        }

        Begin(at - spoken);
        if (speaking is not null && spoken >= slotMs)
        {
            Cover(at - spoken, at - spoken, 0, closed);
            speaking();
        }

        Cover(at - spoken, at, NumberOf(sample), closed, isBound ? BoundBit : 0);
    }

    private static double NumberOf(in AlertSample sample) => Math.Clamp(sample.Value!.Value, -NumberMax, NumberMax);

    private void Begin(long ms)
    {
        if (open == Never)
        {
            open = SlotOf(ms + 1);
        }
    }

    // Gives the time from one instant to another to a value, and closes what ends with it.
    private void Cover(long fromMs, long toMs, double value, Action<long> closed, int bound = 0)
    {
        if (open == Never)
        {
            return;
        }

        for (var ended = 0; ; ended++)
        {
            if (ended > sums.Length && EndMs(open) <= fromMs)
            {
                // By now all kept slots are empty, and so are those up to the value's.
                Clear();
                open = SlotOf(fromMs + 1);
            }

            var beginsMs = EndMs(open) - slotMs;
            var spoken = Math.Min(toMs, EndMs(open)) - Math.Max(fromMs, beginsMs);
            if (spoken > 0)
            {
                sums[Place(open)] += value * spoken;
                covered[Place(open)] = (covered[Place(open)] + (int)spoken) | bound;
            }

            if (toMs < EndMs(open))
            {
                return;
            }

            var ending = open;
            closed(ending);
            open = ending + 1;
            (sums[Place(open)], covered[Place(open)]) = (0, 0);
        }
    }

    private void Clear()
    {
        Array.Clear(sums);
        Array.Clear(covered);
    }

    // The slot that holds an instant: after its beginning, up to its end.
    private long SlotOf(long ms) => (long)Math.Floor((ms + offsetMs - 1) / (double)slotMs);

    private int Place(long slot) => (int)(((slot % sums.Length) + sums.Length) % sums.Length);

    private void Read(ReadOnlySpan<byte> memory)
    {
        var head = memory.Length - (SlotLength * sums.Length);
        if (head is not (HeadLength or HeadLengthBefore))
        {
            throw new InvalidDataException($"The memory of a statistic has {memory.Length} bytes, not {HeadLength + (SlotLength * sums.Length)}.");
        }

        IsOfBefore = head == HeadLengthBefore;
        open = BinaryPrimitives.ReadInt64LittleEndian(memory);
        lastMs = BinaryPrimitives.ReadInt64LittleEndian(memory[8..]);
        stepMs = BinaryPrimitives.ReadInt64LittleEndian(memory[16..]);
        firstMs = BinaryPrimitives.ReadInt64LittleEndian(memory[24..]);
        first = BinaryPrimitives.ReadDoubleLittleEndian(memory[32..]);
        gapMs = head == HeadLength ? BinaryPrimitives.ReadInt64LittleEndian(memory[40..]) : 0;
        for (var i = 0; i < sums.Length; i++)
        {
            var at = memory[(head + (SlotLength * i))..];
            sums[i] = BinaryPrimitives.ReadDoubleLittleEndian(at);
            covered[i] = BinaryPrimitives.ReadInt32LittleEndian(at[8..]);
        }
    }
}

using System.Numerics;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A set of numbers with a bit for each, where an <see cref="IntervalSet"/> would need too many intervals: thinning
/// leaves one number in ten. Nothing is ever forgotten.</summary>
/// <remarks>An eighth of a byte for each number between the lowest and the highest of 4,096 at a time. Not thread-safe.
/// </remarks>
internal sealed class NumberBits
{
    private const int ChunkBits = 4096;
    private const int WordBits = 64;

    private readonly SortedList<long, ulong[]> chunks = [];

    /// <summary>How many numbers it holds.</summary>
    public long Count { get; private set; }

    /// <summary>Whether a number is in it.</summary>
    /// <param name="number">The number.</param>
    public bool Contains(long number) =>
        chunks.TryGetValue(number / ChunkBits, out var chunk) && (chunk[WordOf(number)] & BitOf(number)) != 0;

    /// <summary>Puts a number in.</summary>
    /// <param name="number">The number, 0 or more.</param>
    /// <returns>Whether it was not in it.</returns>
    public bool Add(long number)
    {
        if (!chunks.TryGetValue(number / ChunkBits, out var chunk))
        {
            chunks.Add(number / ChunkBits, chunk = new ulong[ChunkBits / WordBits]);
        }

        if ((chunk[WordOf(number)] & BitOf(number)) != 0)
        {
            return false;
        }

        chunk[WordOf(number)] |= BitOf(number);
        Count++;
        return true;
    }

    /// <summary>Takes a number out.</summary>
    /// <param name="number">The number.</param>
    /// <returns>Whether it was in it.</returns>
    public bool Remove(long number)
    {
        if (!Contains(number))
        {
            return false;
        }

        var chunk = chunks[number / ChunkBits];
        chunk[WordOf(number)] &= ~BitOf(number);
        Count--;
        if (Array.TrueForAll(chunk, word => word == 0))
        {
            chunks.Remove(number / ChunkBits);
        }

        return true;
    }

    /// <summary>The lowest number from a given one on that is not in it.</summary>
    /// <param name="from">The given one.</param>
    public long FirstOutside(long from)
    {
        while (chunks.TryGetValue(from / ChunkBits, out var chunk))
        {
            for (var word = WordOf(from); word < chunk.Length; word++)
            {
                var clear = ~chunk[word] & (ulong.MaxValue << (int)(from % WordBits));
                from -= from % WordBits;
                if (clear != 0)
                {
                    return from + BitOperations.TrailingZeroCount(clear);
                }

                from += WordBits;
            }
        }

        return from;
    }

    /// <summary>The lowest number from a given one on that is in it; null where there is none.</summary>
    /// <param name="from">The given one.</param>
    public long? FirstInside(long from)
    {
        for (var at = IndexOf(from / ChunkBits); at < chunks.Count; at++)
        {
            from = Math.Max(from, chunks.GetKeyAtIndex(at) * ChunkBits);
            var chunk = chunks.GetValueAtIndex(at);
            for (var word = WordOf(from); word < chunk.Length; word++)
            {
                var set = chunk[word] & (ulong.MaxValue << (int)(from % WordBits));
                from -= from % WordBits;
                if (set != 0)
                {
                    return from + BitOperations.TrailingZeroCount(set);
                }

                from += WordBits;
            }
        }

        return null;
    }

    /// <summary>How many numbers of a range are in it.</summary>
    /// <param name="range">The range.</param>
    public long CountWithin(SequenceRange range)
    {
        long count = 0;
        for (var at = IndexOf(range.First / ChunkBits); at < chunks.Count; at++)
        {
            var first = chunks.GetKeyAtIndex(at) * ChunkBits;
            if (first > range.Last)
            {
                break;
            }

            var chunk = chunks.GetValueAtIndex(at);
            for (var word = 0; word < chunk.Length; word++, first += WordBits)
            {
                count += BitOperations.PopCount(chunk[word] & Mask(range, first));
            }
        }

        return count;
    }

    /// <summary>The parts of a range that are not in it.</summary>
    /// <param name="range">The range.</param>
    public IEnumerable<SequenceRange> Outside(SequenceRange range)
    {
        var next = FirstOutside(range.First);
        while (next <= range.Last)
        {
            var end = Math.Min(range.Last, FirstInside(next) - 1 ?? range.Last);
            yield return new SequenceRange(next, end);
            next = FirstOutside(end + 1);
        }
    }

    private static int WordOf(long number) => (int)(number % ChunkBits / WordBits);

    private static ulong BitOf(long number) => 1UL << (int)(number % WordBits);

    // The bits of a word that lie in the range.
    private static ulong Mask(SequenceRange range, long first)
    {
        if (first > range.Last || first + WordBits <= range.First)
        {
            return 0;
        }

        var from = (int)Math.Max(0, range.First - first);
        var to = (int)Math.Min(WordBits - 1, range.Last - first);
        return (ulong.MaxValue << from) & (ulong.MaxValue >> (WordBits - 1 - to));
    }

    // The first chunk of that key or a higher one.
    private int IndexOf(long key)
    {
        var (low, high) = (0, chunks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (chunks.GetKeyAtIndex(middle) < key)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A set of numbers as rising intervals: a watermark and a few above it.</summary>
/// <remarks>Where more would be needed the highest are forgotten. Its users see to it that forgetting costs duplicates and
/// never a record. Not thread-safe.</remarks>
/// <param name="intervalsMax">Most intervals.</param>
internal sealed class IntervalSet(int intervalsMax = IntervalSet.DefaultIntervalsMax)
{
    /// <summary>A watermark and 64 intervals above it.</summary>
    public const int DefaultIntervalsMax = 65;

    private readonly List<SequenceRange> intervals = [];

    /// <summary>The intervals: rising, apart from each other by at least one number.</summary>
    public IReadOnlyList<SequenceRange> Intervals => intervals;

    /// <summary>How many numbers it holds.</summary>
    public long Count => intervals.Sum(interval => interval.Count);

    /// <summary>Whether a number is in it.</summary>
    /// <param name="number">The number.</param>
    public bool Contains(long number)
    {
        var at = IndexOf(number);
        return at < intervals.Count && intervals[at].Contains(number);
    }

    /// <summary>Puts numbers in.</summary>
    /// <param name="range">The numbers.</param>
    public void Add(SequenceRange range)
    {
        var at = IndexOf(range.First - 1);
        var end = at;
        var (first, last) = range;
        while (end < intervals.Count && intervals[end].First <= range.Last + 1)
        {
            first = Math.Min(first, intervals[end].First);
            last = Math.Max(last, intervals[end].Last);
            end++;
        }

        intervals.RemoveRange(at, end - at);
        intervals.Insert(at, new SequenceRange(first, last));
        Forget();
    }

    /// <summary>Takes numbers out.</summary>
    /// <param name="range">The numbers.</param>
    public void Remove(SequenceRange range)
    {
        var at = IndexOf(range.First);
        while (at < intervals.Count && intervals[at].First <= range.Last)
        {
            var interval = intervals[at];
            intervals.RemoveAt(at);
            if (interval.First < range.First)
            {
                intervals.Insert(at++, new SequenceRange(interval.First, range.First - 1));
            }

            if (interval.Last > range.Last)
            {
                intervals.Insert(at++, new SequenceRange(range.Last + 1, interval.Last));
            }
        }

        Forget();
    }

    /// <summary>Takes all numbers out.</summary>
    public void Clear() => intervals.Clear();

    /// <summary>The lowest number from a given one on that is not in it.</summary>
    /// <param name="from">The given one.</param>
    public long FirstOutside(long from)
    {
        var at = IndexOf(from);
        return at < intervals.Count && intervals[at].Contains(from) ? intervals[at].Last + 1 : from;
    }

    /// <summary>The lowest number from a given one on that is in it; null where there is none.</summary>
    /// <param name="from">The given one.</param>
    public long? FirstInside(long from)
    {
        var at = IndexOf(from);
        return at < intervals.Count ? Math.Max(from, intervals[at].First) : null;
    }

    /// <summary>The parts of a range that are in it.</summary>
    /// <param name="range">The range.</param>
    public IEnumerable<SequenceRange> Within(SequenceRange range)
    {
        for (var at = IndexOf(range.First); at < intervals.Count && intervals[at].First <= range.Last; at++)
        {
            yield return new SequenceRange(
                Math.Max(range.First, intervals[at].First), Math.Min(range.Last, intervals[at].Last));
        }
    }

    /// <summary>The parts of a range that are not in it.</summary>
    /// <param name="range">The range.</param>
    public IEnumerable<SequenceRange> Outside(SequenceRange range)
    {
        var next = range.First;
        foreach (var part in Within(range))
        {
            if (part.First > next)
            {
                yield return new SequenceRange(next, part.First - 1);
            }

            next = part.Last + 1;
        }

        if (next <= range.Last)
        {
            yield return new SequenceRange(next, range.Last);
        }
    }

    // The first interval that ends at the number or after it.
    private int IndexOf(long number)
    {
        var (low, high) = (0, intervals.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (intervals[middle].Last < number)
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

    private void Forget()
    {
        if (intervals.Count > intervalsMax)
        {
            intervals.RemoveRange(intervalsMax, intervals.Count - intervalsMax);
        }
    }
}

using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Sets of numbers as ranges. Pure.</summary>
internal static class Ranges
{
    /// <summary>Rising numbers as the fewest ranges.</summary>
    /// <param name="rising">Numbers, each above the one before.</param>
    public static List<SequenceRange> Of(IEnumerable<long> rising)
    {
        List<SequenceRange> ranges = [];
        foreach (var number in rising)
        {
            if (ranges is [.., var last] && last.Last + 1 == number)
            {
                ranges[^1] = last with { Last = number };
            }
            else
            {
                ranges.Add(new SequenceRange(number, number));
            }
        }

        return ranges;
    }

    /// <summary>Disjoint ranges in any order as the fewest, rising.</summary>
    public static List<SequenceRange> Joined(IEnumerable<SequenceRange> ranges)
    {
        List<SequenceRange> joined = [];
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            if (joined is [.., var last] && last.Last + 1 == range.First)
            {
                joined[^1] = last with { Last = range.Last };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    /// <summary>What of a range is in none of others.</summary>
    /// <param name="range">The range.</param>
    /// <param name="others">Disjoint ranges, rising; they may reach beyond it.</param>
    public static List<SequenceRange> Without(SequenceRange range, IEnumerable<SequenceRange> others)
    {
        List<SequenceRange> rest = [];
        var next = range.First;
        foreach (var other in others)
        {
            if (other.First > range.Last)
            {
                break;
            }

            if (other.First > next)
            {
                rest.Add(new SequenceRange(next, other.First - 1));
            }

            next = Math.Max(next, other.Last + 1);
        }

        if (next <= range.Last)
        {
            rest.Add(range with { First = next });
        }

        return rest;
    }

    /// <summary>Whether a number is in one of many ranges.</summary>
    /// <param name="ranges">Disjoint ranges, rising.</param>
    /// <param name="number">The number.</param>
    public static bool Contains(List<SequenceRange> ranges, long number)
    {
        var (low, high) = (0, ranges.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].Contains(number))
            {
                return true;
            }

            (low, high) = number < ranges[middle].First ? (low, middle - 1) : (middle + 1, high);
        }

        return false;
    }

    /// <summary>What a receipt says of a set: every number up to <c>UpTo</c> but for the gaps.</summary>
    /// <param name="settled">Disjoint ranges that do not touch, rising.</param>
    /// <param name="gapsMax">Most gaps; where there are more, <c>UpTo</c> stops before the first that has no room.</param>
    public static (long UpTo, List<SequenceRange> Gaps) Account(IReadOnlyList<SequenceRange> settled, int gapsMax)
    {
        if (settled.Count == 0)
        {
            return (-1, []);
        }

        var gaps = Without(new SequenceRange(0, settled[^1].Last), settled);
        return gaps.Count <= gapsMax
            ? (settled[^1].Last, gaps)
            : (gaps[gapsMax].First - 1, gaps[..gapsMax]);
    }
}

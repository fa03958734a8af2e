using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Numbers as ranges. Pure.</summary>
internal static class NumberRanges
{
    /// <summary>The ranges that numbers form.</summary>
    /// <param name="numbers">The numbers, none below the one before.</param>
    public static IEnumerable<SequenceRange> Of(IEnumerable<long> numbers)
    {
        SequenceRange? open = null;
        foreach (var number in numbers)
        {
            if (open is { } range && number > range.Last + 1)
            {
                yield return range;
                open = null;
            }

            open = new SequenceRange(open?.First ?? number, number);
        }

        if (open is { } last)
        {
            yield return last;
        }
    }

    /// <summary>The parts of a range that are not among some numbers.</summary>
    /// <param name="range">The range.</param>
    /// <param name="numbers">The numbers, in any order.</param>
    public static IEnumerable<SequenceRange> Outside(SequenceRange range, IEnumerable<long> numbers)
    {
        var next = range.First;
        foreach (var number in numbers.Where(range.Contains).Order())
        {
            if (number > next)
            {
                yield return new SequenceRange(next, number - 1);
            }

            next = number + 1;
        }

        if (next <= range.Last)
        {
            yield return range with { First = next };
        }
    }
}

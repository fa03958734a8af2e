namespace PondSentinel.Quality;

/// <summary>How much the newest observations differ, in constant time on the average.</summary>
/// <remarks>
/// <para>The standard deviation is kept in two stacks: sums of the older part from each observation to the part's end, and
/// one sum of the newer part. Nothing is ever subtracted, so an absurd value leaves no trace when it leaves.</para>
/// <para>Bound: <c>countMax</c> observations of 40 bytes for the standard deviation, 24 to 40 for the range. Room grows as it is
/// needed.</para>
/// </remarks>
/// <param name="isRange">Range instead of standard deviation.</param>
/// <param name="countMax">Most observations.</param>
internal sealed class ObservationWindow(bool isRange, int countMax)
{
    private const int CapacityFirst = 16;

    private readonly RangeWindow? range = isRange ? new RangeWindow() : null;
    private long[] times = new long[CapacityFirst];
    private double[] values = isRange ? [] : new double[CapacityFirst];
    private Moments[] olderSums = isRange ? [] : new Moments[CapacityFirst];
    private int head;
    private int older;
    private Moments newerSum;
    private long next;
    private long? cutMs;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>How much they differ; NaN where that overflows or there is none.</summary>
    public double Spread => range is not null ? range.RangeSince(long.MinValue) : Sum.StandardDeviation;

    private Moments Sum => older > 0 ? olderSums[head].And(newerSum) : newerSum;

    /// <summary>Takes an observation. Where there is no room, the oldest goes.</summary>
    /// <param name="ms">Its time, not before that of any other.</param>
    /// <param name="value">It, finite.</param>
    public void Add(long ms, double value)
    {
        if (Count == countMax)
        {
            cutMs = times[head];
            Drop();
        }

        if (Count == times.Length)
        {
            Grow();
        }

        var place = (head + Count) % times.Length;
        times[place] = ms;
        Count++;
        if (range is not null)
        {
            range.Push(next, value);
        }
        else
        {
            values[place] = value;
            newerSum = newerSum.And(Moments.Of(value));
        }

        next++;
    }

    /// <summary>Lets go what is too old.</summary>
    /// <param name="ms">The newest time that is.</param>
    public void Expire(long ms)
    {
        while (Count > 0 && times[head] <= ms)
        {
            Drop();
        }

        cutMs = cutMs > ms ? cutMs : null;
    }

    /// <summary>Whether there was no room for some that are not too old.</summary>
    public bool IsCut => cutMs is not null;

    /// <summary>Lets all go.</summary>
    public void Clear()
    {
        (Count, older, newerSum, cutMs) = (0, 0, default, null);
        range?.Clear();
    }

    private void Drop()
    {
        if (range is null)
        {
            if (older == 0)
            {
                Turn();
            }

            older--;
        }

        head = (head + 1) % times.Length;
        Count--;
        range?.Forget(next - Count);
    }

    private void Turn()
    {
        Moments sum = default;
        for (var i = Count - 1; i >= 0; i--)
        {
            var place = (head + i) % times.Length;
            sum = Moments.Of(values[place]).And(sum);
            olderSums[place] = sum;
        }

        (older, newerSum) = (Count, default);
    }

    private void Grow()
    {
        times = Grown(times);
        if (range is null)
        {
            (values, olderSums) = (Grown(values), Grown(olderSums));
        }

        head = 0;
    }

    private T[] Grown<T>(T[] ring)
    {
        var larger = new T[Math.Min(ring.Length * 2, Math.Max(countMax, CapacityFirst))];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = ring[(head + i) % ring.Length];
        }

        return larger;
    }
}

namespace PondSentinel.Quality;

/// <summary>How much the newest observations differ, in constant time on the average.</summary>
/// <remarks>
/// <para>The standard deviation is kept in two stacks: sums of the older part from each observation to the part's end, and
/// one sum of the newer part. Nothing is ever subtracted, so an absurd value leaves no trace when it leaves. Of the older part the sum
/// at every <see cref="Block"/>th observation is kept, and those between for the block that is leaving; they are made again in the same
/// order, so that each sum is the same to the last bit.</para>
/// <para>A time is how much later or sooner than usual it comes after the one before, 1 byte; where that is more than 127 ms, the distance
/// has its place in a queue, 8 bytes.</para>
/// <para>Bound: <c>countMax</c> observations of 10 bytes for the standard deviation, 17 to 33 for the range; 8 to 16 more for each that
/// comes more than 127 ms later or sooner than usual. Room grows as it is needed, by a little.</para>
/// </remarks>
/// <param name="isRange">Range instead of standard deviation.</param>
/// <param name="countMax">Most observations.</param>
/// <param name="usualMs">Usual time between two of them, ms.</param>
internal sealed class ObservationWindow(bool isRange, int countMax, long usualMs)
{
    private const int Block = 32;
    private const int GrowthMin = 16;
    private const int GrowthShare = 64;

    // A step that does not fit into the others' bytes.
    private const sbyte Leap = sbyte.MinValue;

    private readonly RangeWindow? range = isRange ? new RangeWindow() : null;
    private readonly (double Mean, double Squares)[] blockSums = isRange ? [] : new (double, double)[Block];
    private Queue<long>? leaps;
    private sbyte[] steps = new sbyte[GrowthMin];
    private double[] values = isRange ? [] : new double[GrowthMin];
    private (double Mean, double Squares)[] olderSums = [];
    private int head;
    private int older;
    private Moments newerSum;
    private long headMs;
    private long newestMs;
    private long next;
    private long? cutMs;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>How much they differ; NaN where that overflows or there is none.</summary>
    public double Spread => range is not null ? range.RangeSince(long.MinValue) : Sum.StandardDeviation;

    /// <summary>Whether there was no room for some that are not too old.</summary>
    public bool IsCut => cutMs is not null;

    private Moments Sum => older > 0 ? OlderSum(older).And(newerSum) : newerSum;

    /// <summary>Takes an observation. Where there is no room, the oldest goes.</summary>
    /// <param name="ms">Its time, not before that of any other.</param>
    /// <param name="value">It, finite.</param>
    public void Add(long ms, double value)
    {
        if (Count == countMax)
        {
            cutMs = headMs;
            Drop();
        }

        if (Count == steps.Length)
        {
            Grow();
        }

        var place = Place(Count);
        steps[place] = Step(ms);
        newestMs = ms;
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
        while (Count > 0 && headMs <= ms)
        {
            Drop();
        }

        cutMs = cutMs > ms ? cutMs : null;
    }

    /// <summary>Lets all go.</summary>
    public void Clear()
    {
        (Count, older, newerSum, cutMs) = (0, 0, default, null);
        leaps?.Clear();
        range?.Clear();
    }

    private int Place(int index) => (head + index) % steps.Length;

    private sbyte Step(long ms)
    {
        if (Count == 0)
        {
            headMs = ms;
            return 0;
        }

        var step = ms - newestMs;
        if (step - usualMs is > Leap and <= sbyte.MaxValue and var late)
        {
            return (sbyte)late;
        }

        (leaps ??= new Queue<long>()).Enqueue(step);
        return Leap;
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

        head = Place(1);
        Count--;
        if (Count > 0)
        {
            headMs += steps[head] == Leap ? leaps!.Dequeue() : usualMs + steps[head];
        }

        if (range is not null)
        {
            range.Forget(next - Count);
        }
        else if (older % Block == Block - 1)
        {
            SumBlock();
        }
    }

    private Moments OlderSum(int count)
    {
        var (mean, squares) = count % Block == 0 ? olderSums[count / Block] : blockSums[count % Block];
        return new Moments(count, mean, squares);
    }

    // All become the older part.
    private void Turn()
    {
        older = Count;
        newerSum = default;
        if (olderSums.Length <= older / Block)
        {
            olderSums = new (double, double)[(steps.Length / Block) + 1];
        }

        SumOlder(default, 1, older);
    }

    // The sums within the block that is leaving now.
    private void SumBlock()
    {
        var whole = older / Block * Block;
        SumOlder(whole == 0 ? default : OlderSum(whole), whole + 1, older);
    }

    private void SumOlder(Moments sum, int first, int last)
    {
        var top = older / Block * Block;
        for (var count = first; count <= last; count++)
        {
            sum = Moments.Of(values[Place(older - count)]).And(sum);
            if (count % Block == 0)
            {
                olderSums[count / Block] = (sum.Mean, sum.Squares);
            }
            else if (count > top)
            {
                blockSums[count % Block] = (sum.Mean, sum.Squares);
            }
        }
    }

    private void Grow()
    {
        var length = Math.Min(steps.Length + Math.Max(GrowthMin, steps.Length / GrowthShare), Math.Max(countMax, GrowthMin));
        steps = Grown(steps, length);
        if (range is null)
        {
            values = Grown(values, length);
        }

        head = 0;
    }

    private T[] Grown<T>(T[] ring, int length)
    {
        var larger = new T[length];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = ring[(head + i) % ring.Length];
        }

        return larger;
    }
}

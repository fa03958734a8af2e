namespace PondSentinel.Quality;

/// <summary>The range of the newest numbers, exactly, in constant time on the average.</summary>
/// <remarks>Keeps only numbers that can still become the lowest or the highest: of a noisy signal a handful, at worst, of one
/// that rises or falls all the time, every number of the window once (16 bytes each). Whoever asks only whether the range is below
/// something lets go of what lies before a larger one: <see cref="ShrinkBelow"/>.</remarks>
internal sealed class RangeWindow
{
    private readonly Ladder lows = new(sign: 1);
    private readonly Ladder highs = new(sign: -1);

    /// <summary>Takes a number.</summary>
    /// <param name="position">Its place, higher than that of all before.</param>
    /// <param name="value">The number, finite.</param>
    public void Push(long position, double value)
    {
        lows.Push(position, value);
        highs.Push(position, value);
    }

    /// <summary>Forgets what lies before a place.</summary>
    /// <param name="position">The place of the first that stays.</param>
    public void Forget(long position)
    {
        lows.Forget(position);
        highs.Forget(position);
    }

    /// <summary>Forgets as much from the beginning as it takes for the range of the rest to be below something.</summary>
    /// <param name="range">Above 0.</param>
    /// <returns>The place of the first that stays, if any was forgotten: from any place before it on the range is as much or more, and
    /// stays so; else null.</returns>
    public long? ShrinkBelow(double range)
    {
        long? from = null;
        while (RangeSince(long.MinValue) >= range)
        {
            // One of the two that are so far apart has to go.
            from = Math.Min(lows.First, highs.First) + 1;
            Forget(from.Value);
        }

        return from;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => Forget(long.MaxValue);

    /// <summary>Highest less lowest.</summary>
    /// <param name="position">The place of the first that counts.</param>
    /// <returns>The range; NaN where no number counts.</returns>
    public double RangeSince(long position) => highs.Since(position) - lows.Since(position);

    // Numbers that rise in the direction of the sign, each the first of all that come after it.
    private sealed class Ladder(int sign)
    {
        private const int CapacityFirst = 4;

        private (long Position, double Value)[] steps = new (long, double)[CapacityFirst];
        private int head;
        private int count;

        /// <summary>Place of the first; there is one.</summary>
        public long First => At(0).Position;

        public void Push(long position, double value)
        {
            while (count > 0 && sign * At(count - 1).Value >= sign * value)
            {
                count--;
            }

            if (count == steps.Length)
            {
                Grow();
            }

            count++;
            At(count - 1) = (position, value);
        }

        public void Forget(long position)
        {
            while (count > 0 && At(0).Position < position)
            {
                head = (head + 1) % steps.Length;
                count--;
            }
        }

        public double Since(long position)
        {
            var (low, high) = (0, count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = At(middle).Position < position ? (middle + 1, high) : (low, middle);
            }

            return low < count ? At(low).Value : double.NaN;
        }

        private ref (long Position, double Value) At(int place) => ref steps[(head + place) % steps.Length];

        private void Grow()
        {
            var larger = new (long, double)[steps.Length * 2];
            for (var i = 0; i < count; i++)
            {
                larger[i] = At(i);
            }

            (steps, head) = (larger, 0);
        }
    }
}

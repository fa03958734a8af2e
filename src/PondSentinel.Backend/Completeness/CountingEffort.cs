namespace PondSentinel.Backend.Completeness;

/// <summary>How much work the account of one stretch may be. A gateway says by itself how often it polls, when that was and what its
/// records stand for: without an end it would hold up the accounts of all others.</summary>
/// <remarks>Counted in steps, such as a slot that is looked at: a few ns each. A day of a gateway with 14 channels by the minute is some 100,000.</remarks>
/// <param name="stepsMax">Most steps.</param>
internal sealed class CountingEffort(long stepsMax = CountingEffort.StepsMax)
{
    /// <summary>Most steps of a stretch.</summary>
    public const long StepsMax = 200_000_000;

    // What is read from the database, of a record and of a life.
    private const long StepsOfRecord = 100;
    private const long StepsOfLife = 20_000;

    private long left = stepsMax;

    /// <summary>Counts steps.</summary>
    /// <exception cref="InvalidDataException">They are too many.</exception>
    public void Spend(long steps)
    {
        left -= steps;
        if (left < 0)
        {
            throw new InvalidDataException(
                "what it sent is too much work to account for; find out what its intervals, times and windows (w) are");
        }
    }

    /// <summary>Counts records that were read.</summary>
    /// <exception cref="InvalidDataException">It is too much.</exception>
    public void SpendOnRecords(long count) => Spend(count * StepsOfRecord);

    /// <summary>Counts a life of which the records nearest to the stretch were looked for.</summary>
    /// <exception cref="InvalidDataException">It is too much.</exception>
    public void SpendOnLife() => Spend(StepsOfLife);
}

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Keeps something that flaps from flooding the link: so many an hour, then one with the count of the rest.
/// </summary>
/// <remarks>Not thread-safe. All times are of one monotonic clock.</remarks>
internal sealed class HourlyAllowance
{
    /// <summary>Events of one type and device in one hour: the wire contract's limit.</summary>
    public const int PerHour = 6;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private TimeSpan? begun;
    private int taken;

    /// <summary>How many were refused in the present hour.</summary>
    public int Refused { get; private set; }

    /// <summary>Takes one, where one is left.</summary>
    /// <param name="now">The monotonic clock.</param>
    public bool TryTake(TimeSpan now)
    {
        if (begun is not { } start || (now - start >= Hour && Refused == 0))
        {
            begun = now;
            taken = 0;
        }

        if (taken >= PerHour)
        {
            Refused++;
            return false;
        }

        taken++;
        return true;
    }

    /// <summary>Ends an hour in which some were refused.</summary>
    /// <param name="now">The monotonic clock.</param>
    /// <returns>How many, when the hour is over and there were any; otherwise 0. The report takes the place of the first
    /// of the new hour.</returns>
    public int TakeRefused(TimeSpan now)
    {
        if (Refused == 0 || now - begun < Hour)
        {
            return 0;
        }

        var refused = Refused;
        begun = now;
        taken = 1;
        Refused = 0;
        return refused;
    }
}

namespace PondSentinel.Gateway.Alarms;

/// <summary>Keeps an alarm or a relay that flaps from flooding the link: so many at once in an hour, then how it stands every few minutes.
/// </summary>
/// <remarks>Unlike of a fault, nothing that goes on may stay untold for an hour: whoever is not told at once is told a little later, of how
/// it stands then. Not thread-safe.</remarks>
internal sealed class ToldPace
{
    /// <summary>How many are told at once in an hour.</summary>
    public const int PerHour = 6;

    /// <summary>How long the others wait for one another.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private TimeSpan? begun;
    private TimeSpan last;
    private int taken;

    /// <summary>Whether something may be told now; then it counts.</summary>
    /// <param name="now">The boot-time clock.</param>
    public bool TryTake(TimeSpan now)
    {
        if (begun is not { } start || now - start >= Hour)
        {
            (begun, taken) = (now, 0);
        }

        if (taken >= PerHour && now - last < Wait)
        {
            return false;
        }

        (taken, last) = (taken + 1, now);
        return true;
    }
}

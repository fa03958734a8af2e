namespace PondSentinel.Alerting;

/// <summary>How far apart the values of a channel come, where that is farther than the longest silence that counts: what is read once an
/// hour has not fallen silent between two readings.</summary>
internal static class Cadence
{
    /// <summary>The longest time between two readings that a gateway can be set to, ms: a day.</summary>
    private const long LongestMs = 86_400_000;

    private const double Jitter = 1.5;

    /// <summary>Whether a silence is only the usual time between two readings: as long as the one before it, by half at most, so that an
    /// outage is none. Two of one length in a row are taken for it.</summary>
    /// <param name="gapMs">The silence.</param>
    /// <param name="beforeMs">The time between the two values before; 0 where it is not known.</param>
    public static bool IsUsual(long gapMs, long beforeMs) =>
        gapMs <= LongestMs * Jitter && beforeMs > 0 && gapMs <= beforeMs * Jitter && beforeMs <= gapMs * Jitter;
}

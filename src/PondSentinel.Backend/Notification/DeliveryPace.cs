namespace PondSentinel.Backend.Notification;

/// <summary>How long to wait after an attempt that failed: from 1 s growing to 5 min, or as long as the receiver says, from
/// 1 s to 1 h.</summary>
internal static class DeliveryPace
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UsualLongest = TimeSpan.FromMinutes(5);

    /// <summary>The longest wait there is.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromHours(1);

    /// <summary>The wait after an attempt.</summary>
    /// <param name="attempts">How many have failed, from 1.</param>
    /// <param name="asked">What the receiver says, or null.</param>
    public static TimeSpan After(int attempts, TimeSpan? asked)
    {
        if (asked is { } said)
        {
            return said < First ? First : said > Longest ? Longest : said;
        }

        // Spread by a quarter, so that many backends do not come back to a receiver in one moment.
        var doubled = First * Math.Pow(2, Math.Min(attempts - 1, 16));
        var spread = (doubled < UsualLongest ? doubled : UsualLongest) * (0.75 + (Random.Shared.NextDouble() / 2));
        return spread < First ? First : spread;
    }
}

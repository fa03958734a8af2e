namespace PondSentinel.Backend.Broker;

/// <summary>One token bucket for each gateway, all of the same size. Used by one at a time.</summary>
/// <remarks>A bucket that is full is as good as one that nobody has asked for, so full ones are forgotten: memory is of those
/// gateways only that sent lately.</remarks>
/// <param name="perSecond">What flows in, a second.</param>
/// <param name="capacity">What one holds, and as much it may owe.</param>
/// <param name="time">The clock.</param>
internal sealed class GatewayBuckets(double perSecond, double capacity, TimeProvider time)
{
    // Beyond it the full ones are looked for, each time twice as many have come.
    private const int CountMin = 1_024;

    private readonly Dictionary<string, (double Tokens, long At)> buckets = new(StringComparer.Ordinal);
    private int sweepAt = CountMin;

    /// <summary>How many gateways are remembered.</summary>
    public int Count => buckets.Count;

    /// <summary>Whether a gateway may have so much now. What is larger than a bucket may go where the bucket is full.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="cost">What it wants.</param>
    public bool Has(string gateway, double cost) => Tokens(gateway) >= Math.Min(cost, capacity);

    /// <summary>Whether a gateway has had more than there was.</summary>
    public bool IsInDebt(string gateway) => Tokens(gateway) < 0;

    /// <summary>Takes out, also where there is not so much: later ones wait for it then.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="cost">What it has had.</param>
    public void Take(string gateway, double cost)
    {
        if (buckets.Count >= sweepAt)
        {
            foreach (var full in buckets.Keys.Where(known => Tokens(known) >= capacity).ToList())
            {
                buckets.Remove(full);
            }

            sweepAt = Math.Max(CountMin, 2 * buckets.Count);
        }

        buckets[gateway] = (Math.Max(Tokens(gateway) - cost, -capacity), time.GetTimestamp());
    }

    private double Tokens(string gateway) => buckets.TryGetValue(gateway, out var known)
        ? Math.Min(capacity, known.Tokens + (time.GetElapsedTime(known.At).TotalSeconds * perSecond))
        : capacity;
}

using PondSentinel.Backend.Ingest;

namespace PondSentinel.Backend.Alerting;

/// <summary>Which gateways are at another site now: what was found of them at the old one is nobody's any more.</summary>
internal static class MovedGateways
{
    // One that gathers for an hour, the longest there is, is heard each hour. Two sites may have a gateway of the same name: as long as
    // both speak neither has moved.
    private static readonly TimeSpan After = TimeSpan.FromHours(1) + HeardTable.GapMin;

    /// <summary>Looks: one that describes itself at another site, and has long not been heard at this one.</summary>
    /// <param name="heard">Gateways that were ever heard.</param>
    /// <param name="devices">What they have said that they have.</param>
    /// <returns>The name of each at its old site, with the new one.</returns>
    public static IReadOnlyDictionary<GatewayName, string> Of(IReadOnlyList<HeardGateway> heard, DescribedDevices devices)
    {
        Dictionary<GatewayName, string> moved = [];
        foreach (var same in heard.GroupBy(each => each.Gateway.Gateway, StringComparer.Ordinal))
        {
            if (same.MaxBy(each => each.Last) is { } now && devices.Of(now.Gateway) is not null)
            {
                foreach (var before in same.Where(each => now.Last - each.Last > After))
                {
                    moved.Add(before.Gateway, now.Gateway.Site);
                }
            }
        }

        return moved;
    }
}

using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Site;

/// <summary>The end of a test of the whole way: all accounts held against each other.</summary>
internal static class Reckoning
{
    /// <summary>How long after the time of its poll an answer may be out that came too late for it: a busy machine makes a probe
    /// slow, and the poll is then a record of its own, without a value.</summary>
    private static readonly TimeSpan LateWithin = TimeSpan.FromSeconds(3);

    /// <summary>Waits until everything that the gateways claim now is stored, then looks whether it is so once and exactly,
    /// whether anything is stored that was never said, and whether anything was said and is neither.</summary>
    /// <param name="sites">The gateways.</param>
    /// <param name="influx">The store.</param>
    /// <param name="within">Longest wait.</param>
    /// <param name="tail">What the others said last, for the message of a failure.</param>
    /// <param name="refused">A device whose values the store was made to refuse; null for none. A poll of it that failed has
    /// none, and is stored.</param>
    /// <returns>What is stored.</returns>
    public static async Task<IReadOnlyList<StoredValue>> AgreesAsync(
        IReadOnlyList<GatewaySite> sites, InfluxDb influx, TimeSpan within, Func<string> tail, string? refused = null)
    {
        var account = sites
            .Select(site => (Site: site, Claimed: Taken(site.Witnessed(), refused), Served: site.Probes.Served()))
            .ToList();
        IReadOnlyList<StoredValue> stored = [];
        IReadOnlyList<string> missing = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                stored = await StoredValue.AllAsync(influx);
                missing = [.. account.SelectMany(of => Accounts.Missing(of.Site.Name, of.Claimed, stored))];
                return missing.Count == 0;
            },
            within,
            () => $"{missing.Count} durable records are not stored, first {missing[0]}.\n{string.Join('\n', sites.Select(site => site.Tail))}\n{tail()}");
        foreach (var (site, claimed, served) in account)
        {
            Assert.NotEmpty(claimed);
            Assert.Equal([], Accounts.NotStoredExactlyOnce(site.Name, claimed, stored));
            Assert.Equal([], Accounts.NeverSaid(site.Name, site.Probes.Served(), stored, site.LongestPause));

            // What was said last may still wait for its commit.
            var end = claimed.Max(record => record.TimeMs!.Value);
            var failed = claimed.Where(record => record.Values.Values.Any(value => value is null)).ToLookup(record => record.Device);
            var said = served.Where(answer => answer.TimeMs < end - 3000 && answer.Device != refused
                && !failed[answer.Device].Any(poll => Math.Abs(poll.TimeMs!.Value - answer.TimeMs) <= LateWithin.TotalMilliseconds));
            Assert.Equal([], Accounts.Lost(site.Name, said, stored, site.Ends));
        }

        return stored;
    }

    private static List<WitnessedRecord> Taken(IEnumerable<WitnessedRecord> claimed, string? refused) =>
        [.. claimed.Where(record => record.Device != refused || record.Values.Values.All(value => value is null))];
}

using System.Text.Json;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Site;

/// <summary>Holds the completeness ledger against what is outside of it: the store, the gateways' own claims and their ends.
/// </summary>
internal static class LedgerReckoning
{
    private const long DayMs = 86_400_000;

    /// <summary>Records in a slot of their own, or none in it, for each life of a gateway's program: its first polls are not made
    /// by the schedule, and its last may lie in the commit window.</summary>
    private const long SlotsOfALife = 4;

    /// <summary>Stops the gateways, waits until <c>pond-backend ledger</c> tells of each channel as many records as the store
    /// has, stops the backend, and looks at the account as it will be when nothing can come any more: nothing is lost, nothing
    /// is refused, no machine lost its power, and as many polls brought no record as the store lacks.</summary>
    /// <param name="backend">The backend; all that the gateways claim is stored.</param>
    /// <param name="sites">The gateways.</param>
    /// <param name="influx">The store.</param>
    /// <param name="within">Longest wait.</param>
    public static async Task AgreesAsync(BackendProcess backend, IReadOnlyList<GatewaySite> sites, InfluxDb influx, TimeSpan within)
    {
        foreach (var site in sites)
        {
            await site.StopAsync();
        }

        IReadOnlyList<StoredValue> stored = [];
        IReadOnlyList<string> wrong = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                stored = await StoredValue.AllAsync(influx);
                wrong = await DifferencesAsync(backend, stored);
                return wrong.Count == 0;
            },
            within,
            () => $"The ledger does not agree with the store:\n{string.Join('\n', wrong)}\n{backend.Tail}");
        await backend.StopAsync();
        foreach (var site in sites)
        {
            AssertFates(Path.Combine(backend.State, "state.db"), site, [.. stored.Where(value => value.Gateway == site.Name)]);
        }
    }

    private static async Task<IReadOnlyList<string>> DifferencesAsync(BackendProcess backend, IReadOnlyList<StoredValue> stored)
    {
        Dictionary<string, long> told = new(StringComparer.Ordinal);
        foreach (var day in stored.Select(value => DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(value.TimeMs).UtcDateTime)).Distinct())
        {
            var (code, output, error) = await Command.TryAsync(
                "dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "ledger", "--json", "--folder", backend.State,
                "--day", day.ToString("O"));
            if (code != 0)
            {
                return [$"ended with {code}: {error}"];
            }

            foreach (var row in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)))
            {
                var name = $"{row.GetProperty("gateway").GetString()} {row.GetProperty("device").GetString()}.{row.GetProperty("channel").GetString()}";
                var records = row.GetProperty("extra").GetInt64() + row.GetProperty("fates").EnumerateObject()
                    .Where(fate => Fates.TryParse(fate.Name, out var known) && known.Group is FateGroup.Value or FateGroup.NoValue)
                    .Sum(fate => fate.Value.GetInt64());
                told[name] = told.GetValueOrDefault(name) + records;
            }
        }

        var have = stored.GroupBy(value => $"{value.Gateway} {value.Device}.{value.Channel}").ToDictionary(of => of.Key, of => of.LongCount());
        return
        [
            .. have.Keys.Union(told.Keys).Order(StringComparer.Ordinal)
                .Where(name => told.GetValueOrDefault(name) != have.GetValueOrDefault(name))
                .Select(name => $"{name}: told {told.GetValueOrDefault(name)}, stored {have.GetValueOrDefault(name)}"),
        ];
    }

    private static void AssertFates(string database, GatewaySite site, List<StoredValue> stored)
    {
        // All slots until the last record have fallen due by then, and none after it.
        var intervalMs = (long)site.Settings.Interval.TotalMilliseconds;
        var endMs = stored.Max(value => value.TimeMs);
        var nowMs = endMs + (long)CompletenessOptions.LateAfter.TotalMilliseconds;
        using var connection = new StateDatabase(database).Connect();
        LedgerKeeper keeper = new(connection, new DayGrid(0));
        using (var transaction = connection.BeginTransaction())
        {
            new RowTables(transaction).MarkDirty(site.Name, (endMs / DayMs) - 1, endMs / DayMs);
            transaction.Commit();
        }

        while (keeper.Count(site.Name, nowMs) is not null)
        {
            // There may be another stretch.
        }

        using var reading = connection.BeginTransaction(deferred: true);
        var rows = new RowTables(reading).Rows(site.Name, 0, endMs / DayMs);
        Assert.All(rows, row => Assert.Equal((row.Channel, 0), (row.Channel, row.Unexplained)));
        var lives = stored.Select(value => value.Epoch).Distinct(StringComparer.Ordinal).Count();
        foreach (var channel in rows.GroupBy(row => row.Channel))
        {
            FateCounts counts = new();
            channel.ToList().ForEach(row => counts.Add(row.Counts));
            var told = $"{site.Name} {channel.Key}, {lives} lives: {counts}";
            Assert.True(
                counts.Present.All(part => part.Fate.Group is FateGroup.Value or FateGroup.NoValue or FateGroup.NotMeasured or FateGroup.Unknown
                    && part.Fate is not (Fate.Power or Fate.Before)),
                told);

            // By the store alone: the slots from its first record to the last in which it has none.
            var filled = stored.Where(value => value.Device == channel.Key.Device && value.Channel == channel.Key.Channel)
                .Select(value => value.TimeMs / intervalMs).ToHashSet();
            var empty = filled.Max() - filled.Min() + 1 - filled.Count;
            var missing = counts.Present.Where(part => part.Fate.Group is FateGroup.NotMeasured or FateGroup.Unknown).Sum(part => part.Count);
            Assert.True(Math.Abs(missing - empty) <= SlotsOfALife * lives, $"{told}; the store lacks {empty}");
        }
    }
}

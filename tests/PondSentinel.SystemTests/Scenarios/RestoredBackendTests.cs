using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Scenarios;

/// <summary>The backend's folder and its store are put back from a backup while gateways have gone on and given up believing
/// that what came since is theirs to keep.</summary>
public sealed class RestoredBackendTests : Bench
{
    private const int RecordsBetween = 25;
    private static readonly TimeSpan RecordsWithin = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Backend_put_back_from_a_backup_gets_again_what_it_lost_and_calls_nothing_lost()
    {
        await ArrivesAsync();
        await StoredSinceAsync(RecordsBetween);
        await Backend.StopAsync();
        await Influx.KillAsync();
        Copy(Backend.State, Backup("state"));
        Copy(Influx.Files, Backup("influxdb"));
        await Influx.StartAsync();
        await Backend.StartAsync();

        // What is stored from here on is in no backup; a part of it in an epoch that the backup has never heard of.
        await StoredSinceAsync(RecordsBetween);
        await Site.KillAsync();
        Site.Start();
        await StoredSinceAsync(RecordsBetween);
        await Backend.KillAsync();
        await Influx.KillAsync();
        PutBack("state", Backend.State);
        PutBack("influxdb", Influx.Files);
        await Influx.StartAsync();
        var forgotten = Accounts.Missing(Site.Name, Site.Witnessed(), await StoredValue.AllAsync(Influx)).Count;
        Assert.True(forgotten >= 2 * RecordsBetween, $"Only {forgotten} records were forgotten: the test shows nothing.");

        await Backend.StartAsync();
        await AccountsAgreeAsync();
        Assert.True(Backend.Said("the database was set back"), Backend.Tail);
        await Backend.StopAsync();
        await using var state = new StateDatabase(Path.Combine(Backend.State, "state.db")).Connect();
        var tally = Assert.Single(LatestMessages.Tallies(state));
        Assert.Empty(tally.Lost);
        Assert.Empty(tally.Rejected);
    }

    private string Backup(string of) => Path.Combine(Folder, "backup", of);

    private void PutBack(string of, string folder)
    {
        Directory.Delete(folder, recursive: true);
        Copy(Backup(of), folder);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    // So many records more are durable, and all that are, stored.
    private async Task StoredSinceAsync(int count)
    {
        var wanted = Site.Witnessed().Count + count;
        await Eventually.HoldsAsync(
            async () =>
            {
                Site.StillRuns();
                var claimed = Site.Witnessed();
                return claimed.Count >= wanted
                    && Accounts.Missing(Site.Name, claimed.Take(wanted), await StoredValue.AllAsync(Influx)).Count == 0;
            },
            RecordsWithin,
            () => $"{Site.Witnessed().Count} of {wanted} records are claimed.\n{Site.Tail}\n{Backend.Tail}");
    }
}

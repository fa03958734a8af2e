using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.BothEnds;

/// <summary>A backend on a folder, with a store that outlives its processes. It can be killed, begun again, and put back from
/// a backup, with its store or without.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private readonly string id;
    private readonly TestClocks clocks;
    private readonly PostOffice office;
    private readonly List<string> backups = [];
    private CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;
    private readonly string folder;
    private StateDatabase database = null!;
    private List<KeyValuePair<(SeriesKey Series, long TimeNs), Point>> points = [];

    public BackendProcess(string id, TestClocks clocks, PostOffice office)
    {
        (this.id, this.clocks, this.office) = (id, clocks, office);
        folder = Directory.CreateTempSubdirectory("pond-both-ends-").FullName;
        Start();
    }

    public string Id => id;

    public FakeStore Store { get; } = new();

    public bool Runs { get; private set; }

    /// <summary>How many points of each record its store has.</summary>
    public Dictionary<RecordId, int> Stored => Store.Snapshot().GroupBy(pair => new RecordId(pair.Value.Epoch, pair.Value.Sequence))
        .ToDictionary(group => group.Key, group => group.Count());

    /// <summary>What became of the records of the gateway.</summary>
    public GatewayTally Tally
    {
        get
        {
            using var connection = database.Connect();
            return Assert.Single(LatestMessages.Tallies(connection));
        }
    }

    /// <summary>Settled numbers of each epoch it has heard of.</summary>
    public IReadOnlyList<(string Epoch, IReadOnlyList<SequenceRange> Settled)> Epochs
    {
        get
        {
            using var connection = database.Connect();
            using var transaction = connection.BeginTransaction();
            var tables = new IngestTables(transaction);
            return
            [
                .. transaction.Query("SELECT epoch FROM ingest_epoch", reader => reader.GetString(0))
                    .Select(epoch => (
                        epoch,
                        (IReadOnlyList<SequenceRange>)tables.Settled(tables.Find(RecordOwner, epoch)!.Id, Sequence.Records))),
            ];
        }
    }

    private static string RecordOwner => PondSentinel.Tests.Gateway.Uplink.UplinkBench.Gateway;

    public void Start()
    {
        stop = new CancellationTokenSource();
        database = new StateDatabase(Path.Combine(folder, "state.db"), clocks);
        var worker = new IngestWorker(
            id, folder, office.LinkOf(id), database, Store, [], clocks, NullLoggerFactory.Instance, new TestWallClock(true), new Quotas());
        running = worker.RunAsync(stop.Token);
        Runs = true;
    }

    public async Task KillAsync()
    {
        office.Leave(id);
        await stop.CancelAsync();
        await running;
        stop.Dispose();
        SqliteConnection.ClearAllPools();
        Runs = false;
    }

    /// <summary>Makes a backup while it does not run.</summary>
    public void BackUp()
    {
        var copy = Directory.CreateTempSubdirectory("pond-both-ends-backup-").FullName;
        backups.Add(copy);
        CopyState(folder, copy);
        points = [.. Store.Snapshot()];
    }

    /// <summary>Puts the newest backup back while it does not run.</summary>
    /// <param name="storeToo">Whether the store goes back with it.</param>
    public void Restore(bool storeToo)
    {
        foreach (var file in Directory.GetFiles(folder, "state.db*"))
        {
            File.Delete(file);
        }

        CopyState(backups[^1], folder);
        if (storeToo)
        {
            Store.Points.Clear();
            points.ForEach(point => Store.Points.Add(point.Key, point.Value));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Runs)
        {
            await KillAsync();
        }

        foreach (var each in backups.Append(folder))
        {
            Directory.Delete(each, recursive: true);
        }
    }

    private static void CopyState(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "state.db*"))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}

using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Web;

/// <summary>A page on a database in memory, fed like ingest feeds it, at a time that stands still.</summary>
internal sealed class PageBench : IDisposable
{
    public static readonly GatewayName Gateway = new("pond", "gz-07");

    private readonly SqliteConnection connection = new("Data Source=:memory:");

    public PageBench(TimeProvider? feedTime = null)
    {
        connection.Open();
        Live = new LiveView(Time);
        Live.Open(connection);
        Maker = new SnapshotMaker("b1", [AlertBench.Ammonium], Live, () => Alerts, () => [], Time);
        Feed = new SnapshotFeed(Maker, feedTime ?? Time);
        Live.Changed += Feed.Touch;
    }

    public FakeTimeProvider Time { get; } = new(AlertBench.Start);

    public LiveView Live { get; private set; }

    public SnapshotMaker Maker { get; }

    public SnapshotFeed Feed { get; }

    public IReadOnlyList<AlertStatus> Alerts { get; set; } = [];

    public ValueView OnlyValue => Maker.Make().Sites.Single().Stations.Single().Values.Single();

    public Task<WebPage> StartAsync(int port = 0) =>
        WebPage.StartAsync(new WebOptions { Port = port }, Maker, Feed, NullLoggerFactory.Instance);

    public void Store(params Point[] points)
    {
        using var transaction = connection.BeginTransaction();
        Live.Stored(transaction, points);
        transaction.Commit();
        Live.Committed();
    }

    /// <summary>A transaction that fails after the observers were called.</summary>
    public void StoreAndLose(params Point[] points)
    {
        using var transaction = connection.BeginTransaction();
        Live.Stored(transaction, points);
        transaction.Rollback();
    }

    /// <summary>What a new process would know.</summary>
    public LiveView Restart()
    {
        var live = new LiveView(Time);
        live.Open(connection);
        return live;
    }

    public void Dispose() => connection.Dispose();
}

using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Reports;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Desk;
using PondSentinel.Backend.Web.History;
using PondSentinel.Backend.Web.Monitoring;
using PondSentinel.Backend.Web.Public;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Backend.Ingest;

namespace PondSentinel.Tests.Backend.Web;

/// <summary>A page on a state database, fed like ingest feeds it, at a time that stands still.</summary>
internal sealed class PageBench : IDisposable
{
    public static readonly GatewayName Gateway = new("pond", "gz-07");

    /// <summary>The backend's folder.</summary>
    public string Folder => folder;

    private readonly string folder = Directory.CreateTempSubdirectory("pond-page-").FullName;
    private readonly SqliteConnection connection;
    private readonly Readiness readiness;
    private readonly SeriesHistory history;
    private readonly DeskRoutes routes;
    private readonly ReportRoutes report;
    private AccountBook? accounts;

    public PageBench(TimeProvider? feedTime = null)
    {
        State = new StateDatabase(Path.Combine(folder, "state.db"), Time);
        connection = State.Connect();
        using (var transaction = connection.BeginTransaction())
        {
            new AlertTables(transaction).Create();
            new SampleTable(transaction).Create();
            NotificationSchema.Create(transaction);
            transaction.Commit();
        }

        var desk = new AlarmDesk(State.Connect, Time);
        DeskView = new DeskView(desk, Time);
        routes = new DeskRoutes(desk, DeskView, Time);
        Live = new LiveView(Time);
        Live.Open(connection);
        Maker = new SnapshotMaker("b1", [AlertBench.Ammonium], Live, () => Alerts, () => [], Time, desk: DeskView, retired: () => Retired);
        Feed = new SnapshotFeed(Maker, feedTime ?? Time);
        Live.Changed += Feed.Touch;
        Broker = new FakeBroker(Time);
        Gauge = new IngestGauge(Time);
        Watched = new WatchedStore(Kept, Time);
        Series = new EmbeddedStore(Path.Combine(folder, "store.db"));
        history = new SeriesHistory(Series, State.Connect, [AlertBench.Ammonium], Live, Time);
        report = new ReportRoutes(new ReportMaker("b1", Series, State.Connect, [AlertBench.Ammonium], Time), TimeSpan.Zero, Time);
        readiness = new Readiness(Watched, Broker, Gauge, State.Connect, Time);
    }

    public FakeTimeProvider Time { get; } = new(AlertBench.Start);

    /// <summary>What the page's server writes into the journal.</summary>
    public TestJournal Journal { get; } = new();

    public StateDatabase State { get; }

    public FakeStore Kept { get; } = new();

    public WatchedStore Watched { get; }

    /// <summary>What <c>/api/series</c> is answered from.</summary>
    public EmbeddedStore Series { get; }

    public FakeBroker Broker { get; }

    public IngestGauge Gauge { get; }

    /// <summary>Files with certificates that <c>/metrics</c> tells of.</summary>
    public List<string> WatchedCertificates { get; } = [];

    public LiveView Live { get; private set; }

    public DeskView DeskView { get; }

    public SnapshotMaker Maker { get; }

    /// <summary>Gateways that were taken down.</summary>
    public HashSet<GatewayName> Retired { get; } = [];

    public SnapshotFeed Feed { get; }

    public IReadOnlyList<AlertStatus> Alerts { get; set; } = [];

    public ValueView OnlyValue => Maker.Make().Sites.Single().Stations.Single().Values.Single();

    /// <summary>Who may sign in. With hashes of few rounds, since nobody is to wait for them.</summary>
    public AccountBook Accounts => accounts ??= Book();

    public Task<WebPage> StartAsync(int port = 0) => StartAsync(new WebOptions { Port = port });

    public Task<WebPage> StartAsync(WebOptions options) =>
        WebPage.StartAsync(
            options,
            new WebParts
            {
                Maker = Maker,
                Feed = Feed,
                Readiness = readiness,
                History = history,
                Desk = routes,
                Refused = new RefusedRoutes(
                    new AlarmDesk(State.Connect, Time), new RefusedReader(folder, State.Connect, Time), Live, folder, Time),
                Report = report,
                Public = new PublicRoutes(Maker, () => Alerts, TimeSpan.Zero, Time),
                Accounts = Accounts,
                Open = State.Connect,
                Time = Time,
                Metrics = new Metrics(Maker, Watched, Broker, Gauge, new CertificateFiles("b1", WatchedCertificates, Time, NullLogger<CertificateFiles>.Instance), State.Connect, Time),
            },
            Journal);

    private AccountBook Book()
    {
        var book = new AccountBook(State.Connect, new Passwords(1_000), Time);
        book.Prepare();
        return book;
    }

    /// <summary>Does something in the state database, in a transaction of its own.</summary>
    public void Write(Action<SqliteTransaction> work)
    {
        using var transaction = connection.BeginTransaction();
        work(transaction);
        transaction.Commit();
    }

    /// <summary>Puts values where <c>/api/series</c> and the report find them.</summary>
    public async Task KeepAsync(params IReadOnlyList<Point> points)
    {
        await Series.WriteAsync(new PointWrite(points), TestContext.Current.CancellationToken);
        Write(transaction => ChannelBook.Write(transaction, points.Select(SeriesKey.Of).Distinct()));
    }

    public void Store(params Point[] points)
    {
        using var transaction = connection.BeginTransaction();
        Live.Stored(transaction, points);
        transaction.Commit();
        foreach (var gateway in points.Select(point => new GatewayName(point.Site, point.Gateway)).Distinct())
        {
            Live.Heard(gateway);
        }

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

    public void Dispose()
    {
        history.Dispose();
        report.Dispose();
        Series.DisposeAsync().AsTask().GetAwaiter().GetResult();
        readiness.Dispose();
        connection.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

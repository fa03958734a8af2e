using System.Security.Cryptography;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Gateways;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Heartbeat;
using PondSentinel.Backend.Reports;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Desk;
using PondSentinel.Backend.Web.History;
using PondSentinel.Backend.Web.Monitoring;
using PondSentinel.Backend.Web.Public;
using PondSentinel.Terminal;
using PondSentinel.Tls;

namespace PondSentinel.Backend;

/// <summary>Puts a backend together and runs it: broker, ingest, store, alerts, notices, page.</summary>
public static class BackendHost
{
    /// <summary>Name of the state database in the backend's folder.</summary>
    internal const string StateFile = "state.db";

    /// <summary>Name of the embedded store's file in the backend's folder.</summary>
    internal const string StoreFile = "store.db";

    /// <summary>Runs a backend until told to stop, and stops it in under two seconds.</summary>
    /// <param name="configuration">The settings; nobody checks them again.</param>
    /// <param name="options">What surrounds it.</param>
    /// <param name="cancellationToken">Tells it to stop; ends the task without an exception.</param>
    /// <exception cref="IOException">A port is taken or the folder cannot be used; the message says which and what to do.
    /// </exception>
    public static async Task RunAsync(
        BackendConfiguration configuration, BackendHostOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(options);

        // What is opened first is closed last: nothing is closed before those who use it have ended.
        using var claim = FolderClaim.Take(configuration.Folder);
        BackupReturn.RefuseUnfinished(configuration.Folder);
        var database = new StateDatabase(Path.Combine(configuration.Folder, StateFile), options.Time);
        using var state = database.Connect();
        await using var store = OpenStore(configuration, options.Time, options.Loggers);
        var brokerOptions = configuration.Broker.Embedded ? OwnBroker(configuration.Broker) : configuration.Broker;
        await using var broker = configuration.Broker.Embedded
            ? await EmbeddedBroker.StartAsync(
                brokerOptions, options.Time, options.Loggers.CreateLogger<EmbeddedBroker>())
            : null;
        brokerOptions = brokerOptions with { Port = broker?.Port ?? brokerOptions.Port };
        using var channels = new ChannelSet(configuration, database.Connect, options.Time, options.Loggers);
        var outbox = new NotificationOutbox(
            channels.All,
            database.Connect,
            options.Time,
            options.Loggers.CreateLogger<NotificationOutbox>());
        var rules = BackendRules.Beside(configuration.Rules);
        var certificates = new CertificateFiles(
            configuration.Id, configuration.CertificateFiles, options.Time, options.Loggers.CreateLogger<CertificateFiles>());
        var alerts = new AlertEngine(rules, outbox, options.Time, options.Loggers.CreateLogger<AlertEngine>())
        {
            BackendId = configuration.Id, Certificates = certificates,
        };
        var averages = new AverageKeeper(
            configuration.Averages, [alerts], new KernelWallClock(), options.Time, options.Loggers.CreateLogger<AverageKeeper>());
        var live = new LiveView(options.Time);
        using var ledger = new CompletenessLedger(
            configuration.Completeness, database.Connect(), options.Time, options.Loggers.CreateLogger<CompletenessLedger>());
        using var series = new CompletenessSeries(
            database.Connect(), store, ledger.Grid, options.Time, options.Loggers.CreateLogger<CompletenessSeries>());
        using var samples = new SampleSeries(
            database.Connect(), store, options.Time, options.Loggers.CreateLogger<SampleSeries>());
        using var means = new AverageSeries(
            configuration.Averages, database.Connect(), store, options.Time, options.Loggers.CreateLogger<AverageSeries>());
        using var episodes = new EpisodeSeries(
            database.Connect(), store, options.Time, options.Loggers.CreateLogger<EpisodeSeries>());
        using var calibrations = store is InfluxStore influx
            ? new CalibrationSeries(database.Connect(), influx, options.Time, options.Loggers.CreateLogger<CalibrationSeries>())
            : null;
        using var gate = new ExpiryGate(options.Time);
        var expiry = new Expiry(
            store, configuration.StoreRetention, gate, database.Connect, ledger.Grid, new KernelWallClock(), options.Time);
        var connection = new BrokerConnection(
            brokerOptions, configuration.Id, options.Time, options.Loggers.CreateLogger<BrokerConnection>(), configuration.Quota);
        var publisher = new AlertPublisher(connection, () => alerts.Retained);
        using var ended = new EndedAlerts(database.Connect(), options.Time);
        var desk = new AlarmDesk(database.Connect, options.Time);
        var deskView = new DeskView(desk, options.Time);
        var retired = new RetiredGateways(database.Connect, options.Time);
        var due = new DueCalibrations(database.Connect, options.Time);
        var maker = new SnapshotMaker(
            configuration.Id, rules, live, () => alerts.Statuses, () => ended.Latest, options.Time,
            () => ledger.Summaries, () => averages.Newest, deskView,
            () => retired.Now, () => due.Soon);
        var feed = new SnapshotFeed(maker, options.Time);
        deskView.Changed += feed.Touch;
        live.Changed += feed.Touch;
        ledger.Changed += feed.Touch;
        averages.Changed += feed.Touch;
        alerts.Watch(publisher);
        alerts.Watch(ended);
        foreach (var watcher in options.AlertWatchers)
        {
            alerts.Watch(watcher);
        }

        SampleBook.Open(state);
        MeanMarks.Open(state);
        live.Open(state);
        alerts.Open(state);
        averages.Open(state);
        var ahead = new AheadOfClock([averages, alerts], options.Time, options.Loggers.CreateLogger<AheadOfClock>());
        ahead.Open(state);
        var watched = new WatchedStore(store, options.Time, gate);
        var gauge = new IngestGauge(options.Time);
        using var history = new SeriesHistory(store, database.Connect, configuration.Rules, live, options.Time);
        using var report = new ReportRoutes(
            new ReportMaker(configuration.Id, store, database.Connect, configuration.Rules, options.Time), configuration.Completeness.UtcOffset, options.Time);
        using var readiness = new Readiness(watched, connection, gauge, database.Connect, options.Time);
        var accounts = new AccountBook(database.Connect, new Passwords(), options.Time);
        accounts.Prepare();
        await using var page = configuration.Web is { } web
            ? await WebPage.StartAsync(
                web,
                new WebParts
                {
                    Maker = maker,
                    Feed = feed,
                    Readiness = readiness,
                    History = history,
                    Desk = new DeskRoutes(desk, deskView, options.Time),
                    Refused = new RefusedRoutes(
                        desk, new RefusedReader(configuration.Folder, database.Connect, options.Time), live, configuration.Folder, options.Time),
                    Report = report,
                    Public = new PublicRoutes(maker, () => alerts.Statuses, configuration.Completeness.UtcOffset, options.Time),
                    Accounts = accounts,
                    Open = database.Connect,
                    Time = options.Time,
                    Metrics = new Metrics(maker, watched, connection, gauge, certificates, database.Connect, options.Time),
                },
                options.Loggers)
            : null;

        var pulse = new Pulse(configuration.Heartbeat?.StaleAfter ?? default, database.Connect, options.Time);
        using var heartbeat = configuration.Heartbeat is { } beat
            ? new HeartbeatLoop(
                beat, pulse.Fault, JsonPost.Transport(), options.Time, options.Loggers.CreateLogger<HeartbeatLoop>())
            : null;

        // The page is told last of what one transaction has changed, so that it sees values and alerts that go together.
        var ingest = new IngestWorker(
            configuration.Id, configuration.Folder, connection, database, watched, [gauge, ahead, ledger, new SampleBook(options.Loggers.CreateLogger<SampleBook>()), new MeanMarks(ledger.Grid), pulse, live], options.Time, options.Loggers,
            loop: options.Loops?.Add("ingest", LoopWatch.Grace));
        options.Started?.Invoke(new BackendEndpoints(broker?.OpenPort ?? brokerOptions.Port, page?.Address));
        List<Func<CancellationToken, Task>> parts = [ingest.RunAsync, publisher.RunAsync, live.RunAsync, ledger.RunAsync, series.RunAsync, samples.RunAsync, means.RunAsync, episodes.RunAsync];
        parts.Add(new RetentionLoop(
            new MeanMaker(store, expiry, database.Connect, ledger.Grid, options.Time), expiry, options.Time, options.Loggers.CreateLogger<RetentionLoop>()).RunAsync);
        if (configuration.Broker.Tls is { } tls)
        {
            parts.Add(new CertificateWatch(
                tls, () => options.Time.GetUtcNow(), options.Time, options.Loggers.CreateLogger<CertificateWatch>()).RunAsync);
        }

        if (calibrations is not null)
        {
            parts.Add(calibrations.RunAsync);
        }

        if (page is not null)
        {
            parts.Add(deskView.RunAsync);
        }

        if (configuration.Web?.Tls is { } ofPage)
        {
            parts.Add(new CertificateWatch(
                ofPage, () => options.Time.GetUtcNow(), options.Time, options.Loggers.CreateLogger<CertificateWatch>()).RunAsync);
        }

        if (heartbeat is not null)
        {
            parts.Add(heartbeat.RunAsync);
        }

        parts.Add(new NotificationPruning(
            configuration.Retention, database.Connect, new KernelWallClock(), options.Time, options.Loggers.CreateLogger<NotificationPruning>()).RunAsync);
        if (channels.All.Count > 0)
        {
            parts.Add(new NotificationDispatch(
                outbox, channels.All, options.Time, options.Loggers.CreateLogger<NotificationDispatch>()).RunAsync);
            parts.AddRange(channels.All.OfType<IBackgroundChannel>().Select<IBackgroundChannel, Func<CancellationToken, Task>>(channel => channel.RunAsync));
        }

        await RunAllAsync(parts, cancellationToken);
    }

    private static async Task RunAllAsync(List<Func<CancellationToken, Task>> parts, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = parts.ConvertAll(part => part(stop.Token));
        try
        {
            // None of them ends before it is told to; where one fails, that is a bug and ends all.
            await await Task.WhenAny(running);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running);
        }
    }

    /// <summary>Opens the store that the settings name.</summary>
    internal static IStore OpenStore(BackendConfiguration configuration, TimeProvider time, ILoggerFactory loggers) =>
        configuration.Influx is { } influx
            ? new InfluxStore(influx, time, loggers.CreateLogger<InfluxStore>())
            : new EmbeddedStore(Path.Combine(configuration.Folder, StoreFile));

    // Its own broker knows the backend by a password that nobody else can know.
    private static BrokerOptions OwnBroker(BrokerOptions options) => options with
    {
        Host = "127.0.0.1",
        Password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
    };
}

/// <summary>What surrounds a backend process and is no setting of its owner.</summary>
public sealed record BackendHostOptions
{
    /// <summary>The journal.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told of each turn of the backend's loops; null where nobody watches.</summary>
    public LoopWatch? Loops { get; init; }

    /// <summary>Told of alert changes after they are durable.</summary>
    public IReadOnlyList<IAlertWatcher> AlertWatchers { get; init; } = [];

    /// <summary>Told once when everything listens.</summary>
    public Action<BackendEndpoints>? Started { get; init; }
}

/// <summary>Where a running backend listens.</summary>
/// <param name="BrokerPort">Port of the broker.</param>
/// <param name="Page">Address of the page; null where there is none.</param>
public sealed record BackendEndpoints(int BrokerPort, Uri? Page);

using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Gateways;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>Applies the rules to what ingest stores. README.md of this folder tells how.</summary>
/// <remarks>
/// <para>Promise: the state, the history and what people are to be told change in the very transaction that marks the
/// points as stored. So a crash at any moment, a resend, a late record and any grouping of records end in the same
/// alerts, and each is told once.</para>
/// <para>Nothing is kept in memory but what can be read again: a transaction that never commits leaves no trace. What is remembered of
/// channels only spares reading it (<see cref="ChannelMemory"/>).</para>
/// <para>Called from one thread at a time; <see cref="Statuses"/> and <see cref="Retained"/> from any.</para>
/// </remarks>
public sealed class AlertEngine : IIngestObserver, IAverageWatcher
{
    private readonly IReadOnlyList<AlertRule> rules;
    private readonly INotificationOutbox outbox;
    private readonly TimeProvider time;
    private readonly ILogger<AlertEngine> logger;
    private readonly RewindWindow window;
    private readonly ChannelMemory memory;
    private readonly RulesByMeasurand byMeasurand;
    private readonly StatusBoard board = new();
    private readonly List<IAlertWatcher> watchers = [];
    private readonly DescribedDevices devices;
    private readonly HearingClock hearing;
    private readonly ToldHealth health;
    private readonly CalibrationDates calibrations = new();
    private IReadOnlyList<RetainedMessage> removed = [];
    private SqliteTransaction? open;
    private List<AlertTransition> transitions = [];
    private List<AlertStatus> changed = [];
    private List<JudgedChannel> judged = [];
    private List<AlertNotice> told = [];

    /// <summary>Makes an engine; <see cref="Open"/> comes before anything else.</summary>
    /// <param name="rules">The rules, each id once.</param>
    /// <param name="outbox">Takes what people are to be told.</param>
    /// <param name="time">The backend's clock: for how long nothing came, how old things are, and which times cannot be.</param>
    /// <param name="logger">Where alerts are written too.</param>
    public AlertEngine(
        IReadOnlyList<AlertRule> rules, INotificationOutbox outbox, TimeProvider time, ILogger<AlertEngine> logger)
        : this(rules, outbox, time, logger, RewindWindow.Default)
    {
    }

    internal AlertEngine(
        IReadOnlyList<AlertRule> rules,
        INotificationOutbox outbox,
        TimeProvider time,
        ILogger<AlertEngine> logger,
        RewindWindow window,
        long memoryBytesMax = ChannelMemory.BytesMax)
    {
        (this.rules, this.outbox, this.time, this.logger, this.window) = (rules, outbox, time, logger, window);
        (memory, byMeasurand) = (new ChannelMemory(memoryBytesMax), new RulesByMeasurand(rules));
        hearing = new HearingClock(time);
        health = new ToldHealth(time);
        devices = new DescribedDevices(time);
    }

    /// <summary>Where every rule stands for every channel it has seen.</summary>
    public IReadOnlyList<AlertStatus> Statuses => board.All.ConvertAll(Graded);

    /// <summary>What the broker is to keep: publish all of it at every connect, because a broker may have lost it.</summary>
    public IReadOnlyList<RetainedMessage> Retained => [.. removed, .. Statuses.Select(RetainedMessage.Of)];

    /// <summary>The certificates of this machine whose end is watched; null: none. Those of gateways are told in their health.</summary>
    internal CertificateFiles? Certificates { get; set; }

    /// <summary>The backend's name: what is of this machine is told under it.</summary>
    internal string BackendId { get; init; } = Defaults.Id;

    /// <summary>Adds somebody who is told of changes after they are durable. Before <see cref="Open"/>.</summary>
    /// <param name="watcher">Who.</param>
    public void Watch(IAlertWatcher watcher) => watchers.Add(watcher);

    /// <summary>Creates the tables, takes up the state, and makes it fit rules that are new, changed or gone.</summary>
    /// <param name="connection">The state database, before ingest starts.</param>
    public void Open(SqliteConnection connection)
    {
        foreach (var message in LatestMessages.Read(connection).Where(message => message.Kind == TopicKind.Meta))
        {
            devices.Take(message.Gateway, message.Payload.Span);
        }

        using (var transaction = connection.BeginTransaction())
        {
            var tables = new AlertTables(transaction, memory);
            tables.Create();
            outbox.Create(transaction);
            Begin(transaction);
            var book = new EpisodeBook(transaction, tables, outbox, devices, calibrations);
            var step = StepOf(tables, book);
            var gone = new RuleChanges(tables, book, step).Apply(rules);
            Collect(tables, book, step);
            removed = [.. removed, .. gone.Select(pair => RetainedMessage.None(pair.Subject, pair.Rule))];
            foreach (var row in tables.Subjects())
            {
                var watching = row.IsGateways ? tables.GatewayAlarms.Find(row.Id) is { } told ? [told.Rule] : [] : rules.Where(r => r.Watches(row));
                foreach (var rule in watching.Where(r => tables.HasState(r.Id, row.Id)))
                {
                    board.Set(SubjectStep.StatusOf(rule, row, tables));
                }
            }

            transaction.Commit();
        }

        Committed();
    }

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
    {
        Begin(transaction);
        var tables = new AlertTables(transaction, memory);
        var book = new EpisodeBook(transaction, tables, outbox, devices, calibrations);
        var step = StepOf(tables, book);
        Take(tables, step, points);
        CatchUp(tables, step);
        step.TellWaiting(rules, time.GetUtcNow());
        Collect(tables, book, step);
    }

    // Channels of their own. Nothing was heard of anybody.
    void IAverageWatcher.Averaged(SqliteTransaction transaction, IReadOnlyList<Point> averages)
    {
        Begin(transaction);
        var tables = new AlertTables(transaction, memory);
        var book = new EpisodeBook(transaction, tables, outbox, devices, calibrations);
        var step = StepOf(tables, book);
        Take(tables, step, averages);
        Collect(tables, book, step);
    }

    /// <inheritdoc/>
    public void Waited(SqliteTransaction transaction, DateTimeOffset listeningSince)
    {
        Begin(transaction);
        var minute = hearing.Minute(listeningSince);
        var tables = new AlertTables(transaction, memory);
        var book = new EpisodeBook(transaction, tables, outbox, devices, calibrations);
        var step = StepOf(tables, book);
        var aheadNs = Point.KeyNs(Points.AheadMs(minute.Now), 0);
        foreach (var row in tables.NoticedAfter(aheadNs))
        {
            if (!step.TryForgetNoticed(row, [.. rules.Where(rule => rule.Watches(row))], aheadNs))
            {
                break;
            }
        }

        var gateways = new HeardTable(transaction);
        gateways.Fit(minute.Step, minute.Now);
        tables.GatewayAlarms.Fit(minute.Step, minute.Now);
        var retirements = new RetirementTable(transaction);
        foreach (var (gateway, heard) in hearing.Heard())
        {
            gateways.Note(gateway, heard);
            retirements.Return(gateway, heard.Last, minute.Step, minute.Now);
        }

        retirements.Fit(minute.Step, minute.Now);
        var retired = retirements.All().Select(gateway => gateway.Gateway).ToHashSet();
        var silence = new SilenceWatch(tables, gateways, retired, devices, rules);
        foreach (var (row, watching, value) in silence.Ticks(minute))
        {
            step.Take(row, watching, [value]);
        }

        if (minute.Step != TimeSpan.Zero)
        {
            health.ForgetCompared();
        }

        var known = gateways.All();
        var moved = MovedGateways.Of(known, devices);
        var watch = new FindingWatch(tables, step, byMeasurand, moved);
        retired.UnionWith(moved.Keys);
        watch.Take(CertificateFindings.Of(Certificates, health.CertificateDays, retired, minute.Now), minute.Now);
        watch.Take(CalibrationFindings.Of(known, retired, devices, gateway => calibrations.Of(transaction, gateway), minute.Now), minute.Now);
        watch.Take(ClockFindings.Of(BackendId, health.Clocks, retired), minute.Now);
        new GatewayAlarms(tables, step, book, logger).Forget(minute.Now);
        CatchUp(tables, step);
        step.EndWaits(rules);
        step.TellWaiting(rules, minute.Now);
        Collect(tables, book, step);

        // What this minute has changed stands there as it was before.
        var fresh = changed.Select(status => (status.Rule.Id, status.Subject)).ToHashSet();
        changed.AddRange(board.BecomeOld(minute.Now).Where(status => !fresh.Contains((status.Rule.Id, status.Subject))));
    }

    /// <inheritdoc/>
    public void WaitCommitted()
    {
        hearing.Keep();
        Committed();
    }

    /// <inheritdoc/>
    public void EventStored(SqliteTransaction transaction, GatewayName gateway, EventMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        calibrations.Note(transaction, gateway.Gateway, message);
        if (message.Type == GatewayAlarm.EventType)
        {
            Begin(transaction);
            var tables = new AlertTables(transaction, memory);
            var book = new EpisodeBook(transaction, tables, outbox, devices, calibrations);
            var step = StepOf(tables, book);
            new GatewayAlarms(tables, step, book, logger).Take(gateway, message, time.GetUtcNow());
            Collect(tables, book, step);
        }
    }

    /// <inheritdoc/>
    public void Committed()
    {
        open = null;
        var (steps, stands, notices) = (transitions, board.Take(changed, judged), told);
        (transitions, changed, told, judged) = ([], [], [], []);
        memory.Committed();
        if (steps.Count == 0 && stands.Count == 0 && notices.Count == 0)
        {
            return;
        }

        foreach (var notice in notices)
        {
            Log(notice);
        }

        foreach (var watcher in watchers)
        {
            watcher.Changed(steps, [.. stands.Select(Graded)]);
        }

        outbox.Wake();
    }

    /// <inheritdoc/>
    public void Heard(GatewayName gateway) => hearing.Hear(gateway);

    /// <inheritdoc/>
    public void State(GatewayName gateway, StateMessage state)
    {
        // Of what it says nothing is an alert.
    }

    /// <inheritdoc/>
    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health)
    {
        hearing.Hear(gateway);
        this.health.Take(gateway, health.Span);
    }

    /// <inheritdoc/>
    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta)
    {
        if (!devices.Take(gateway, meta.Span))
        {
            return;
        }

        var concerned = Statuses.Where(status => status.Subject.Owner == gateway).ToList();
        foreach (var watcher in watchers)
        {
            watcher.Changed([], concerned);
        }
    }

    /// <inheritdoc/>
    public void Event(GatewayName gateway, EventMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Type == GatewayAlarm.EventType)
        {
            Committed();
        }
    }

    private AlertStatus Graded(AlertStatus status) => status with { Grade = devices.GradeOf(status.Subject) };

    // A new transaction while one is open means that the last never committed: what it would have told never was.
    private void Begin(SqliteTransaction transaction)
    {
        if (!ReferenceEquals(open, transaction))
        {
            open = transaction;
            (transitions, changed, told, judged) = ([], [], [], []);
            memory.Begin(transaction);
        }
    }

    private SubjectStep StepOf(AlertTables tables, EpisodeBook book) =>
        new(tables, book, window, new GatheringWait(time.GetUtcNow(), health.GathersFor));

    private void Take(AlertTables tables, SubjectStep step, IReadOnlyList<Point> points)
    {
        var now = time.GetUtcNow();
        foreach (var (row, watching, values) in new Arrivals(tables, byMeasurand, window, points, Points.AheadMs(now)).Rows())
        {
            step.Take(step.ForgetAhead(row, watching, values, now), watching, values);
        }
    }

    private void CatchUp(AlertTables tables, SubjectStep step)
    {
        foreach (var row in tables.Deferred())
        {
            if (!step.TryCatchUp(row, [.. rules.Where(rule => rule.Watches(row))]))
            {
                break;
            }
        }
    }

    private void Collect(AlertTables tables, EpisodeBook book, SubjectStep step)
    {
        tables.WriteStates();
        transitions.AddRange(step.Transitions);
        changed.AddRange(step.Statuses);
        told.AddRange(book.Told);
        judged.AddRange(step.Judged);
    }

    private void Log(AlertNotice notice)
    {
        var level = notice.Phase == NoticeKind.Firing && notice.Severity >= Severity.High
            ? LogLevel.Warning
            : LogLevel.Information;
        logger.Log(
            level, "Alert {Phase} {Severity} {Rule}: {Summary} [{Id}]",
            notice.Phase, notice.Severity, notice.Rule, notice.Summary, notice.Id);
    }
}

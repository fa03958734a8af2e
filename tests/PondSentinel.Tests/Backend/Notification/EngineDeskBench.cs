using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>Engine, outbox and one channel on one database, stepped by hand: for what one of them alone does not show.</summary>
internal sealed class EngineDeskBench : IDisposable
{
    private readonly SqliteConnection connection = new("Data Source=:memory:");
    private readonly DeskClock time = new();
    private readonly ScriptedChannel channel;
    private AlertEngine engine;

    public EngineDeskBench(params AlertRule[] rules)
        : this(ChannelPolicy.ForPeople, rules)
    {
    }

    public EngineDeskBench(ChannelPolicy policy, params AlertRule[] rules)
    {
        channel = new ScriptedChannel("people", policy);
        connection.Open();
        engine = Restart(rules);
    }

    public Func<AlertMessage, DeliveryResult> Answer
    {
        set => channel.Answer = value;
    }

    public bool IsOpen => Query("SELECT count(*) FROM alert_episode WHERE standing IN (0, 4)")[0] > 0;

    public AlertEngine Restart(params AlertRule[] rules)
    {
        var outbox = new NotificationOutbox(
            [channel], () => throw new NotSupportedException("One connection is enough."), time, NullLogger<NotificationOutbox>.Instance);
        engine = new AlertEngine(rules, outbox, time, NullLogger<AlertEngine>.Instance);
        engine.Open(connection);
        return engine;
    }

    public void Store(params (double Minute, double Value)[] values) => Store([.. values.Select(value => AlertBench.PointOf(value.Minute, value.Value))]);

    public void Store(IReadOnlyList<Point> points)
    {
        time.Reach(points.Max(point => point.TimeNs / 1_000_000));
        using var transaction = connection.BeginTransaction();
        engine.Stored(transaction, points);
        transaction.Commit();
        engine.Committed();
    }

    public void Alarm(double minute, double value, double peak) => Event(minute, AlertBench.AlarmOf(minute, value, peak));

    public void Event(double minute, EventMessage message)
    {
        time.Reach(AlertBench.Start.AddMinutes(minute).ToUnixTimeMilliseconds());
        using (var transaction = connection.BeginTransaction())
        {
            new IngestTables(transaction).Create();
            engine.EventStored(transaction, new GatewayName("pond", "gz-07"), message);
            transaction.Commit();
        }

        engine.Committed();
    }

    public void SilenceRule(string rule, int minutes) => Execute(
        FormattableString.Invariant(
            $"INSERT INTO alarm_silence(rule, from_ms, until_ms, by, why) VALUES ('{rule}', 0, {AlertBench.Start.AddMinutes(minutes).ToUnixTimeMilliseconds()}, 'li', '')"));

    public void Silence(int minutes) => Execute(
        FormattableString.Invariant(
            $"INSERT INTO alarm_silence(site, from_ms, until_ms, by, why) VALUES ('pond', 0, {AlertBench.Start.AddMinutes(minutes).ToUnixTimeMilliseconds()}, 'li', '')"));

    /// <summary>Lets everything happen up to a minute.</summary>
    /// <returns>What was taken meanwhile.</returns>
    public IReadOnlyList<AlertMessage> Run(double minute)
    {
        var end = AlertBench.Start.AddMinutes(minute);
        var before = channel.Taken.Count;
        for (var next = RunOnce(); next <= end; next = RunOnce())
        {
            time.SetUtcNow(next.Value);
        }

        time.Reach(end.ToUnixTimeMilliseconds());
        RunOnce();

        // What is gathered for half a minute.
        time.SetUtcNow(time.GetUtcNow().AddSeconds(31));
        RunOnce();
        return [.. channel.Taken.Skip(before)];
    }

    public List<double> Newest() => Query("SELECT value FROM alert_newest");

    public int Execute(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    public void Dispose() => connection.Dispose();

    private DateTimeOffset? RunOnce()
    {
        TriedMessage? tried = null;
        while (true)
        {
            var step = PlannedStep.Take(connection, channel, ref tried, time.GetUtcNow());
            if (step.Message is { } kept)
            {
                tried = new TriedMessage(kept, channel.Try(kept.Message), TimeSpan.FromMinutes(1));
            }
            else if (!step.GoesOn)
            {
                return step.LookAgainAt;
            }
        }
    }

    private List<double> Query(string sql)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return transaction.Query(sql, reader => reader.GetDouble(0));
    }

    private sealed class DeskClock : FakeTimeProvider
    {
        public DeskClock()
            : base(AlertBench.Start)
        {
        }

        public void Reach(long ms)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(ms);
            if (at > GetUtcNow())
            {
                SetUtcNow(at);
            }
        }
    }
}

using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>A channel that takes what comes, or answers as it is told to.</summary>
internal sealed class ScriptedChannel(string name, ChannelPolicy policy) : INotificationChannel
{
    public string Name { get; } = name;

    public string? FormerName { get; set; }

    public ChannelPolicy Policy { get; set; } = policy with { Name = name };

    public Func<AlertMessage, DeliveryResult> Answer { get; set; } = _ => DeliveryResult.Delivered;

    /// <summary>What was taken.</summary>
    public List<AlertMessage> Taken { get; } = [];

    public Task<DeliveryResult> DeliverAsync(AlertMessage message, CancellationToken cancellationToken) =>
        Task.FromResult(Try(message));

    public DeliveryResult Try(AlertMessage message)
    {
        var result = Answer(message);
        if (result.Standing == DeliveryStanding.Delivered)
        {
            Taken.Add(message);
        }

        return result;
    }

    /// <summary>What was taken, a word for each message: kind, then phase and episode of each notice.</summary>
    public IReadOnlyList<string> Words =>
    [
        .. Taken.Select(message =>
            $"{message.Kind}:{string.Join(',', message.Notices.Select(notice => $" {notice.Phase} {notice.Episode}"))}"),
    ];
}

/// <summary>The process dies after a message was taken and before that is noted.</summary>
internal sealed class CrashException : Exception;

/// <summary>The desk on a real database, stepped by hand.</summary>
internal sealed class DeskBench : IDisposable
{
    public static readonly TimeSpan TryAgain = TimeSpan.FromMinutes(1);

    // In memory, and there for as long as one connection is open.
    private readonly string database = $"Data Source=desk-{Guid.NewGuid():N};Mode=Memory;Cache=Shared;Pooling=False";
    private ScriptedChannel[] channels;
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, int> numbers = [];
    private NotificationOutbox outbox;

    public DeskBench(params ScriptedChannel[] channels)
    {
        this.channels = channels;
        connection = Connect();
        outbox = Restart();
        Desk = new AlarmDesk(Connect, Time);
    }

    public FakeTimeProvider Time { get; } = new(AlertBench.Start);

    public AlarmDesk Desk { get; }

    /// <summary>How many notices are looked at in one transaction.</summary>
    public int LookedAtMax { get; init; } = PlannedStep.NoticesLookedAtMax;

    /// <summary>A new process on the same database: nothing is known but what is in it.</summary>
    public NotificationOutbox Restart()
    {
        outbox = new NotificationOutbox(channels, Connect, Time, NullLogger<NotificationOutbox>.Instance);
        using var transaction = connection.BeginTransaction();
        outbox.Create(transaction);
        AlertSchema.Create(transaction);
        transaction.Commit();
        return outbox;
    }

    /// <summary>The same, with other channels in the configuration.</summary>
    public void Restart(params ScriptedChannel[] with)
    {
        channels = with;
        Restart();
    }

    /// <summary>How many notices were told to all channels together.</summary>
    public int Told => channels.Sum(channel => channel.Taken.Sum(message => message.Notices.Count));

    /// <summary>Tells of many episodes in one transaction.</summary>
    public void TellMany(int count, Func<int, (NoticeKind Phase, Severity Severity)> each)
    {
        using var transaction = connection.BeginTransaction();
        for (var i = 0; i < count; i++)
        {
            var (phase, severity) = each(i);
            var episode = $"many-{numbers.Count}";
            numbers.Add(episode, 1);
            outbox.Add(transaction, SomeNotice.Of(episode, phase) with { Severity = severity, Site = "pond", Rule = $"rule-{episode}" });
        }

        transaction.Commit();
    }

    /// <summary>Tells what an engine has told, in one transaction.</summary>
    public void TellAll(IEnumerable<AlertNotice> notices)
    {
        using var transaction = connection.BeginTransaction();
        foreach (var notice in notices)
        {
            outbox.Add(transaction, notice);
        }

        transaction.Commit();
    }

    public AlertNotice Tell(
        string episode,
        NoticeKind phase,
        Severity severity = Severity.High,
        string site = "pond",
        string? rule = null,
        string device = "stream-nh4",
        string gateway = "gz-07")
    {
        var number = numbers[episode] = numbers.GetValueOrDefault(episode) + 1;
        var notice = SomeNotice.Of(episode, phase, number) with
        {
            Severity = severity, Site = site, Rule = rule ?? $"rule-{episode}", Device = device, Gateway = gateway,
        };
        using var transaction = connection.BeginTransaction();
        outbox.Add(transaction, notice);
        transaction.Commit();
        return notice;
    }

    /// <summary>Lets every channel do what is to be done now.</summary>
    /// <returns>When to look again.</returns>
    public DateTimeOffset? Run() => channels.Select(RunOne).Min();

    /// <summary>Lets time pass, and everything happen at its time.</summary>
    public void Advance(TimeSpan span)
    {
        var end = Time.GetUtcNow() + span;
        for (var next = Run(); next <= end; next = Run())
        {
            Assert.True(next > Time.GetUtcNow(), "It asks to be looked at again at once.");
            Time.SetUtcNow(next.Value);
        }

        Time.SetUtcNow(end);
        Run();
    }

    public long Waiting(ScriptedChannel channel) => outbox.Waiting(channel.Name);

    /// <summary>What became of the notices of an episode at a channel, in order.</summary>
    public IReadOnlyList<DeliveryStanding> Fates(ScriptedChannel channel, string episode) => Query(
        $"""
        SELECT d.standing FROM notification_delivery d JOIN notification n ON n.number = d.number
        WHERE d.channel = '{channel.Name}' AND n.episode = '{episode}' ORDER BY n.number
        """,
        reader => (DeliveryStanding)reader.GetInt32(0));

    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return transaction.Query(sql, read);
    }

    public void Execute(string sql)
    {
        using var transaction = connection.BeginTransaction();
        transaction.Execute(sql);
        transaction.Commit();
    }

    public SqliteConnection Connect()
    {
        var opened = new SqliteConnection(database);
        opened.Open();
        return opened;
    }

    public void Dispose() => connection.Dispose();

    private DateTimeOffset? RunOne(ScriptedChannel channel)
    {
        TriedMessage? tried = null;
        while (true)
        {
            var step = PlannedStep.Take(connection, channel, ref tried, Time.GetUtcNow(), LookedAtMax);
            if (step.GoesOn)
            {
                continue;
            }

            if (step.Message is not { } kept)
            {
                return step.LookAgainAt;
            }

            try
            {
                tried = new TriedMessage(kept, channel.Try(kept.Message), TryAgain);
            }
            catch (CrashException)
            {
                tried = null;
                Restart();
            }
        }
    }
}

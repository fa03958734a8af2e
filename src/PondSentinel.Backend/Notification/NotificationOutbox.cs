using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification;

/// <summary>Keeps notices in the state database until it is settled for every channel what became of them.</summary>
/// <remarks>
/// <para>Promise: a notice is there if and only if the alert's change is, since both are of one transaction; and it waits for a
/// channel until the channel has answered for it, or it is noted why it never will be told.</para>
/// <para>Bounded: before a channel that takes none, at most <see cref="WaitingMax"/> wait; then the oldest are dropped, and
/// that is logged. Thread-safe but for the transaction's own rules.</para>
/// </remarks>
/// <param name="channels">The channels of the configuration.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">Clock for when a notice was made and delivered.</param>
/// <param name="logger">Where dropping is told.</param>
public sealed class NotificationOutbox(
    IReadOnlyList<INotificationChannel> channels, Func<SqliteConnection> open, TimeProvider time, ILogger<NotificationOutbox> logger)
    : INotificationOutbox
{
    /// <summary>Most notices that wait for one channel.</summary>
    public const int WaitingMax = 10_000;

    /// <summary>Raised after a commit that brought notices.</summary>
    public event Action? Woken;

    /// <inheritdoc/>
    public void Create(SqliteTransaction transaction)
    {
        NotificationSchema.Create(transaction);

        // What waits for a channel that was taken out of the configuration would be stale news if it ever came back.
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var waiting = transaction.Query(
            "SELECT DISTINCT channel FROM notification_delivery WHERE standing = 0", reader => reader.GetString(0));
        foreach (var channel in waiting.Except(channels.Select(channel => channel.Name), StringComparer.Ordinal))
        {
            var dropped = transaction.Execute(
                "UPDATE notification_delivery SET standing = 3, done_ms = $now WHERE channel = $channel AND standing = 0",
                ("$now", now), ("$channel", channel));
            transaction.Execute(
                "UPDATE notification_message SET standing = 3, done_ms = $now WHERE channel = $channel AND standing = 0",
                ("$now", now), ("$channel", channel));
            logger.LogWarning(
                "{Channel} is no longer configured: {Dropped} notices that waited for it are dropped.", channel, dropped);
        }
    }

    /// <inheritdoc/>
    public void Add(SqliteTransaction transaction, AlertNotice notice)
    {
        var now = time.GetUtcNow();
        var number = transaction.Query(
            """
            INSERT INTO notification(id, made_ms, body, episode, phase) VALUES ($id, $now, $body, $episode, $phase) RETURNING number
            """,
            reader => reader.GetInt64(0),
            ("$id", notice.Id), ("$now", now.ToUnixTimeMilliseconds()), ("$body", notice.ToJson()), ("$episode", notice.Episode),
            ("$phase", (int)notice.Phase))[0];
        var alarm = new AlarmTable(transaction).Enter(notice, number, now);
        transaction.Execute("UPDATE notification SET alarm = $alarm WHERE number = $number", ("$alarm", alarm.Id), ("$number", number));
        foreach (var channel in channels.Where(channel => channel.Policy.Wants(notice)))
        {
            transaction.Execute(
                "INSERT INTO notification_delivery(channel, number, standing, due_ms) VALUES ($channel, $number, 0, $due)",
                ("$channel", channel.Name), ("$number", number),
                ("$due", channel.Policy.DueAt(notice, now).ToUnixTimeMilliseconds()));
            DropOldest(transaction, channel.Name, now);
        }
    }

    /// <inheritdoc/>
    public void Wake() => Woken?.Invoke();

    /// <summary>Opens a connection of its own to the state database.</summary>
    internal SqliteConnection Connect() => open();

    /// <summary>How many notices wait for a channel.</summary>
    /// <param name="channel">The channel.</param>
    public long Waiting(string channel)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction(deferred: true);
        return transaction.Query(
            "SELECT count(*) FROM notification_delivery WHERE channel = $channel AND standing = 0",
            reader => reader.GetInt64(0),
            ("$channel", channel))[0];
    }

    // What is under way in a message stays: it is bounded by itself.
    private void DropOldest(SqliteTransaction transaction, string channel, DateTimeOffset now)
    {
        var dropped = transaction.Execute(
            """
            UPDATE notification_delivery SET standing = 3, done_ms = $now
            WHERE channel = $channel AND standing = 0 AND message IS NULL AND number <= (
              SELECT number FROM notification_delivery WHERE channel = $channel AND standing = 0
              ORDER BY number DESC LIMIT 1 OFFSET $most)
            """,
            ("$channel", channel), ("$now", now.ToUnixTimeMilliseconds()), ("$most", WaitingMax));
        if (dropped > 0)
        {
            logger.LogError(
                "{Channel} has taken none of the last {Most} notices: the oldest {Dropped} are dropped.",
                channel, WaitingMax, dropped);
        }
    }
}

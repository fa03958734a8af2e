using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification;

/// <summary>What became of a notice at one channel. The numbers are stored: never renumber, only add.</summary>
public enum DeliveryStanding : byte
{
    /// <summary>Not delivered yet.</summary>
    Waiting = 0,

    /// <summary>The channel has taken it.</summary>
    Delivered = 1,

    /// <summary>The channel will never take this one.</summary>
    Refused = 2,

    /// <summary>Given up because too many were waiting before a channel that takes none.</summary>
    Dropped = 3,
}

/// <summary>A notice that waits for a channel.</summary>
/// <param name="Number">Its number in the outbox: the order.</param>
/// <param name="Id">Its identity for the receiver.</param>
/// <param name="Body">The notice as JSON.</param>
public sealed record WaitingNotice(long Number, string Id, string Body);

/// <summary>Keeps notices in the state database until every channel has taken them.</summary>
/// <remarks>
/// <para>Promise: a notice is there if and only if the alert's change is, since both are of one transaction; and it is
/// there until a channel has answered for it. So each is delivered at least once, and twice only when the program dies
/// between the answer and the note of it: the id tells the receiver.</para>
/// <para>Bounded: before a channel that takes none, at most <see cref="WaitingMax"/> wait; then the oldest are dropped, and
/// that is logged. Thread-safe but for the transaction's own rules.</para>
/// </remarks>
/// <param name="channels">Names of the channels of the configuration; each notice goes to all.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">Clock for the record of when a notice was made and delivered.</param>
/// <param name="logger">Where dropping is told.</param>
public sealed class NotificationOutbox(
    IReadOnlyList<string> channels, Func<SqliteConnection> open, TimeProvider time, ILogger<NotificationOutbox> logger)
    : INotificationOutbox
{
    /// <summary>Most notices that wait for one channel.</summary>
    public const int WaitingMax = 10_000;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS notification(
          number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, made_ms INTEGER NOT NULL,
          body TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS notification_delivery(
          channel TEXT NOT NULL, number INTEGER NOT NULL, standing INTEGER NOT NULL, done_ms INTEGER,
          PRIMARY KEY(channel, number)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS notification_waiting ON notification_delivery(channel, number) WHERE standing = 0;
        """;

    /// <summary>Raised after a commit that brought notices.</summary>
    public event Action? Woken;

    /// <inheritdoc/>
    public void Create(SqliteTransaction transaction)
    {
        transaction.Execute(Schema);

        // What waits for a channel that was taken out of the configuration would be stale news if it ever came back.
        var waiting = transaction.Query(
            "SELECT DISTINCT channel FROM notification_delivery WHERE standing = 0", reader => reader.GetString(0));
        foreach (var channel in waiting.Except(channels, StringComparer.Ordinal))
        {
            var dropped = transaction.Execute(
                "UPDATE notification_delivery SET standing = 3, done_ms = $now WHERE channel = $channel AND standing = 0",
                ("$now", time.GetUtcNow().ToUnixTimeMilliseconds()), ("$channel", channel));
            logger.LogWarning(
                "{Channel} is no longer configured: {Dropped} notices that waited for it are dropped.", channel, dropped);
        }
    }

    /// <inheritdoc/>
    public void Add(SqliteTransaction transaction, AlertNotice notice)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        transaction.Execute(
            "INSERT INTO notification(id, made_ms, body) VALUES ($id, $now, $body)",
            ("$id", notice.Id), ("$now", now), ("$body", notice.ToJson()));
        foreach (var channel in channels)
        {
            transaction.Execute(
                "INSERT INTO notification_delivery VALUES ($channel, (SELECT max(number) FROM notification), 0, NULL)",
                ("$channel", channel));
            var dropped = transaction.Execute(
                """
                UPDATE notification_delivery SET standing = 3, done_ms = $now
                WHERE channel = $channel AND standing = 0 AND number <= (
                  SELECT number FROM notification_delivery WHERE channel = $channel AND standing = 0
                  ORDER BY number DESC LIMIT 1 OFFSET $most)
                """,
                ("$channel", channel), ("$now", now), ("$most", WaitingMax));
            if (dropped > 0)
            {
                logger.LogError(
                    "{Channel} has taken none of the last {Most} notices: the oldest {Dropped} are dropped.",
                    channel, WaitingMax, dropped);
            }
        }
    }

    /// <inheritdoc/>
    public void Wake() => Woken?.Invoke();

    /// <summary>The oldest notice that waits for a channel.</summary>
    /// <param name="channel">The channel.</param>
    public WaitingNotice? Next(string channel)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction(deferred: true);
        return transaction.Query(
            """
            SELECT n.number, n.id, n.body FROM notification_delivery d JOIN notification n ON n.number = d.number
            WHERE d.channel = $channel AND d.standing = 0 ORDER BY d.number LIMIT 1
            """,
            reader => new WaitingNotice(reader.GetInt64(0), reader.GetString(1), reader.GetString(2)),
            ("$channel", channel)) is [var next] ? next : null;
    }

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

    /// <summary>Notes what became of a notice. Repeating it is harmless.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="number">The notice.</param>
    /// <param name="standing">What became of it.</param>
    public void Settle(string channel, long number, DeliveryStanding standing)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction();
        transaction.Execute(
            "UPDATE notification_delivery SET standing = $standing, done_ms = $now WHERE channel = $channel AND number = $number",
            ("$standing", (int)standing), ("$now", time.GetUtcNow().ToUnixTimeMilliseconds()), ("$channel", channel),
            ("$number", number));
        transaction.Commit();
    }
}

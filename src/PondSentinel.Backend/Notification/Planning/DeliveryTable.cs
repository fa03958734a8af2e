using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Notices that wait for one channel, and what it was told, in the state database.</summary>
internal sealed class DeliveryTable(SqliteTransaction transaction, string channel, ChannelPolicy policy)
{
    private const string Unplanned = "d.channel = $channel AND d.standing = 0 AND d.message IS NULL";

    // Where what comes and goes is told once, all episodes of it are one thread.
    private readonly string key = policy.HoldsFlapping ? "n.alarm" : "n.episode";

    /// <summary>Threads that something is due of, in the order of their oldest notice.</summary>
    public List<string> Due(DateTimeOffset now, int most) => transaction.Query(
        $"""
        SELECT {key} FROM notification_delivery d JOIN notification n ON n.number = d.number
        WHERE {Unplanned} AND d.due_ms <= $now GROUP BY {key} ORDER BY min(d.number) LIMIT $most
        """,
        reader => reader.GetString(0),
        ("$channel", channel), ("$now", now.ToUnixTimeMilliseconds()), ("$most", most));

    /// <summary>Threads of a site that wait and nothing is due of.</summary>
    public List<string> NotDue(string site, DateTimeOffset now, int most) => transaction.Query(
        $"""
        SELECT {key} FROM notification_delivery d JOIN notification n ON n.number = d.number JOIN alarm a ON a.id = n.alarm
        WHERE {Unplanned} AND a.site = $site GROUP BY {key} HAVING min(d.due_ms) > $now ORDER BY min(d.number) LIMIT $most
        """,
        reader => reader.GetString(0),
        ("$channel", channel), ("$site", site), ("$now", now.ToUnixTimeMilliseconds()), ("$most", most));

    /// <summary>When the next notice is due after a time.</summary>
    public DateTimeOffset? NextDue(DateTimeOffset after) => transaction.Query(
        $"SELECT min(d.due_ms) FROM notification_delivery d WHERE {Unplanned} AND d.due_ms > $after",
        reader => reader.Optional<long>(0),
        ("$channel", channel), ("$after", after.ToUnixTimeMilliseconds())) is [{ } ms] ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>What waits of a thread, in order.</summary>
    public List<WaitingNotice> Waiting(string thread) => transaction.Query(
        $"""
        SELECT n.number, n.id, n.episode, n.alarm, n.phase, n.made_ms, d.silence IS NOT NULL, d.held
        FROM notification n JOIN notification_delivery d ON d.number = n.number
        WHERE {Unplanned} AND {key} = $thread ORDER BY n.number
        """,
        reader => new WaitingNotice(
            reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), (NoticeKind)reader.GetInt32(4),
            reader.Instant(5), reader.GetBoolean(6), reader.GetBoolean(7)),
        ("$channel", channel), ("$thread", thread));

    /// <summary>The thread of a notice.</summary>
    public string ThreadOf(Alarm alarm, string episode) => policy.HoldsFlapping ? alarm.Id : episode;

    /// <summary>A notice as it was made.</summary>
    public AlertNotice Notice(long number) => AlertNotice.FromJson(transaction.Query(
        "SELECT body FROM notification WHERE number = $number", reader => reader.GetString(0), ("$number", number))[0]);

    /// <summary>Number of an alarm's newest notice that says that it fires.</summary>
    public long? NewestFiring(string alarm) => transaction.Query(
        "SELECT max(number) FROM notification WHERE alarm = $alarm AND phase = 0", reader => reader.Optional<long>(0), ("$alarm", alarm))[0];

    public void Hold(IEnumerable<WaitingNotice> notices, ThreadDecision.Hold hold)
    {
        foreach (var notice in notices)
        {
            transaction.Execute(
                """
                UPDATE notification_delivery SET due_ms = $due, silence = coalesce($silence, silence)
                WHERE channel = $channel AND number = $number
                """,
                ("$due", hold.Until.ToUnixTimeMilliseconds()), ("$silence", hold.Silence), ("$channel", channel), ("$number", notice.Number));
        }
    }

    /// <summary>Notes that the channel's limit of messages holds a notice back.</summary>
    public void HoldForRate(WaitingNotice notice) => transaction.Execute(
        "UPDATE notification_delivery SET held = 1 WHERE channel = $channel AND number = $number",
        ("$channel", channel), ("$number", notice.Number));

    public void Close(IEnumerable<WaitingNotice> notices, DeliveryStanding standing, DateTimeOffset now)
    {
        foreach (var notice in notices)
        {
            Close(notice.Number, standing, now);
        }
    }

    public void Close(long number, DeliveryStanding standing, DateTimeOffset now) => transaction.Execute(
        "UPDATE notification_delivery SET standing = $standing, done_ms = $now WHERE channel = $channel AND number = $number",
        ("$standing", (int)standing), ("$now", now.ToUnixTimeMilliseconds()), ("$channel", channel), ("$number", number));

    public void Assign(IEnumerable<WaitingNotice> notices, long message)
    {
        foreach (var notice in notices)
        {
            transaction.Execute(
                "UPDATE notification_delivery SET message = $message WHERE channel = $channel AND number = $number",
                ("$message", message), ("$channel", channel), ("$number", notice.Number));
        }
    }

    /// <summary>Takes the notices out of a message, to be planned anew.</summary>
    public void Release(long message) => transaction.Execute(
        "UPDATE notification_delivery SET message = NULL WHERE message = $message AND channel = $channel AND standing = 0",
        ("$message", message), ("$channel", channel));

    /// <summary>The notices in a message.</summary>
    public List<(long Number, string Id, string Episode, NoticeKind Phase, string Alarm)> InMessage(long message) => transaction.Query(
        """
        SELECT n.number, n.id, n.episode, n.phase, n.alarm FROM notification_delivery d JOIN notification n ON n.number = d.number
        WHERE d.message = $message AND d.channel = $channel ORDER BY n.number
        """,
        reader => (reader.GetInt64(0), reader.GetString(1), reader.GetString(2), (NoticeKind)reader.GetInt32(3), reader.GetString(4)),
        ("$message", message), ("$channel", channel));

    public Told? ToldOf(string thread) => transaction.Query(
        "SELECT phase, told_ms, reminders, flap FROM notification_told WHERE channel = $channel AND thread = $thread",
        reader => new Told((NoticeKind)reader.GetInt32(0), reader.Instant(1), reader.GetInt32(2), (ToldFlap)reader.GetInt32(3)),
        ("$channel", channel), ("$thread", thread)) is [var told] ? told : null;

    public void Save(string thread, Told told) => transaction.Execute(
        "INSERT OR REPLACE INTO notification_told VALUES ($channel, $thread, $phase, $told, $reminders, $flap)",
        ("$channel", channel), ("$thread", thread), ("$phase", (int)told.Phase), ("$told", told.At.ToUnixTimeMilliseconds()),
        ("$reminders", told.Reminders), ("$flap", (int)told.Flap));
}

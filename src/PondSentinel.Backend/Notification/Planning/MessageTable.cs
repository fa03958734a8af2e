using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Messages of one channel in the state database.</summary>
internal sealed class MessageTable(SqliteTransaction transaction, string channel)
{
    // What an attempt that begins leaves as it is.
    private const AttemptMarks Lasting = AttemptMarks.Unknown | AttemptMarks.Overtaken;

    // An attempt of which nobody lived to note what came of it was one too: a message may be what kills the process.
    private const string Attempts = "attempts + (attempt & 1)";

    /// <summary>The messages that are neither taken nor given up, the oldest first: a few at most.</summary>
    /// <param name="now">The time. What was tried later than now was so by a clock that has been set right since: it rests no more.</param>
    /// <returns>Those that this version can read; and those that it cannot, as after a later one has kept what this one does not know.</returns>
    public (List<KeptMessage> Kept, List<(long Number, string Id, bool MayBeTaken)> Unreadable) Waiting(DateTimeOffset now)
    {
        var rows = transaction.Query(
            $"""
            SELECT number, id, body, {Attempts}, attempt, CASE WHEN tried_ms <= $now THEN tried_ms + rest_ms END
            FROM notification_message WHERE channel = $channel AND standing = 0 ORDER BY number
            """,
            reader => (Number: reader.GetInt64(0), Id: reader.GetString(1), Message: AlertMessage.Read(reader.GetString(2)), Attempts: reader.GetInt32(3),
                Marks: (AttemptMarks)reader.GetInt32(4), RestsUntil: reader.IsDBNull(5) ? (DateTimeOffset?)null : reader.Instant(5)),
            ("$channel", channel), ("$now", now.ToUnixTimeMilliseconds()));
        return (
            [.. rows.Where(row => row.Message is not null).Select(row => new KeptMessage(row.Number, row.Message!, row.Attempts, row.Marks, row.RestsUntil))],
            [.. rows.Where(row => row.Message is null).Select(row => (row.Number, row.Id, row.Marks.MayBeTaken))]);
    }

    /// <summary>When messages were delivered, or may have been, between two times, rising: each once, and last. What was later than now was
    /// so by a clock that has been set right since.</summary>
    public List<(long Number, DateTimeOffset At)> Sent(DateTimeOffset after, DateTimeOffset now) => transaction.Query(
        """
        SELECT number, max(at) FROM (
          SELECT number, done_ms AS at FROM notification_message
          WHERE channel = $channel AND done_ms > $after AND done_ms <= $now AND standing = 1
          UNION ALL
          SELECT coalesce(message, -number), at_ms FROM notification_unknown WHERE channel = $channel AND at_ms > $after AND at_ms <= $now)
        GROUP BY number ORDER BY max(at)
        """,
        reader => (reader.GetInt64(0), reader.Instant(1)),
        ("$channel", channel), ("$after", after.ToUnixTimeMilliseconds()), ("$now", now.ToUnixTimeMilliseconds()));

    /// <summary>When attempts were made between two times that may have been taken and that nobody answered, rising.</summary>
    public List<DateTimeOffset> Unanswered(DateTimeOffset after, DateTimeOffset now) => transaction.Query(
        "SELECT at_ms FROM notification_unknown WHERE channel = $channel AND at_ms > $after AND at_ms <= $now ORDER BY at_ms",
        reader => reader.Instant(0),
        ("$channel", channel), ("$after", after.ToUnixTimeMilliseconds()), ("$now", now.ToUnixTimeMilliseconds()));

    /// <summary>Adds a message that is to be delivered.</summary>
    /// <returns>Its number.</returns>
    public long Add(AlertMessage message) => transaction.Query(
        """
        INSERT INTO notification_message(channel, id, kind, made_ms, body, standing, attempts, attempt)
        VALUES ($channel, $id, $kind, $made, $body, 0, 0, $underWay) RETURNING number
        """,
        reader => reader.GetInt64(0),
        ("$channel", channel), ("$id", message.Id), ("$kind", (int)message.Kind),
        ("$made", message.MadeAt.ToUnixTimeMilliseconds()), ("$body", message.ToJson()), ("$underWay", (int)AttemptMarks.UnderWay))[0];

    /// <summary>Another attempt begins. Where what came of the last was never noted, nobody knows whether it was taken.</summary>
    public void Begin(long number) => transaction.Execute(
        $"""
        UPDATE notification_message SET attempts = {Attempts}, attempt = $underWay | (attempt & $kept) | CASE WHEN attempt & $underWay THEN $unknown ELSE 0 END
        WHERE number = $number
        """,
        ("$underWay", (int)AttemptMarks.UnderWay), ("$kept", (int)Lasting), ("$unknown", (int)AttemptMarks.Unknown), ("$number", number));

    /// <summary>Notes that some have not got what counts as delivered.</summary>
    /// <param name="number">The message.</param>
    /// <param name="missed">Who, and why.</param>
    public void Missed(long number, IReadOnlyList<string> missed) => transaction.Execute(
        "UPDATE notification_message SET missed = $missed, reason = $reason WHERE number = $number",
        ("$missed", missed.Count), ("$reason", string.Join("; ", missed)), ("$number", number));

    public void Close(long number, DeliveryStanding standing, string? reason, DateTimeOffset now) => transaction.Execute(
        """
        UPDATE notification_message SET standing = $standing, attempts = attempts + $tried, reason = $reason, done_ms = $now
        WHERE number = $number
        """,
        ("$standing", (int)standing), ("$tried", standing == DeliveryStanding.Remade ? 0 : 1), ("$reason", reason),
        ("$now", now.ToUnixTimeMilliseconds()), ("$number", number));

    /// <summary>Notes that an attempt may have reached somebody: it counts for the limit of messages.</summary>
    /// <param name="number">The message.</param>
    /// <param name="now">The time.</param>
    public void NoteUnknown(long number, DateTimeOffset now)
    {
        transaction.Execute(
            "DELETE FROM notification_unknown WHERE channel = $channel AND at_ms <= $before",
            ("$channel", channel), ("$before", (now - RateGate.Window).ToUnixTimeMilliseconds()));
        transaction.Execute(
            "INSERT INTO notification_unknown(channel, at_ms, message) VALUES ($channel, $now, $message)",
            ("$channel", channel), ("$now", now.ToUnixTimeMilliseconds()), ("$message", number));
    }

    /// <summary>Keeps a message as what is left of it, after a receiver has taken a part.</summary>
    public void Keep(long number, AlertMessage left) => transaction.Execute(
        "UPDATE notification_message SET body = $body WHERE number = $number", ("$body", left.ToJson()), ("$number", number));

    /// <summary>An attempt has failed, and the message is to be tried again.</summary>
    /// <param name="tried">The message and what came of it.</param>
    /// <param name="now">The time.</param>
    public void Failed(TriedMessage tried, DateTimeOffset now) => transaction.Execute(
        """
        UPDATE notification_message SET attempts = attempts + 1, reason = $reason, attempt = (attempt & $kept) | $marks, tried_ms = $now, rest_ms = $rest
        WHERE number = $number
        """,
        ("$reason", tried.Result.Reason ?? ""), ("$kept", (int)Lasting),
        ("$marks", (int)((tried.Result.MayBeTaken ? AttemptMarks.Unknown : 0) | (tried.Result.IsAway ? AttemptMarks.Away : 0)
            | (tried.Result.RetryAfter is null ? 0 : AttemptMarks.Asked))),
        ("$now", now.ToUnixTimeMilliseconds()), ("$rest", (long)tried.Rest.TotalMilliseconds), ("$number", tried.Kept.Number));

    /// <summary>Another was taken: the receiver takes messages, and not those that are set aside.</summary>
    public void Overtake() => transaction.Execute(
        "UPDATE notification_message SET attempt = attempt | $overtaken WHERE channel = $channel AND standing = 0 AND attempts >= $row",
        ("$overtaken", (int)AttemptMarks.Overtaken), ("$channel", channel), ("$row", KeptMessage.AttemptsInARow));

    /// <summary>What waits is tried at once: where the process begins anew somebody may have mended something.</summary>
    /// <param name="transaction">The transaction.</param>
    public static void EndRests(SqliteTransaction transaction) =>
        transaction.Execute("UPDATE notification_message SET rest_ms = 0 WHERE standing = 0");

    /// <summary>The oldest test that this channel has had no message of.</summary>
    /// <param name="name">The channel's name for people.</param>
    /// <param name="after">What was ordered before is stale.</param>
    public (string Id, string By)? Test(string name, DateTimeOffset after) => transaction.Query(
        """
        SELECT t.number, t.at_ms, t.by FROM alarm_test t
        WHERE t.at_ms > $after AND (t.channel IS NULL OR t.channel = $name)
          AND NOT EXISTS (SELECT 1 FROM notification_message m WHERE m.id = 'test.' || t.at_ms || '.' || t.number || '.' || $channel)
        ORDER BY t.number LIMIT 1
        """,
        reader => ($"test.{reader.GetInt64(1)}.{reader.GetInt64(0)}.{channel}", reader.GetString(2)),
        ("$after", after.ToUnixTimeMilliseconds()), ("$name", name), ("$channel", channel)) is [var test] ? test : null;

    /// <summary>The newest messages of all channels, the newest first.</summary>
    public static List<MessageAccount> Newest(SqliteTransaction transaction, int most) => transaction.Query(
        $"SELECT {MessageAccount.Columns} FROM notification_message m ORDER BY m.number DESC LIMIT $most",
        MessageAccount.Read,
        ("$most", most));

    /// <summary>The messages of a test so far, by channel.</summary>
    public static List<MessageAccount> OfTest(SqliteTransaction transaction, long number) => transaction.Query(
        $"""
        SELECT {MessageAccount.Columns} FROM notification_message m JOIN alarm_test t
        ON m.id = 'test.' || t.at_ms || '.' || t.number || '.' || m.channel WHERE t.number = $number ORDER BY m.channel
        """,
        MessageAccount.Read,
        ("$number", number));
}

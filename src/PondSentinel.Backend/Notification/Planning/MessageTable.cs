using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>A message as it is kept.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Message">The message.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="MayBeTaken">Whether an attempt before may have reached the receiver, which has not said so.</param>
internal sealed record KeptMessage(long Number, AlertMessage Message, int Attempts, bool MayBeTaken = false);

/// <summary>Messages of one channel in the state database.</summary>
internal sealed class MessageTable(SqliteTransaction transaction, string channel)
{
    // What is known of the attempts of a message: one is under way; one may have been taken.
    private const int UnderWay = 1, Unknown = 2;

    /// <summary>The message that is under way: there is one at most.</summary>
    public KeptMessage? Waiting() => transaction.Query(
        "SELECT number, body, attempts, attempt FROM notification_message WHERE channel = $channel AND standing = 0 ORDER BY number LIMIT 1",
        reader => new KeptMessage(
            reader.GetInt64(0), AlertMessage.FromJson(reader.GetString(1)), reader.GetInt32(2), reader.GetInt32(3) != 0),
        ("$channel", channel)) is [var message] ? message : null;

    /// <summary>When messages were delivered between two times, rising. What was delivered later than now was so by a clock that has
    /// been set right since.</summary>
    public List<DateTimeOffset> Delivered(DateTimeOffset after, DateTimeOffset now) => transaction.Query(
        """
        SELECT done_ms FROM notification_message
        WHERE channel = $channel AND done_ms > $after AND done_ms <= $now AND standing = 1 ORDER BY done_ms
        """,
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
        ("$made", message.MadeAt.ToUnixTimeMilliseconds()), ("$body", message.ToJson()), ("$underWay", UnderWay))[0];

    /// <summary>Another attempt begins. Where what came of the last was never noted, nobody knows whether it was taken.</summary>
    public void Begin(long number) => transaction.Execute(
        "UPDATE notification_message SET attempt = CASE WHEN attempt & $underWay THEN $underWay | $unknown ELSE attempt | $underWay END WHERE number = $number",
        ("$underWay", UnderWay), ("$unknown", Unknown), ("$number", number));

    public void Close(long number, DeliveryStanding standing, string? reason, DateTimeOffset now) => transaction.Execute(
        """
        UPDATE notification_message SET standing = $standing, attempts = attempts + $tried, reason = $reason, done_ms = $now
        WHERE number = $number
        """,
        ("$standing", (int)standing), ("$tried", standing == DeliveryStanding.Remade ? 0 : 1), ("$reason", reason),
        ("$now", now.ToUnixTimeMilliseconds()), ("$number", number));

    public void Failed(long number, DeliveryResult result) => transaction.Execute(
        """
        UPDATE notification_message SET attempts = attempts + 1, reason = $reason, attempt = (attempt & $unknown) | $now WHERE number = $number
        """,
        ("$reason", result.Reason ?? ""), ("$unknown", Unknown), ("$now", result.MayBeTaken ? Unknown : 0), ("$number", number));

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

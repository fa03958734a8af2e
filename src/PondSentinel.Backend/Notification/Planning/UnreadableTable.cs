using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Notices that were to be told and that this version cannot read, in the state database: counted, and told of by what else is known
/// of them.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class UnreadableTable(SqliteTransaction transaction)
{
    /// <summary>Most that one message tells of.</summary>
    public const int ToldMax = 20;

    /// <summary>Its form. <c>message</c> is the one that tells a channel of it.</summary>
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS notification_unreadable(
          channel TEXT NOT NULL, number INTEGER NOT NULL, cause TEXT NOT NULL, at_ms INTEGER NOT NULL, message INTEGER,
          PRIMARY KEY(channel, number)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS notification_unreadable_of ON notification_unreadable(number);
        """;

    /// <summary>Notes one.</summary>
    /// <param name="channel">The channel that was to be told.</param>
    /// <param name="number">The notice.</param>
    /// <param name="cause">Why it cannot be read.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether it is noted for the first time, of all channels.</returns>
    public bool Note(string channel, long number, UnreadableCause cause, DateTimeOffset now)
    {
        var isFirst = transaction.Query("SELECT 1 FROM notification_unreadable WHERE number = $number LIMIT 1", _ => true, ("$number", number)).Count == 0;
        transaction.Execute(
            "INSERT OR IGNORE INTO notification_unreadable(channel, number, cause, at_ms) VALUES ($channel, $number, $cause, $now)",
            ("$channel", channel), ("$number", number), ("$cause", cause.Word), ("$now", now.ToUnixTimeMilliseconds()));
        return isFirst;
    }

    /// <summary>Those that a channel was not told of yet, what fires and is severe first.</summary>
    /// <param name="channel">The channel.</param>
    public List<(long Number, UnreadableNotice Notice)> Untold(string channel) => transaction.Query(
        """
        SELECT u.number, a.rule, n.phase, a.severity, a.site, a.station, a.device, a.channel
        FROM notification_unreadable u JOIN notification n ON n.number = u.number JOIN alarm a ON a.id = n.alarm
        WHERE u.channel = $channel AND u.message IS NULL ORDER BY n.phase <> 0, a.severity DESC, u.number LIMIT $most
        """,
        reader => (reader.GetInt64(0), new UnreadableNotice(
            reader.GetString(1), (NoticeKind)reader.GetInt32(2), (Severity)reader.GetInt32(3), reader.GetString(4), reader.GetString(5),
            reader.GetString(6), reader.GetString(7))),
        ("$channel", channel), ("$most", ToldMax));

    /// <summary>A message tells of it.</summary>
    public void Assign(string channel, long number, long message) => transaction.Execute(
        "UPDATE notification_unreadable SET message = $message WHERE channel = $channel AND number = $number",
        ("$message", message), ("$channel", channel), ("$number", number));

    /// <summary>A channel is to be told of it once more: it was to be reminded of it.</summary>
    public void TellAgain(string channel, long number) => transaction.Execute(
        "UPDATE notification_unreadable SET message = NULL WHERE channel = $channel AND number = $number", ("$channel", channel), ("$number", number));

    /// <summary>How many notices there are that could not be read, by cause.</summary>
    public Dictionary<string, long> Count() => transaction.Query(
        "SELECT cause, count(DISTINCT number) FROM notification_unreadable GROUP BY cause ORDER BY cause",
        reader => (Cause: reader.GetString(0), Count: reader.GetInt64(1))).ToDictionary(pair => pair.Cause, pair => pair.Count, StringComparer.Ordinal);
}

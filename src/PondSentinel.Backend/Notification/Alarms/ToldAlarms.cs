using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Alarms;

/// <summary>What a channel has been told of and still fires: for receivers that forget what is not said again. What a silence, a severity
/// or an escalation keeps from the channel is not among it.</summary>
internal static class ToldAlarms
{
    /// <summary>Most that are read: more are no news but a fault.</summary>
    public const int CountMax = 10_000;

    /// <summary>Reads the newest notice of each, the first first; what cannot be read is left out, and told of by the planner.</summary>
    /// <param name="connection">The state database.</param>
    /// <param name="channel">Name of the channel.</param>
    public static IReadOnlyList<AlertNotice> Firing(SqliteConnection connection, string channel)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return
        [
            .. transaction.Query(
            """
            SELECT n.body FROM notification_told t JOIN notification n ON n.number = (
              SELECT max(m.number) FROM notification m WHERE m.episode = t.thread OR m.alarm = t.thread)
            WHERE t.channel = $channel AND t.phase = $firing AND t.doubt = 0 AND n.phase = $firing ORDER BY n.number LIMIT $most
            """,
            reader => AlertNotice.Read(reader.GetString(0), out _),
            ("$channel", channel), ("$firing", (int)NoticeKind.Firing), ("$most", CountMax)).OfType<AlertNotice>(),
        ];
    }
}

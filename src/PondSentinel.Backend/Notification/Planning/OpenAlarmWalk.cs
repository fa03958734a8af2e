using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Goes over the open alarms after a start, a few in a transaction, so that a channel hears of those that it is to hear of: all where
/// it is new, and those that it was never to hear of where its keys have changed. How far it has come is in the channel's row, so it goes on
/// after a restart.</summary>
/// <remarks>By the number of an alarm's newest notice. What changes meanwhile gets a number that is higher, and comes to the channel by
/// itself.</remarks>
/// <param name="transaction">The transaction.</param>
/// <param name="channel">Name of the channel.</param>
/// <param name="policy">Of what it is to hear.</param>
internal sealed class OpenAlarmWalk(SqliteTransaction transaction, string channel, ChannelPolicy policy)
{
    private readonly DeliveryTable deliveries = new(transaction, channel, policy);

    /// <summary>Begins one for a channel that is known. One that it began as new goes on.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="channel">Its name.</param>
    public static void Begin(SqliteTransaction transaction, string channel) => transaction.Execute(
        "UPDATE notification_channel SET walk_from = 0 WHERE channel = $channel AND walk_new_until IS NULL", ("$channel", channel));

    /// <summary>Begins one for a channel that is new, or was away: what it may have heard before counts for nothing.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="channel">Its name.</param>
    public static void BeginAsNew(SqliteTransaction transaction, string channel) => transaction.Execute(
        """
        UPDATE notification_channel SET walk_from = 0, walk_new_until = (SELECT coalesce(max(number), 0) FROM notification)
        WHERE channel = $channel
        """,
        ("$channel", channel));

    /// <summary>Notes in the journal of how many it was, where it was any.</summary>
    /// <param name="logger">The journal.</param>
    /// <param name="channel">Name of the channel.</param>
    /// <param name="added">How many.</param>
    public static void Log(ILogger logger, string channel, int added)
    {
        if (added > 0)
        {
            logger.LogInformation("{Channel} is told of {Firing} alarms that there are and that it has not heard of.", channel, added);
        }
    }

    /// <summary>Goes on.</summary>
    /// <param name="most">How many alarms it looks at at most.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether it is over, and of how many alarms the channel is to hear that were there.</returns>
    public (bool IsOver, int Added) GoOn(int most, DateTimeOffset now)
    {
        var added = 0;
        while (Standing is { From: { } from } at)
        {
            if (most <= 0)
            {
                return (false, added);
            }

            var firing = After(from, at.NewUntil, most);
            var wanted = firing.FindAll(alarm => !alarm.IsKnown && policy.Wants(alarm.Site, alarm.Severity));
            wanted.ForEach(alarm => deliveries.Add(alarm.Number, alarm.Alarm, alarm.Severity, NoticeKind.Firing, now));
            added += wanted.Count;

            // Where it was new its keys may have changed since: what it has passed is looked at once more.
            var isAtEnd = firing.Count < most;
            Stand(isAtEnd ? at.NewUntil is null ? null : 0 : firing[^1].Number, isAtEnd ? null : at.NewUntil);
            most -= firing.Count;
        }

        return (true, added);
    }

    private (long? From, long? NewUntil)? Standing => transaction.Query(
        "SELECT walk_from, walk_new_until FROM notification_channel WHERE channel = $channel",
        reader => (reader.Optional<long>(0), reader.Optional<long>(1)),
        ("$channel", channel)) is [var row] ? row : null;

    private void Stand(long? from, long? newUntil) => transaction.Execute(
        "UPDATE notification_channel SET walk_from = $from, walk_new_until = $until WHERE channel = $channel",
        ("$from", from), ("$until", newUntil), ("$channel", channel));

    private List<OpenAlarm> After(long from, long? newUntil, int most) => transaction.Query(
        """
        SELECT a.newest, a.id, a.site, a.severity, $until IS NULL
          AND EXISTS (SELECT 1 FROM notification_delivery d WHERE d.channel = $channel AND d.number = a.newest)
        FROM alarm a INDEXED BY alarm_firing_newest
        WHERE a.phase = 0 AND a.newest > $from AND a.newest <= coalesce($until, a.newest) ORDER BY a.newest LIMIT $most
        """,
        reader => new OpenAlarm(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), (Severity)reader.GetInt32(3), reader.GetBoolean(4)),
        ("$channel", channel), ("$from", from), ("$until", newUntil), ("$most", most));

    private sealed record OpenAlarm(long Number, string Alarm, string Site, Severity Severity, bool IsKnown);
}

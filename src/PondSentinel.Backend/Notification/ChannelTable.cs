using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification;

/// <summary>What is kept of a channel itself, in the state database.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="channel">Its name.</param>
internal sealed class ChannelTable(SqliteTransaction transaction, string channel)
{
    /// <summary>Most notices in a message to it: fewer than usual while it refuses what is larger.</summary>
    public int NoticesMax => Read("notices_max") is [var most] ? (int)most : AlertMessage.NoticesMax;

    /// <summary>How many notices were dropped that it was not told of yet.</summary>
    public long Dropped => Read("dropped") is [var dropped] ? dropped : 0;

    /// <summary>It has refused a message as a whole: half as many notices in the next.</summary>
    /// <param name="count">How many were in it.</param>
    public void Halve(int count) => transaction.Execute(
        "UPDATE notification_channel SET notices_max = max(1, $half) WHERE channel = $channel", ("$half", (count + 1) / 2), ("$channel", channel));

    /// <summary>It has taken a message: twice as many may be in the next.</summary>
    public void Double() => transaction.Execute(
        "UPDATE notification_channel SET notices_max = min($most, notices_max * 2) WHERE channel = $channel AND notices_max < $most",
        ("$most", AlertMessage.NoticesMax), ("$channel", channel));

    /// <summary>Notices were dropped; a negative number where it was told of them.</summary>
    /// <param name="count">How many.</param>
    public void AddDropped(long count) => transaction.Execute(
        "UPDATE notification_channel SET dropped = max(0, dropped + $count) WHERE channel = $channel", ("$count", count), ("$channel", channel));

    /// <summary>Some have not got a message that counts as delivered.</summary>
    /// <param name="count">How many.</param>
    public void AddMissed(int count) => transaction.Execute(
        "UPDATE notification_channel SET missed = missed + $count WHERE channel = $channel", ("$count", count), ("$channel", channel));

    /// <summary>Makes what is kept fit the channels of this start.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="channels">The channels.</param>
    /// <param name="isFormer">Whether the database is of before channels were known by their names.</param>
    /// <param name="now">The time.</param>
    /// <param name="logger">Where it is told what waits no more, and what a new channel is told.</param>
    public static void Fit(
        SqliteTransaction transaction, IReadOnlyList<INotificationChannel> channels, bool isFormer, DateTimeOffset now, ILogger logger)
    {
        MessageTable.EndRests(transaction);
        var known = transaction.Query("SELECT channel FROM notification_channel", reader => reader.GetString(0));
        foreach (var channel in channels)
        {
            if (known.Contains(channel.Name, StringComparer.Ordinal))
            {
                if (TellWhatFires(transaction, channel, now, isKnown: true) is > 0 and var more)
                {
                    logger.LogInformation("{Channel} is to hear of more than before: it is told of {Firing} alarms that there are.", channel.Name, more);
                }

                continue;
            }

            var isTakenOver = isFormer && TakeOver(transaction, channel);
            transaction.Execute(
                "INSERT INTO notification_channel(channel, notices_max, dropped) VALUES ($channel, $most, 0)", ("$channel", channel.Name), ("$most", AlertMessage.NoticesMax));
            if (!isTakenOver && TellWhatFires(transaction, channel, now, isKnown: false) is > 0 and var firing)
            {
                logger.LogInformation("{Channel} is new: it is told of {Firing} alarms that there are.", channel.Name, firing);
            }
        }

        // What waits for a channel that was taken out of the configuration would be stale news if it ever came back.
        var names = channels.Select(channel => channel.Name).ToHashSet(StringComparer.Ordinal);
        var waiting = transaction.Query("SELECT DISTINCT channel FROM notification_delivery WHERE standing = 0", reader => reader.GetString(0));
        foreach (var gone in known.Union(waiting, StringComparer.Ordinal).Where(name => !names.Contains(name)))
        {
            Forget(transaction, gone, now, logger);
        }
    }

    // Until channels were known by the names of the configuration, they were by where they led.
    private static bool TakeOver(SqliteTransaction transaction, INotificationChannel channel)
    {
        if (HasAny(channel.Name))
        {
            return true;
        }

        if (channel.FormerName is not { } former || !HasAny(former))
        {
            return false;
        }

        foreach (var table in (string[])["notification_delivery", "notification_message", "notification_told"])
        {
            transaction.Execute($"UPDATE {table} SET channel = $name WHERE channel = $former", ("$name", channel.Name), ("$former", former));
        }

        return true;

        bool HasAny(string name) => transaction.Query(
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM notification_delivery WHERE channel = $name)
              OR EXISTS (SELECT 1 FROM notification_message WHERE channel = $name)
            """,
            _ => true,
            ("$name", name)).Count > 0;
    }

    // One that is known may be to hear of more than before: of what it was ever to hear it knows.
    private static int TellWhatFires(SqliteTransaction transaction, INotificationChannel channel, DateTimeOffset now, bool isKnown)
    {
        var deliveries = new DeliveryTable(transaction, channel.Name, channel.Policy);
        var firing = 0;
        foreach (var alarm in new AlarmTable(transaction).Active().Where(alarm => alarm.Phase == NoticeKind.Firing))
        {
            if (channel.Policy.Wants(alarm.Site, alarm.Severity) && deliveries.NewestFiring(alarm.Id) is { } number && !(isKnown && deliveries.Has(number)))
            {
                deliveries.Add(number, alarm.Severity, NoticeKind.Firing, now);
                firing++;
            }
        }

        return firing;
    }

    private static void Forget(SqliteTransaction transaction, string gone, DateTimeOffset now, ILogger logger)
    {
        (string, object?)[] row = [("$channel", gone), ("$now", now.ToUnixTimeMilliseconds())];
        var dropped = transaction.Execute(
            "UPDATE notification_delivery SET standing = 3, done_ms = $now WHERE channel = $channel AND standing = 0", row);
        transaction.Execute("UPDATE notification_message SET standing = 3, done_ms = $now WHERE channel = $channel AND standing = 0", row);
        transaction.Execute("DELETE FROM notification_told WHERE channel = $channel", row);
        transaction.Execute("DELETE FROM notification_channel WHERE channel = $channel", row);
        transaction.Execute("DELETE FROM notification_unknown WHERE channel = $channel", row);
        if (dropped > 0)
        {
            logger.LogWarning("{Channel} is no longer configured: {Dropped} notices that waited for it are dropped.", gone, dropped);
        }
    }

    private List<long> Read(string column) => transaction.Query(
        $"SELECT {column} FROM notification_channel WHERE channel = $channel", reader => reader.GetInt64(0), ("$channel", channel));
}

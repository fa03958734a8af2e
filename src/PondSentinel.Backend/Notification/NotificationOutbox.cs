using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification;

/// <summary>Keeps notices in the state database until it is settled for every channel what became of them.</summary>
/// <remarks>
/// <para>Promise: a notice is there if and only if the alert's change is, since both are of one transaction; and it waits for a
/// channel until the channel has answered for it, or it is noted why it never will be told.</para>
/// <para>Bounded: before a channel that takes none, at most <see cref="WaitingMax"/> wait; then the least severe are dropped, all that
/// waits of an alarm together, what is over before what fires and the oldest first. The journal and the channel's next message say how
/// many. Thread-safe but for the transaction's own rules.</para>
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

    private const int ShedMin = 100;

    /// <summary>Raised after a commit that brought notices.</summary>
    public event Action? Woken;

    /// <inheritdoc/>
    public void Create(SqliteTransaction transaction)
    {
        var isFormer = NotificationSchema.Create(transaction, logger);
        ChannelTable.Fit(transaction, channels, isFormer, time.GetUtcNow(), logger);
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
        if (alarm.Phase != NoticeKind.Firing)
        {
            var looked = alarm.IsFlapping ? now + FlapRule.ExplainsFor : now;
            transaction.Execute(
                "UPDATE notification_delivery SET due_ms = $looked WHERE standing = 0 AND quiet = $alarm",
                ("$looked", looked.ToUnixTimeMilliseconds()), ("$alarm", alarm.Id));
        }

        foreach (var channel in channels)
        {
            // What a channel is to hear of may have changed since it was told the beginning.
            var deliveries = new DeliveryTable(transaction, channel.Name, channel.Policy);
            if (!channel.Policy.Wants(notice)
                && (notice.Phase == NoticeKind.Firing || !deliveries.IsOwedTheEnd(deliveries.ThreadOf(alarm, notice.Episode))))
            {
                continue;
            }

            deliveries.Add(number, notice.Severity, notice.Phase, now);
            Shed(transaction, channel.Name, deliveries, now);
        }
    }

    /// <inheritdoc/>
    public bool HoldsApart(SqliteTransaction transaction, string episode, AlertNotice other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var alarms = new AlarmTable(transaction);
        if (alarms.OfEpisode(episode) is not { } alarm)
        {
            return false;
        }

        var beside = alarm with { Rule = other.Rule };
        var now = time.GetUtcNow();
        var silences = new SilenceTable(transaction).Active(now);
        return channels.Any(channel =>
        {
            var held = new HeldBack(alarms, silences, channel.Policy, now);
            var (isFirst, isSecond) = (held.Silence(alarm) is not null, held.Silence(beside) is not null);

            // Nor does what nobody is to hear of keep open what people hear of.
            return (isSecond && !isFirst) || ((isFirst || held.Quieter(alarm) is not null) && !isSecond && held.Quieter(beside) is null);
        });
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

    // Many at once, because it takes a look at all of them to find which.
    private void Shed(SqliteTransaction transaction, string channel, DeliveryTable deliveries, DateTimeOffset now)
    {
        if (!deliveries.HasMoreThan(WaitingMax))
        {
            return;
        }

        var dropped = deliveries.DropLeast(ShedMin, now);
        new ChannelTable(transaction, channel).AddDropped(dropped);
        logger.LogError(
            "{Channel} has taken none of the last {Most} notices: {Dropped} of them are dropped, the least severe and oldest.",
            channel, WaitingMax, dropped);
    }
}

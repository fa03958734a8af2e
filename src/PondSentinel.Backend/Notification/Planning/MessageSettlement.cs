using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Notes what came of an attempt.</summary>
internal static class MessageSettlement
{
    /// <summary>Notes it. Repeating it is harmless.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="tried">The message and what came of it.</param>
    /// <param name="now">The time, to the millisecond.</param>
    public static void Settle(SqliteTransaction transaction, INotificationChannel channel, TriedMessage tried, DateTimeOffset now)
    {
        var (kept, result, policy) = (tried.Left, tried.Result, channel.Policy);
        var messages = new MessageTable(transaction, channel.Name);
        var deliveries = new DeliveryTable(transaction, channel.Name, policy);
        var channels = new ChannelTable(transaction, channel.Name);
        if (kept != tried.Kept && result.Standing == DeliveryStanding.Waiting)
        {
            SettlePart(transaction, deliveries, policy, tried, now);
            messages.Keep(kept.Number, kept.Message);
            channels.AddDropped(kept.Message.Dropped - tried.Kept.Message.Dropped);
        }

        if (result is { Standing: DeliveryStanding.Waiting, MayBeTaken: true, IsPartlyTaken: false, IsOneStuck: false } && !kept.IsBeyondRate)
        {
            messages.NoteUnknown(kept.Number, now);
        }

        if (result.Standing == DeliveryStanding.Waiting && !tried.IsHalved)
        {
            messages.Failed(tried, now);
            return;
        }

        if (result.Standing != DeliveryStanding.Delivered && (kept.MayBeTaken || result.MayBeTaken))
        {
            deliveries.NoteDoubt(kept.Number, now);
        }

        if (tried.IsHalved)
        {
            messages.Close(kept.Number, DeliveryStanding.Halved, result.Reason, now);
            deliveries.Release(kept.Number);
            channels.Halve(kept.Message.Notices.Count);
            return;
        }

        messages.Close(kept.Number, result.Standing, result.Reason, now);
        if (result.Standing == DeliveryStanding.Delivered)
        {
            channels.Double();
            messages.Overtake();
            if (result.Missed.Count > 0)
            {
                messages.Missed(kept.Number, result.Missed);
                channels.AddMissed(result.Missed.Count);
            }

            channels.AddDropped(-kept.Message.Dropped);
        }

        SettleNotices(deliveries, policy, kept, deliveries.InMessage(kept.Number), result, now);

        // One that is refused for good is no less over for now than one that is taken.
        if (kept.Message.Kind == MessageKind.Reminder)
        {
            Remind(transaction, deliveries, kept.Message, now);
        }
    }

    // What was taken stays taken, whatever becomes of the rest and of this process.
    private static void SettlePart(SqliteTransaction transaction, DeliveryTable deliveries, ChannelPolicy policy, TriedMessage tried, DateTimeOffset now)
    {
        var message = tried.Kept.Message;
        var taken = message with
        {
            Notices = [.. message.Notices.Where(notice => tried.Result.TakenNotices.Contains(notice.Id, StringComparer.Ordinal))],
        };
        var episodes = taken.Notices.Select(notice => notice.Episode).ToHashSet(StringComparer.Ordinal);
        var rows = deliveries.InMessage(tried.Kept.Number);
        var alarms = rows.Where(row => episodes.Contains(row.Episode)).Select(row => row.Alarm).ToHashSet(StringComparer.Ordinal);

        // With a notice goes what is told with it.
        rows = rows.FindAll(row => policy.HoldsFlapping ? alarms.Contains(row.Alarm) : episodes.Contains(row.Episode));
        SettleNotices(deliveries, policy, tried.Kept with { Message = taken }, rows, DeliveryResult.Delivered, now);
        if (message.Kind == MessageKind.Reminder)
        {
            Remind(transaction, deliveries, taken, now);
        }
    }

    private static void SettleNotices(
        DeliveryTable deliveries, ChannelPolicy policy, KeptMessage kept,
        List<(long Number, string Id, string Episode, NoticeKind Phase, string Alarm)> rows, DeliveryResult result, DateTimeOffset now)
    {
        var notices = kept.Message.Notices.ToDictionary(notice => notice.Id, StringComparer.Ordinal);
        var flaps = kept.Message.Flapping.ToDictionary(flap => flap.Episode, StringComparer.Ordinal);
        var isDelivered = result.Standing == DeliveryStanding.Delivered;
        var flapping = rows.Where(row => flaps.ContainsKey(row.Episode)).Select(row => row.Alarm).ToHashSet(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (notices.GetValueOrDefault(row.Id) is not { } notice)
            {
                var with = flapping.Contains(row.Alarm) ? DeliveryStanding.Flapped : DeliveryStanding.Merged;
                deliveries.Close(row.Number, isDelivered ? with : result.Standing, now);
                continue;
            }

            var isRefused = result.RefusedNotices.Contains(row.Id, StringComparer.Ordinal);
            deliveries.Close(row.Number, isRefused ? DeliveryStanding.Refused : result.Standing, now);
            if (isDelivered && !isRefused)
            {
                var flap = flaps.GetValueOrDefault(row.Episode) switch
                {
                    _ when kept.Message.Kind == MessageKind.Digest => ToldFlap.Nothing,
                    null => ToldFlap.Nothing,
                    { IsOver: true } => ToldFlap.IsOver,
                    _ => ToldFlap.Begins,
                };
                deliveries.Save(policy.HoldsFlapping ? row.Alarm : row.Episode, new Told(row.Phase, now, 0, flap, Severity: notice.Severity));
            }
        }
    }

    private static void Remind(
        SqliteTransaction transaction, DeliveryTable deliveries, AlertMessage message, DateTimeOffset now)
    {
        var alarms = new AlarmTable(transaction);
        foreach (var notice in message.Notices)
        {
            if (alarms.OfEpisode(notice.Episode) is { } alarm
                && deliveries.ThreadOf(alarm, notice.Episode) is var thread && deliveries.ToldOf(thread) is { } told)
            {
                var standsStill = message.Flapping.Any(flap => flap.IsOver && flap.Episode == notice.Episode);
                deliveries.Save(
                    thread, told with { At = now, Reminders = told.Reminders + 1, Flap = standsStill ? ToldFlap.IsOver : told.Flap });
            }
        }
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Makes what is kept fit a clock that once stood ahead and has been set right: else all that is timed by it would wait until
/// that time is reached.</summary>
/// <remarks>What is ahead of now was made now, and what was to follow it follows as long after it as before. A clock that stood behind and
/// is set forward needs nothing: what was due then is due now.</remarks>
internal static class ClockFit
{
    // A silence, or the wait for somebody to acknowledge: nothing is put off for longer.
    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(7);

    /// <summary>Does it; where nothing is ahead it costs a look into seven tables.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="channel">The channel whose deliveries are looked at; alarms and silences are of all.</param>
    /// <param name="now">The time.</param>
    public static void Apply(SqliteTransaction transaction, string channel, DateTimeOffset now)
    {
        (string, object?)[] at =
        [
            ("$now", now.ToUnixTimeMilliseconds()), ("$channel", channel), ("$latest", (now + LongestHold).ToUnixTimeMilliseconds()),
        ];
        if (transaction.Execute(
            "UPDATE alarm_silence SET until_ms = $now + until_ms - from_ms, from_ms = $now WHERE from_ms > $now", at) > 0)
        {
            transaction.Execute("UPDATE notification_delivery SET due_ms = 0 WHERE standing = 0 AND silence IS NOT NULL");
        }

        transaction.Execute(
            $"""
            UPDATE alarm AS a SET changed_ms = $now, opened_ms = min(opened_ms, $now), flaps_since_ms = min(flaps_since_ms, $now),
              found_ms = min(found_ms, $now)
            WHERE changed_ms > $now AND {AlarmTable.IsActive}
            """,
            at);
        if (transaction.Query("SELECT max(made_ms) > $now FROM notification", reader => reader.Optional<long>(0), at) is [1])
        {
            transaction.Execute(
                """
                UPDATE notification_delivery SET due_ms = max(0, notification_delivery.due_ms - (n.made_ms - $now)) FROM notification n
                WHERE n.number = notification_delivery.number AND n.made_ms > $now AND standing = 0 AND message IS NULL
                """,
                at);
            transaction.Execute(
                """
                UPDATE notification SET made_ms = $now WHERE made_ms > $now
                  AND EXISTS (SELECT 1 FROM notification_delivery d WHERE d.number = notification.number AND d.standing = 0)
                """,
                at);
        }

        // What was sent by that clock is forgotten for the limit of messages: else it would count when that time comes.
        transaction.Execute("DELETE FROM notification_unknown WHERE channel = $channel AND at_ms > $now", at);
        transaction.Execute(
            "UPDATE notification_message SET done_ms = $forgotten WHERE channel = $channel AND done_ms > $now", [.. at, ("$forgotten", (now - RateGate.Window).ToUnixTimeMilliseconds())]);
        transaction.Execute("UPDATE notification_told SET told_ms = $now WHERE channel = $channel AND told_ms > $now", at);
        transaction.Execute(
            """
            UPDATE notification_delivery SET due_ms = $now
            WHERE channel = $channel AND standing = 0 AND message IS NULL AND due_ms > $latest
            """,
            at);
    }
}

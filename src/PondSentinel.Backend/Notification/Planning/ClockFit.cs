using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Makes what is kept fit a clock that once stood ahead and has been set right: else all that is timed by it would wait until
/// that time is reached.</summary>
/// <remarks>What is ahead of now was made now, and what was to follow it follows as long after it as before. A clock that stood behind and
/// is set forward needs nothing: what was due then is due now. There may be many thousands of rows, so a few are moved in a transaction:
/// those that stand ahead still are where it goes on, after a restart too.</remarks>
internal static class ClockFit
{
    // A silence, or the wait for somebody to acknowledge: nothing is put off for longer.
    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(7);

    // Each with a limit, and with no more to move once it changes fewer rows than that.
    private static readonly string[] Moves =
    [
        """
        UPDATE alarm_silence SET until_ms = $now + until_ms - from_ms, from_ms = $now, release = 1
        WHERE id IN (SELECT id FROM alarm_silence WHERE from_ms > $now LIMIT $most)
        """,
        """
        UPDATE alarm SET changed_ms = $now, opened_ms = min(opened_ms, $now), flaps_since_ms = min(flaps_since_ms, $now)
        WHERE rowid IN (SELECT rowid FROM alarm WHERE changed_ms > $now LIMIT $most)
        """,

        // What was sent by that clock is forgotten for the limit of messages: else it would count when that time comes.
        "DELETE FROM notification_unknown WHERE number IN (SELECT number FROM notification_unknown WHERE channel = $channel AND at_ms > $now LIMIT $most)",
        """
        UPDATE notification_message SET done_ms = $now - $forgotten
        WHERE number IN (SELECT number FROM notification_message WHERE channel = $channel AND done_ms > $now LIMIT $most)
        """,
        """
        UPDATE notification_told SET told_ms = $now
        WHERE channel = $channel AND thread IN (SELECT thread FROM notification_told WHERE channel = $channel AND told_ms > $now LIMIT $most)
        """,
        """
        UPDATE notification_delivery SET due_ms = $now
        WHERE channel = $channel AND number IN (
          SELECT number FROM notification_delivery INDEXED BY notification_due
          WHERE channel = $channel AND standing = 0 AND message IS NULL AND due_ms > $latest LIMIT $most)
        """,
    ];

    private const string AheadNotices = "SELECT number FROM notification WHERE made_ms > $now ORDER BY made_ms DESC LIMIT $most";

    /// <summary>Does it; where nothing is ahead it costs a look into seven tables.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="channel">The channel whose deliveries are looked at; notices, alarms and silences are of all.</param>
    /// <param name="now">The time.</param>
    /// <param name="most">How many rows it moves at most, and what is kept of each for the channels.</param>
    /// <returns>Whether nothing is ahead any more.</returns>
    public static bool Apply(SqliteTransaction transaction, string channel, DateTimeOffset now, int most)
    {
        (string Name, object? Value)[] at =
        [
            ("$now", now.ToUnixTimeMilliseconds()), ("$most", most), ("$channel", channel), ("$forgotten", (long)RateGate.Window.TotalMilliseconds),
            ("$latest", (now + LongestHold).ToUnixTimeMilliseconds()),
        ];
        return MoveNotices(transaction, at, most)
            && Array.TrueForAll(Moves, move => transaction.Execute(move, at) < most);
    }

    // What waits keeps its distance to when it was made. What is settled was made before the hour in which beginnings are counted, where that
    // clock stood further ahead than that.
    private static bool MoveNotices(SqliteTransaction transaction, (string, object?)[] at, int most)
    {
        if (transaction.Query("SELECT max(made_ms) > $now FROM notification", reader => reader.Optional<long>(0), at) is not [1])
        {
            return true;
        }

        transaction.Execute(
            $"""
            UPDATE notification_delivery SET due_ms = max(0, notification_delivery.due_ms - (n.made_ms - $now)) FROM notification n
            WHERE n.number = notification_delivery.number AND n.number IN ({AheadNotices}) AND standing = 0 AND message IS NULL
            """,
            at);
        return transaction.Execute(
            $"""
            UPDATE notification SET made_ms = CASE
              WHEN made_ms - $now < $window
                OR EXISTS (SELECT 1 FROM notification_delivery d WHERE d.number = notification.number AND d.standing = 0) THEN $now
              ELSE $now - $window END
            WHERE number IN ({AheadNotices})
            """,
            [.. at, ("$window", (long)FlapRule.Window.TotalMilliseconds)]) < most;
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification;

/// <summary>Deletes what is over, told, and older than it is to be kept. Alarms that there are, and what waits for a channel, stay however
/// old; so do episodes, which are the engine's, but not under which name people knew them.</summary>
/// <remarks>A few rows at a time, in transactions of its own with rests between, so that ingest never waits long for it. Nothing is deleted
/// while nobody vouches for the machine's clock: one that stood ahead would take all of it for old.</remarks>
/// <param name="retention">How long what is kept.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="clock">Whether the time is true.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is told what was deleted.</param>
public sealed class NotificationPruning(
    NotificationRetention retention, Func<SqliteConnection> open, IWallClock clock, TimeProvider time, ILogger<NotificationPruning> logger)
{
    /// <summary>Most rows of a table in one transaction.</summary>
    public const int RowsMax = 100;

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    // Children before what they hang on. Deliveries go with their notice.
    private static readonly string[] Steps =
    [
        $"""
        DELETE FROM notification WHERE number IN (
          SELECT n.number FROM notification n WHERE n.made_ms <= $old
            AND NOT EXISTS (SELECT 1 FROM notification_delivery d WHERE d.number = n.number AND d.standing = 0)
            AND NOT EXISTS (SELECT 1 FROM alarm a WHERE a.id = n.alarm AND {AlarmTable.IsActive})
          ORDER BY n.made_ms LIMIT $most)
        """,
        "DELETE FROM notification_unreadable WHERE number IN (SELECT number FROM notification_unreadable WHERE at_ms <= $old LIMIT $most)",
        """
        DELETE FROM notification_delivery WHERE number IN (
          SELECT d.number FROM notification_delivery d LEFT JOIN notification n ON n.number = d.number WHERE n.number IS NULL LIMIT $most)
        """,
        $"""
        DELETE FROM alarm WHERE id IN (
          SELECT a.id FROM alarm a WHERE a.changed_ms <= $old AND NOT {AlarmTable.IsActive}
            AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.alarm = a.id) ORDER BY a.changed_ms LIMIT $most)
        """,
        """
        DELETE FROM notification_told WHERE (channel, thread) IN (
          SELECT t.channel, t.thread FROM notification_told t WHERE t.told_ms <= $old
            AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.alarm = t.thread)
            AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.episode = t.thread) LIMIT $most)
        """,
        """
        DELETE FROM notification_message WHERE number IN (
          SELECT number FROM notification_message WHERE standing <> 0 AND done_ms <= $old ORDER BY done_ms LIMIT $most)
        """,
        "DELETE FROM alarm_test WHERE number IN (SELECT number FROM alarm_test WHERE at_ms <= $old LIMIT $most)",
        "DELETE FROM alarm_history WHERE number IN (SELECT number FROM alarm_history WHERE at_ms <= $acts LIMIT $most)",
        "DELETE FROM alarm_silence WHERE id IN (SELECT id FROM alarm_silence WHERE until_ms <= $acts LIMIT $most)",
        .. AlertPruning.Steps,
    ];

    /// <summary>Works until cancelled.</summary>
    /// <param name="cancellationToken">Ends it without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await PruneAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Deletes all that is old now.</summary>
    /// <param name="cancellationToken">Ends it between two transactions.</param>
    /// <returns>How many rows.</returns>
    public async Task<long> PruneAsync(CancellationToken cancellationToken)
    {
        if (!clock.IsSynchronised)
        {
            return 0;
        }

        long deleted = 0;
        try
        {
            using var connection = open();
            foreach (var step in Steps)
            {
                for (int rows; (rows = Delete(connection, step)) > 0;)
                {
                    deleted += rows;
                    await Task.Delay(Rest, time, cancellationToken);
                }
            }
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            logger.LogWarning("What is old of the alarms cannot be deleted now ({Reason}); again in an hour.", e.Message);
        }

        if (deleted > 0)
        {
            logger.LogInformation("{Rows} rows of alarms that were over for longer than they are kept are deleted.", deleted);
        }

        return deleted;
    }

    private int Delete(SqliteConnection connection, string step)
    {
        var now = time.GetUtcNow();
        using var transaction = connection.BeginTransaction();
        var rows = transaction.Execute(
            step,
            ("$old", (now - retention.Alarms).ToUnixTimeMilliseconds()), ("$acts", (now - retention.Acts).ToUnixTimeMilliseconds()),
            ("$most", RowsMax));
        transaction.Commit();
        return rows;
    }
}

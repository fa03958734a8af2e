using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification;

/// <summary>Deletes what is over, told, and older than it is to be kept. Alarms that there are, and what waits for a channel, stay however
/// old; so do episodes, which are the engine's, but not under which name people knew them.</summary>
/// <remarks>What may go is found by reading alone, and deleted a few rows at a time, in transactions of its own with rests between: ingest
/// never waits long for it, however much there is that stays. Nothing is deleted while nobody vouches for the machine's clock: one that stood
/// ahead would take all of it for old.</remarks>
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

    // Most keys that are read at once.
    private const int FoundMax = 10_000;

    // Children before what they hang on. Deliveries go with their notice.
    private static readonly PrunedRows[] Steps =
    [
        new("notification", "number", $"""
            x.made_ms <= $old
            AND NOT EXISTS (SELECT 1 FROM notification_delivery d WHERE d.number = x.number AND d.standing = 0)
            AND NOT EXISTS (SELECT 1 FROM alarm a WHERE a.id = x.alarm AND {AlarmTable.IsActive})
            """),
        new("notification_unreadable", "channel, number", "x.at_ms <= $old"),
        new("notification_delivery", "channel, number", "NOT EXISTS (SELECT 1 FROM notification n WHERE n.number = x.number)"),
        new("alarm", "id", $"""
            x.changed_ms <= $old AND NOT EXISTS (SELECT 1 FROM alarm a WHERE a.id = x.id AND {AlarmTable.IsActive})
            AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.alarm = x.id)
            """),
        new("notification_told", "channel, thread", """
            x.told_ms <= $old
            AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.alarm = x.thread)
            AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.episode = x.thread)
            """),
        new("notification_message", "number", "x.standing <> 0 AND x.done_ms <= $old"),
        new("alarm_test", "number", "x.at_ms <= $old"),
        new("alarm_history", "number", "x.at_ms <= $acts"),
        new("alarm_silence", "id", "x.until_ms <= $acts"),
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
                for (List<object[]> found; (found = Find(connection, step)).Count > 0;)
                {
                    long gone = 0;
                    foreach (var few in found.Chunk(RowsMax))
                    {
                        gone += Delete(connection, step, few);
                        await Task.Delay(Rest, time, cancellationToken);
                    }

                    deleted += gone;
                    if (found.Count < FoundMax || gone == 0)
                    {
                        break;
                    }
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

    private (string, object?)[] Before
    {
        get
        {
            var now = time.GetUtcNow();
            return [("$old", (now - retention.Alarms).ToUnixTimeMilliseconds()), ("$acts", (now - retention.Acts).ToUnixTimeMilliseconds())];
        }
    }

    private List<object[]> Find(SqliteConnection connection, PrunedRows step)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return step.Find(transaction, FoundMax, Before);
    }

    private int Delete(SqliteConnection connection, PrunedRows step, IReadOnlyList<object[]> keys)
    {
        var before = Before;
        using var transaction = connection.BeginTransaction();
        var rows = keys.Sum(key => step.Delete(transaction, key, before));
        transaction.Commit();
        return rows;
    }
}

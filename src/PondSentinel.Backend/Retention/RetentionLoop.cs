using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Retention;

/// <summary>Makes means every ten minutes, and deletes what is old once an hour.</summary>
/// <param name="maker">Makes means.</param>
/// <param name="expiry">Deletes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told what was deleted, and what goes wrong.</param>
internal sealed class RetentionLoop(MeanMaker maker, Expiry expiry, TimeProvider time, ILogger<RetentionLoop> logger)
{
    private const int ExpireEvery = 6;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private bool isAway;

    /// <summary>Works until cancelled.</summary>
    /// <param name="cancellationToken">Ends it without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            for (var turn = 0; await timer.WaitForNextTickAsync(cancellationToken); turn++)
            {
                await TryAsync(turn % ExpireEvery == 0, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task TryAsync(bool expires, CancellationToken cancellationToken)
    {
        var before = expiry.Deleted;
        try
        {
            await maker.MakeAsync(cancellationToken);
            if (expires)
            {
                await expiry.ExpireAsync(cancellationToken);
            }

            isAway = false;
        }
        catch (Exception e) when (e is StoreUnavailableException or SqliteException or IOException)
        {
            if (!isAway)
            {
                isAway = true;
                logger.LogWarning("Means wait for the store, and nothing old is deleted: {Reason}. It is tried again every ten minutes.", e.Message);
            }
        }

        var (records, means) = (expiry.Deleted.Records - before.Records, expiry.Deleted.Means - before.Means);
        if (records > 0 || means > 0)
        {
            logger.LogInformation(
                "{Records} values and {Means} means of ten minutes that were older than they are kept are deleted; means of their days stay.", records, means);
        }
    }
}

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

    private string? trouble;
    private bool isNoticed;

    /// <summary>Works until cancelled.</summary>
    /// <param name="cancellationToken">Ends it without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            Note(await FaultOfAsync(() => NoticeAsync(cancellationToken)));
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
        var fault = await FaultOfAsync(() => maker.MakeAsync(cancellationToken));
        if (expires)
        {
            fault = await FaultOfAsync(() => NoticeAsync(cancellationToken)) ?? fault;
            fault = await FaultOfAsync(() => expiry.ExpireAsync(cancellationToken)) ?? fault;
        }

        Note(fault);

        var (records, means) = (expiry.Deleted.Records - before.Records, expiry.Deleted.Means - before.Means);
        if (records > 0 || means > 0)
        {
            logger.LogInformation(
                "{Records} values and {Means} means of ten minutes that were older than they are kept are deleted; means of their days stay.", records, means);
        }
    }
    private static async Task<string?> FaultOfAsync(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (Exception e) when (e is StoreUnavailableException or SqliteException or IOException)
        {
            return e.Message;
        }
    }

    private async Task NoticeAsync(CancellationToken cancellationToken)
    {
        if (!isNoticed && await expiry.NoticeAsync(cancellationToken) is { } begins)
        {
            isNoticed = true;
            logger.LogWarning(
                "The store has values that are older than this version keeps them: from {Begins:yyyy-MM-dd} on they are deleted, and means of their days stay. Write keep_raw, or expire = false, into [store] of the configuration.", begins);
        }
    }

    // Means are tried in each turn and told once while they fail alike; deletion, in every sixth, is told each time.
    private void Note(string? fault)
    {
        if (fault is not null && fault != trouble)
        {
            logger.LogWarning("Means wait for the store, or what is old is not deleted: {Reason}. Means are tried again every ten minutes, deletion every hour; where it stays so, look at the store and its rights.", fault);
        }

        trouble = fault;
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Retention;

/// <summary>Deletes from the store what is older than it is to be kept, a series and day at a time: never before its means are written
/// and read back, and never without counting it.</summary>
/// <remarks>It may end anywhere: what it was about to do stands in the state database. Nothing is deleted while nobody vouches for the
/// machine's clock. One caller at a time.</remarks>
/// <param name="store">The store.</param>
/// <param name="retention">How long what is kept.</param>
/// <param name="gate">Keeps late records out of the day that is being deleted.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="grid">The calendar.</param>
/// <param name="clock">Whether the time is true.</param>
/// <param name="time">The clock.</param>
internal sealed class Expiry(
    IRetainingStore store, StoreRetention retention, ExpiryGate gate, Func<SqliteConnection> open, DayGrid grid, IWallClock clock,
    TimeProvider time)
{
    // In which records of more than a month ago wait, and what comes behind them.
    private static readonly TimeSpan AskFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);

    private readonly RecordReading records = new(store, grid);
    private bool isGraceOver;

    /// <summary>What was deleted since the start.</summary>
    public (long Records, long Means) Deleted { get; private set; }

    private bool MayDelete => retention.Expires && clock.IsSynchronised && Begins() is null;

    /// <summary>Tells when deletion begins that the owner never spoke of, where it would take something.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>When; null where nothing is to be told.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async Task<DateTimeOffset?> NoticeAsync(CancellationToken cancellationToken) =>
        retention.Expires && clock.IsSynchronised && Begins() is { } begins
            && (await store.SeriesBeforeAsync(Resolution.Record, EndNs(retention.Records), cancellationToken)).Count > 0
            ? begins
            : null;

    /// <summary>Deletes all that is old now.</summary>
    /// <param name="cancellationToken">Ends it between two requests.</param>
    /// <exception cref="StoreUnavailableException">The store does not answer, or not as it was told of some days; these wait, and the others
    /// are deleted.</exception>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        if (!MayDelete)
        {
            return;
        }

        var faults = new PassFaults(store, time);
        foreach (var (series, dayMs) in Read(tables => tables.Intents()))
        {
            await faults.TryAsync(series, dayMs, () => ExpireAsync(series, dayMs, cancellationToken), cancellationToken);
        }

        await WalkAsync(Resolution.Record, retention.Records, ExpireAsync, faults, cancellationToken);
        await WalkAsync(Resolution.TenMinutes, retention.TenMinutes, DropWindowsAsync, faults, cancellationToken);
        faults.Tell();
    }

    /// <summary>Adds the records that there are of a day to its means, and deletes them.</summary>
    /// <param name="series">The series.</param>
    /// <param name="dayMs">When the day begins.</param>
    /// <param name="cancellationToken">Ends it between two requests.</param>
    /// <returns>Whether they are gone; false while nothing may be deleted.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer, or not as it was told.</exception>
    public async Task<bool> ExpireAsync(SeriesKey series, long dayMs, CancellationToken cancellationToken)
    {
        if (!MayDelete)
        {
            return false;
        }

        using var closed = await gate.CloseAsync(cancellationToken);
        var endMs = dayMs + DayGrid.DayMs;
        var intent = Read(tables => tables.Intent(series, dayMs));
        var (windows, keys) = await records.ReadAsync(series, dayMs, endMs, intent?.Counted ?? [], cancellationToken);
        if (intent is null && keys.Count == 0)
        {
            return true;
        }

        intent ??= await BeginAsync(series, dayMs, cancellationToken);
        if (keys.Count > 0)
        {
            var means = intent.Means.And(series, dayMs, windows);
            await store.WriteMeansAsync(means.All, cancellationToken);
            await CompareAsync(series, dayMs, means, cancellationToken);
            long[] counted = [.. intent.Counted.Concat(keys).Order()];
            Change(tables =>
            {
                tables.SetIntent(series, dayMs, new ExpiryIntent(means, counted));
                tables.CountExpired(series.Gateway, keys.Count);
            });
            Deleted = (Deleted.Records + keys.Count, Deleted.Means);
        }

        await DeleteAsync(series, Resolution.Record, dayMs, cancellationToken);
        Change(tables => tables.EndIntent(series, dayMs));
        return true;
    }

    // Means of a day that was not deleted before are of records that are still there: they are made anew.
    private async Task<ExpiryIntent> BeginAsync(SeriesKey series, long dayMs, CancellationToken cancellationToken)
    {
        var known = await MeansAsync(series, dayMs, cancellationToken);
        var intent = new ExpiryIntent(known.Day is { Expired: > 0 } ? known : DayMeans.None, []);
        Change(tables => tables.SetIntent(series, dayMs, intent));
        return intent;
    }

    private async Task DropWindowsAsync(SeriesKey series, long dayMs, CancellationToken cancellationToken)
    {
        var known = await MeansAsync(series, dayMs, cancellationToken);
        if ((known.Day?.Value.Records ?? 0) < known.Windows.Sum(window => window.Value.Records))
        {
            var day = DayMeans.DayOf(series, dayMs, known.Windows) with { Expired = known.Windows.Sum(window => window.Expired) };
            await store.WriteMeansAsync([day], cancellationToken);
            await CompareAsync(series, dayMs, new DayMeans(day, known.Windows), cancellationToken);
        }

        await DeleteAsync(series, Resolution.TenMinutes, dayMs, cancellationToken);
        Deleted = (Deleted.Records, Deleted.Means + known.Windows.Count);
    }

    // All whole days that are older than they are kept.
    private async Task WalkAsync(
        Resolution resolution, TimeSpan kept, Func<SeriesKey, long, CancellationToken, Task> expire, PassFaults faults,
        CancellationToken cancellationToken)
    {
        var endNs = EndNs(kept);
        foreach (var series in await store.SeriesBeforeAsync(resolution, endNs, cancellationToken))
        {
            var fromNs = -MeanMarks.TimeNsMax;
            while (await store.FirstAsync(series, resolution, fromNs, endNs, cancellationToken) is { } first)
            {
                var dayMs = grid.StartOf(grid.DayOf(Point.MsOf(first)));
                await faults.TryAsync(series, dayMs, () => expire(series, dayMs, cancellationToken), cancellationToken);
                fromNs = (dayMs + DayGrid.DayMs) * 1_000_000;
            }
        }
    }

    private long EndNs(TimeSpan kept) => grid.StartOf(grid.DayOf((time.GetUtcNow() - kept).ToUnixTimeMilliseconds())) * 1_000_000;

    // When deletion begins; null where it may be now.
    private DateTimeOffset? Begins()
    {
        if (retention.Grace == TimeSpan.Zero || isGraceOver)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var start = now.ToUnixTimeMilliseconds();
        Change(tables => start = tables.Start(start));
        var begins = DateTimeOffset.FromUnixTimeMilliseconds(start) + retention.Grace;
        isGraceOver = begins <= now;
        return isGraceOver ? null : begins;
    }

    private async Task<DayMeans> MeansAsync(SeriesKey series, long dayMs, CancellationToken cancellationToken) => new(
        (await store.MeansAsync(series, Resolution.Day, dayMs, dayMs + 1, cancellationToken)) is [var day] ? day : null,
        await store.MeansAsync(series, Resolution.TenMinutes, dayMs, dayMs + DayGrid.DayMs, cancellationToken));

    private async Task CompareAsync(SeriesKey series, long dayMs, DayMeans written, CancellationToken cancellationToken)
    {
        var read = (await MeansAsync(series, dayMs, cancellationToken)).All.ToDictionary(mean => (mean.Resolution, mean.StartMs));
        foreach (var mean in written.All.Where(mean => !IsAs(mean, read.GetValueOrDefault((mean.Resolution, mean.StartMs)))))
        {
            throw new StoreUnavailableException(
                $"{mean.Resolution.Measurement} of {series.Device}.{series.Channel} was written as {mean} and reads as {read.GetValueOrDefault((mean.Resolution, mean.StartMs))?.ToString() ?? "nothing"}; its records stay");
        }
    }

    // InfluxDB merges fields: it keeps a mean of numbers computed anew where there is none any more.
    private static bool IsAs(MeanPoint written, MeanPoint? read) =>
        (written.Value.Adjusted is null && read is not null ? read with { Value = read.Value with { Adjusted = null } } : read) == written;

    private async Task DeleteAsync(SeriesKey series, Resolution resolution, long dayMs, CancellationToken cancellationToken)
    {
        var (fromNs, toNs) = (dayMs * 1_000_000, (dayMs + DayGrid.DayMs) * 1_000_000);
        try
        {
            await store.DeleteAsync(series, resolution, fromNs, toNs, cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            // It may run on in the server. Nothing old is let in before it is over, or what comes late to this day went with it.
            if (!e.IsUnanswered || !await IsGoneAsync(series, resolution, fromNs, toNs, cancellationToken))
            {
                throw new StoreUnavailableException(e.Message, e) { IsOfAll = true };
            }
        }

        // It is counted already: another day would be so too, and stay.
        if (await store.FirstAsync(series, resolution, fromNs, toNs, cancellationToken) is not null)
        {
            throw new StoreUnavailableException(
                $"the store was told to delete a day of {series.Device}.{series.Channel} and still has it; may the user or token of [influx] delete?")
            {
                IsOfAll = true,
            };
        }
    }

    private async Task<bool> IsGoneAsync(SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (time.GetElapsedTime(begun) < AskFor)
        {
            await Task.Delay(AskEvery, time, cancellationToken);
            try
            {
                if (await store.FirstAsync(series, resolution, fromNs, toNs, cancellationToken) is null)
                {
                    return true;
                }
            }
            catch (StoreUnavailableException)
            {
                // As busy with it as when it was told.
            }
        }

        return false;
    }

    private T Read<T>(Func<RetentionTables, T> read)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction(deferred: true);
        return read(new RetentionTables(transaction));
    }

    private void Change(Action<RetentionTables> change)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction();
        change(new RetentionTables(transaction));
        transaction.Commit();
    }
}

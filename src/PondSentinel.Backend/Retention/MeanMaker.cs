using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Retention;

/// <summary>Makes the means of hours to which something came: of the records that the store has then, so that no order of arrival
/// matters, and what is made twice is the same.</summary>
/// <param name="store">The store.</param>
/// <param name="expiry">Deletes days; those that it has deleted are added to, and not made anew.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="grid">The calendar.</param>
/// <param name="time">The clock.</param>
internal sealed class MeanMaker(IRetainingStore store, Expiry expiry, Func<SqliteConnection> open, DayGrid grid, TimeProvider time)
{
    private const int AtOnce = 1_000;
    private const long HourMs = 3_600_000;

    // What comes to a deleted day comes with others, and with verdicts on them: they are let come in first.
    private static readonly TimeSpan Rest = TimeSpan.FromDays(1);

    private readonly RecordReading records = new(store, grid);

    /// <summary>Makes what is due.</summary>
    /// <param name="cancellationToken">Gives up; what was made stays.</param>
    /// <exception cref="StoreUnavailableException">The store does not answer, or refuses some days; what is left stays noted, and the others
    /// are made.</exception>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        using var connection = open();
        var faults = new PassFaults(store, time);
        List<RetentionMark> marks;
        RetentionMark? last = null;

        // Each mark once in a pass: some are done only later.
        do
        {
            using (var transaction = connection.BeginTransaction(deferred: true))
            {
                marks = new RetentionTables(transaction).Due(time.GetUtcNow().ToUnixTimeMilliseconds(), last, AtOnce);
            }

            foreach (var ofDay in marks.GroupBy(mark => (mark.Series, grid.DayOf(mark.HourMs))))
            {
                var (series, dayMs) = (ofDay.Key.Series, grid.StartOf(ofDay.Key.Item2));
                await faults.TryAsync(
                    series, dayMs, () => MakeAsync(connection, series, dayMs, [.. ofDay], cancellationToken), cancellationToken);
            }

            last = marks.LastOrDefault();
        }
        while (last is not null);
        faults.Tell();
    }

    private async Task MakeAsync(
        SqliteConnection connection, SeriesKey series, long dayMs, List<RetentionMark> marks, CancellationToken cancellationToken)
    {
        var day = await store.MeansAsync(series, Resolution.Day, dayMs, dayMs + 1, cancellationToken);
        if (day is not [{ Expired: > 0 }])
        {
            await WriteAsync(series, dayMs, marks, day.Count > 0, cancellationToken);
            Change(connection, tables => marks.ForEach(tables.SetDone));
            return;
        }

        var due = time.GetUtcNow() + Rest;
        Change(connection, tables => marks.FindAll(mark => mark.DueMs == 0).ForEach(mark => tables.PutOff(mark, due.ToUnixTimeMilliseconds())));
        var rested = marks.FindAll(mark => mark.DueMs > 0);
        if (rested.Count > 0)
        {
            var isGone = await expiry.ExpireAsync(series, dayMs, cancellationToken);
            Change(connection, tables => rested.ForEach(isGone ? tables.SetDone : mark => tables.PutOff(mark, due.ToUnixTimeMilliseconds())));
        }
    }

    // Where a day has no means yet, some of it may have come before there were marks: it is read whole.
    private async Task WriteAsync(
        SeriesKey series, long dayMs, List<RetentionMark> marks, bool isKnown, CancellationToken cancellationToken)
    {
        IEnumerable<(long FromMs, long ToMs)> stretches = isKnown
            ? marks.Select(mark => (
                DayMeans.WindowOf(grid, mark.HourMs), DayMeans.WindowOf(grid, mark.HourMs + HourMs - 1) + Resolutions.TenMinutesMs))
            : [(dayMs, dayMs + DayGrid.DayMs)];
        foreach (var (fromMs, toMs) in stretches)
        {
            var (windows, _) = await records.ReadAsync(series, fromMs, toMs, [], cancellationToken);
            await store.WriteMeansAsync(windows, cancellationToken);
        }

        var all = await store.MeansAsync(series, Resolution.TenMinutes, dayMs, dayMs + DayGrid.DayMs, cancellationToken);
        if (all.Count > 0)
        {
            await store.WriteMeansAsync([DayMeans.DayOf(series, dayMs, all)], cancellationToken);
        }
    }

    private static void Change(SqliteConnection connection, Action<RetentionTables> change)
    {
        using var transaction = connection.BeginTransaction();
        change(new RetentionTables(transaction));
        transaction.Commit();
    }
}

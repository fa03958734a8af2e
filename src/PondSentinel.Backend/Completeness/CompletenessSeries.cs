using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Completeness;

/// <summary>Keeps the ledger as a series in the measurement store: one point for each channel and day, written again when the
/// account changes.</summary>
/// <remarks>What has to be written is marked in the transaction that changes the row.</remarks>
/// <param name="connection">The state database; closed with this.</param>
/// <param name="store">The store.</param>
/// <param name="grid">The calendar.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">Told what goes wrong.</param>
internal sealed class CompletenessSeries(
    SqliteConnection connection, IMeasurementStore store, DayGrid grid, TimeProvider time, ILogger logger)
    : StoreBacklog(connection, "The completeness series waits", time, logger)
{
    /// <inheritdoc/>
    protected override int AtOnce => 1_000;

    /// <inheritdoc/>
    protected override async Task<int> WriteSomeAsync(CancellationToken cancellationToken)
    {
        List<UnwrittenDay> unwritten;
        List<DayPoint> points;
        using (var transaction = Connection.BeginTransaction(deferred: true))
        {
            unwritten = new UnwrittenTable(transaction).Some(AtOnce);
            var rows = new RowTables(transaction);
            points = unwritten.ConvertAll(day => PointOf(day, rows.Find(day.Gateway, grid.DayOf(day.StartMs), day.Channel)));
        }

        if (unwritten.Count == 0)
        {
            return 0;
        }

        var refused = await store.WriteDaysAsync(points, cancellationToken);
        foreach (var ofReason in refused.GroupBy(day => (day.Cause, day.Detail)))
        {
            Logger.LogWarning(
                "The store refuses {Count} days of the completeness series for ever ({Cause}): {Detail}. The ledger itself has them: pond-backend ledger.",
                ofReason.Count(), ofReason.Key.Cause, ofReason.Key.Detail);
        }

        using (var transaction = Connection.BeginTransaction())
        {
            var table = new UnwrittenTable(transaction);
            unwritten.ForEach(table.Remove);
            transaction.Commit();
        }

        return unwritten.Count;
    }

    // Where the row is no more, or has other tags or another calendar by now, nothing is left of the point but zeros.
    private DayPoint PointOf(UnwrittenDay day, LedgerRow? row) => new()
    {
        Gateway = day.Gateway,
        Site = day.Site,
        Station = day.Station,
        Device = day.Channel.Device,
        Channel = day.Channel.Channel,
        StartMs = day.StartMs,
        Fields = LedgerFields.Of(
            row is not null && row.Site == day.Site && row.Station == day.Station && grid.StartOf(row.Day) == day.StartMs ? row : null),
    };
}

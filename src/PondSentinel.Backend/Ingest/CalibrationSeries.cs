using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Ingest;

/// <summary>Writes calibrations to InfluxDB, where dashboards mark them in the curves.</summary>
/// <param name="connection">The state database; closed with this.</param>
/// <param name="store">The store.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">Told what goes wrong.</param>
internal sealed class CalibrationSeries(SqliteConnection connection, InfluxStore store, TimeProvider time, ILogger<CalibrationSeries> logger)
    : StoreBacklog(connection, "Calibrations wait", time, logger)
{
    private const long NsPerMs = 1_000_000;

    /// <inheritdoc/>
    protected override int AtOnce => 500;

    /// <summary>What a calibration is, in one line.</summary>
    /// <param name="record">The record.</param>
    internal static string TextOf(CalibrationRecord record) =>
        $"{record.Measurand.Label} calibrated by {record.By}{(record.IsAccepted ? "" : $", refused: {string.Join(", ", record.Reasons)}")}";

    /// <inheritdoc/>
    protected override async Task<int> WriteSomeAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Gateway, string Id)> some;
        List<CalibrationPoint> points;
        using (var transaction = Connection.BeginTransaction(deferred: true))
        {
            some = new UnwrittenCalibrations(transaction).Some(AtOnce);
            points = [.. some.SelectMany(one => PointsOf(new CalibrationTable(transaction), one.Gateway, one.Id))];
        }

        if (some.Count == 0)
        {
            return 0;
        }

        foreach (var refused in await store.WriteCalibrationsAsync(points, cancellationToken))
        {
            Logger.LogWarning(
                "The store refuses the calibration {Id} for ever ({Cause}): {Detail}. The state database has it.",
                refused.Calibration.Id, refused.Cause, refused.Detail);
        }

        using (var transaction = Connection.BeginTransaction())
        {
            var unwritten = new UnwrittenCalibrations(transaction);
            foreach (var (gateway, id) in some)
            {
                unwritten.Remove(gateway, id);
            }

            transaction.Commit();
        }

        return some.Count;
    }

    // None where its record had to make room meanwhile.
    private static IEnumerable<CalibrationPoint> PointsOf(CalibrationTable table, string gateway, string id) => table.Find(gateway, id) is { } record
        ? table.SeriesOf(gateway, record.Device, record.Channel).Where(series => series.Measurand == record.Measurand).Select(series => new CalibrationPoint
        {
            Of = series,
            TimeNs = record.TimeMs * NsPerMs,
            Id = record.Id,
            IsAccepted = record.IsAccepted,
            Text = TextOf(record),
        })
        : [];
}

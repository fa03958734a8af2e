using Microsoft.Data.Sqlite;
using PondSentinel.Averages;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Averages;

/// <summary>Keeps averages as a series in the measurement store: one point for each window, written again when late records or
/// revisions change it.</summary>
/// <remarks>What has to be written is marked in the transaction that changes the window.</remarks>
/// <param name="averages">The averages.</param>
/// <param name="connection">The state database; closed with this.</param>
/// <param name="store">The store.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">Told what goes wrong.</param>
internal sealed class AverageSeries(
    IReadOnlyList<AverageDefinition> averages,
    SqliteConnection connection,
    IMeasurementStore store,
    TimeProvider time,
    ILogger<AverageSeries> logger)
    : StoreBacklog(connection, "Averages wait", time, logger)
{
    private readonly Dictionary<string, AverageDefinition> byId = averages.ToDictionary(average => average.Id, StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override int AtOnce => 1_000;

    /// <inheritdoc/>
    protected override async Task<int> WriteSomeAsync(CancellationToken cancellationToken)
    {
        List<UnwrittenWindow> unwritten;
        List<AveragePoint> points;
        using (var transaction = Connection.BeginTransaction(deferred: true))
        {
            var tables = new AverageTables(transaction);
            unwritten = tables.Unwritten(AtOnce);
            Dictionary<long, HoursRow> rows = [];
            points = unwritten.ConvertAll(window =>
            {
                if (!rows.TryGetValue(window.Series, out var row))
                {
                    rows[window.Series] = row = tables.Find(window.Series);
                }

                return PointOf(byId[window.Average], row, window.Window);
            });
        }

        if (unwritten.Count == 0)
        {
            return 0;
        }

        var refused = await store.WriteAveragesAsync(points, cancellationToken);
        foreach (var ofReason in refused.GroupBy(average => (average.Cause, average.Detail)))
        {
            Logger.LogWarning(
                "The store refuses {Count} averages for ever ({Cause}): {Detail}. They can be made again of its values: pond-backend average.",
                ofReason.Count(), ofReason.Key.Cause, ofReason.Key.Detail);
        }

        using (var transaction = Connection.BeginTransaction())
        {
            unwritten.ForEach(new AverageTables(transaction).SetWritten);
            transaction.Commit();
        }

        return unwritten.Count;
    }

    private static AveragePoint PointOf(AverageDefinition average, HoursRow row, ToldWindow window) => new()
    {
        Of = row.Key with { Measurand = average.Gives },
        Average = average.Id,
        EndMs = HourMean.EndMs(window.EndHour, TimeSpan.FromMinutes(row.ShiftMinutes)),
        Value = window.Value.Value,
        Mean = window.Value.Mean,
        Hours = window.Value.Valid,
        Needed = average.Needed,
        Length = average.Rule.Hours,
        IsExtrapolated = window.Value.IsExtrapolated,
    };
}

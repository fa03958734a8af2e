using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Retention;

/// <summary>Sums up the records that a store has of a stretch, a reading at a time.</summary>
/// <param name="store">The store.</param>
/// <param name="grid">The calendar.</param>
internal sealed class RecordReading(IHistoryStore store, DayGrid grid)
{
    /// <summary>Reads them.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromMs">From this time on, ms since 1970.</param>
    /// <param name="toMs">Before this time.</param>
    /// <param name="but">Keys in time that are left out; rising.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Means of ten minutes, and the keys in time of all that is in them, rising.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async Task<(IReadOnlyList<MeanPoint> Windows, List<long> Keys)> ReadAsync(
        SeriesKey series, long fromMs, long toMs, long[] but, CancellationToken cancellationToken)
    {
        Dictionary<long, MeanSum> sums = [];
        List<long> keys = [];
        var (fromNs, toNs) = (fromMs * 1_000_000, toMs * 1_000_000);
        for (IReadOnlyList<HistoryPoint> points; ; fromNs = points[^1].TimeNs + 1)
        {
            points = await store.ReadAsync(series, fromNs, toNs, cancellationToken);
            foreach (var point in points.Where(point => Array.BinarySearch(but, point.TimeNs) < 0))
            {
                var window = DayMeans.WindowOf(grid, Point.MsOf(point.TimeNs));
                if (!sums.TryGetValue(window, out var sum))
                {
                    sums[window] = sum = new MeanSum(series.Measurand);
                }

                sum.Add(point);
                keys.Add(point.TimeNs);
            }

            if (points.Count < IHistoryStore.PointsMax)
            {
                return (DayMeans.WindowsOf(series, sums), keys);
            }
        }
    }
}

using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Web.History;

/// <summary>What stood out in a series, with means in the place of values that were deleted for their age.</summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
internal sealed class LongSketch(IRetainingStore store, TimeProvider time)
{
    // More of them than anybody sees in a picture, and days are read in their stead.
    private const long TenMinutesMax = 60 * Resolutions.DayMs;

    /// <summary>Reads it.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromMs">From this time on, ms since 1970.</param>
    /// <param name="toMs">Before this time.</param>
    /// <param name="bucketMs">Length of a stretch that is wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The stretches, how long each is, no shorter than means are, and whether there are means among them.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async Task<(IReadOnlyList<SeriesBucket> Buckets, long BucketMs, bool HasMeans)> ReadAsync(
        SeriesKey series, long fromMs, long toMs, long bucketMs, CancellationToken cancellationToken)
    {
        var means = await ExpiredAsync(series, fromMs, toMs, cancellationToken);
        var length = means.Count == 0 ? bucketMs : Math.Max(bucketMs, means[0].Resolution.LengthMs);
        var sketch = await store.SketchAsync(series, fromMs * 1_000_000, toMs * 1_000_000, length, cancellationToken);
        if (means.Count == 0)
        {
            return (sketch, length, false);
        }

        var buckets = sketch.ToDictionary(bucket => bucket.StartMs);
        foreach (var group in means.GroupBy(mean => Math.Max(mean.StartMs, fromMs) / length * length))
        {
            var sum = new MeanSum(series.Measurand);
            foreach (var mean in group)
            {
                sum.Add(mean.Value);
            }

            // A stretch on the border of what is kept has values of its own: they are nearer to the truth.
            buckets.TryAdd(group.Key, Of(group.Key, sum.Value));
        }

        return ([.. buckets.Values.OrderBy(bucket => bucket.StartMs)], length, true);
    }

    private static SeriesBucket Of(long startMs, MeanValue value) =>
        new(startMs, value.Mean, value.Mean, value.Min, value.Max, value.Mean, value.Records, value.Worst);

    private async Task<IReadOnlyList<MeanPoint>> ExpiredAsync(
        SeriesKey series, long fromMs, long toMs, CancellationToken cancellationToken)
    {
        if (fromMs > (time.GetUtcNow() - StoreRetention.RecordsMin).ToUnixTimeMilliseconds())
        {
            return [];
        }

        // A day that began before the stretch reaches into it.
        var days = await store.MeansAsync(series, Resolution.Day, fromMs - Resolutions.DayMs + 1, toMs, cancellationToken);
        if (!days.Any(day => day.Expired > 0))
        {
            return [];
        }

        var windows = toMs - fromMs > TenMinutesMax
            ? []
            : await store.MeansAsync(series, Resolution.TenMinutes, fromMs, toMs, cancellationToken);
        return [.. (windows.Any(window => window.Expired > 0) ? windows : days).Where(mean => mean.Expired > 0)];
    }
}

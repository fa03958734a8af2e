using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Web.History;

/// <summary>Points as columns, and where some are missing. Pure.</summary>
internal static class SeriesPoints
{
    // A poll may be a little late, and one that failed is a point too: what is two and a half intervals apart lacks one.
    private const double IntervalsMax = 2.5;

    /// <summary>Columns of values, each by itself.</summary>
    /// <param name="points">They, oldest first.</param>
    public static SeriesColumns Of(IReadOnlyList<HistoryPoint> points)
    {
        double?[] values = [.. points.Select(point => point.Value)];
        return new SeriesColumns
        {
            TimeMs = [.. points.Select(point => Point.MsOf(point.TimeNs))],
            First = values,
            Last = values,
            Min = values,
            Max = values,
            Mean = values,
            Count = [.. points.Select(_ => 1L)],
            Flag = [.. points.Select(point => Wording.Token(point.Flag))],
            Why = [.. points.Select(point => PointText.OfWhy(point.Why))],
        };
    }

    /// <summary>Columns of stretches.</summary>
    /// <param name="buckets">They, oldest first.</param>
    public static SeriesColumns Of(IReadOnlyList<SeriesBucket> buckets) => new()
    {
        TimeMs = [.. buckets.Select(bucket => bucket.StartMs)],
        First = [.. buckets.Select(bucket => bucket.First)],
        Last = [.. buckets.Select(bucket => bucket.Last)],
        Min = [.. buckets.Select(bucket => bucket.Min)],
        Max = [.. buckets.Select(bucket => bucket.Max)],
        Mean = [.. buckets.Select(bucket => bucket.Mean)],
        Count = [.. buckets.Select(bucket => bucket.Count)],
        Flag = [.. buckets.Select(bucket => Wording.Token(bucket.Worst))],
        Why = null,
    };

    /// <summary>Where points are missing.</summary>
    /// <param name="timesMs">Times of the points, oldest first.</param>
    /// <param name="intervalMs">Time between polls, ms; 0 where nobody has said: then what is usual among the points.</param>
    /// <param name="bucketMs">What each stands for, ms; 0 for a value.</param>
    public static IReadOnlyList<GapView> Gaps(IReadOnlyList<long> timesMs, long intervalMs, long bucketMs)
    {
        var apart = timesMs.Skip(1).Zip(timesMs, (later, earlier) => later - earlier).ToList();
        if (apart.Count == 0)
        {
            return [];
        }

        var usual = Math.Max(intervalMs, apart.Order().ElementAt(apart.Count / 2));
        var most = Math.Max(usual * IntervalsMax, bucketMs == 0 ? 0 : bucketMs * 1.5);
        return [.. apart.Index().Where(step => step.Item > most)
            .Select(step => new GapView(timesMs[step.Index] + Math.Max(bucketMs, 0), timesMs[step.Index + 1]))];
    }
}

using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Backup;

/// <summary>Copies what an embedded store holds into another store, and holds each value against what can be read there.</summary>
/// <remarks>Nothing is deleted. The same point twice is one point, so a copy that broke off is made again from its beginning.</remarks>
/// <param name="from">The embedded store.</param>
/// <param name="to">Where to.</param>
/// <param name="back">The same store, to be read.</param>
internal sealed class StoreCopy(EmbeddedStore from, IStore to, IHistoryStore back)
{
    private const int PointsAtOnce = 5_000;

    /// <summary>How many points were copied so far.</summary>
    public long Points { get; private set; }

    /// <summary>What the other store refuses for good, a line each.</summary>
    public List<string> Refused { get; } = [];

    /// <summary>Copies everything.</summary>
    /// <param name="done">Told of each series when it is done, with how many points it has.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <exception cref="StoreUnavailableException">The other store does not take it, or gives other values back than it was given.
    /// </exception>
    /// <exception cref="IOException">The embedded store cannot be read.</exception>
    public async Task RunAsync(Action<SeriesKey, long> done, CancellationToken cancellationToken)
    {
        foreach (var series in from.Series())
        {
            var before = Points;
            await CopyAsync(series, cancellationToken);
            done(series, Points - before);
        }

        foreach (var days in from.Days().Chunk(PointsAtOnce))
        {
            Refused.AddRange((await to.WriteDaysAsync(days, cancellationToken)).Select(day => $"a day of the ledger: {day.Detail}"));
        }

        Refused.AddRange((await to.WriteSamplesAsync(from.Samples(), cancellationToken)).Select(sample => $"a grab sample: {sample.Detail}"));
        Refused.AddRange((await to.WriteEpisodesAsync(from.Episodes(), cancellationToken)).Select(episode => $"an episode of an alert: {episode.Detail}"));
        Refused.AddRange((await to.WriteAveragesAsync(from.Averages(), cancellationToken)).Select(average => $"an average: {average.Detail}"));
        foreach (var means in from.Means().Chunk(PointsAtOnce))
        {
            await to.WriteMeansAsync(means, cancellationToken);
        }
    }

    private async Task CopyAsync(SeriesKey series, CancellationToken cancellationToken)
    {
        var after = long.MinValue;
        while (from.Points(series, after, PointsAtOnce) is { Count: > 0 } points)
        {
            var refused = (await to.WriteAsync(points, cancellationToken)).Select(point => (point.Point.TimeNs, point.Detail)).ToList();
            Refused.AddRange(refused.Select(point => $"a value of {series.Measurand.WireName} of {series.Device}.{series.Channel}: {point.Detail}"));
            var (first, last) = (points[0].TimeNs, points[^1].TimeNs);
            var written = (await from.ReadAsync(series, first, last + 1, cancellationToken))
                .ExceptBy(refused.Select(point => point.TimeNs), point => point.TimeNs).ToList();
            await back.AdjustAsync(
                series,
                [.. written.Where(point => point.Adjusted is not null).Select(point => new AdjustedPoint(point.TimeNs, point.Adjusted!.Value, point.AdjustedBy!))],
                cancellationToken);
            await CompareAsync(series, written, first, last, cancellationToken);
            Points += points.Count - refused.Count;
            after = last;
        }
    }

    private async Task CompareAsync(SeriesKey series, List<HistoryPoint> written, long first, long last, CancellationToken cancellationToken)
    {
        var read = (await back.ReadAsync(series, first, last + 1, cancellationToken)).ToDictionary(point => point.TimeNs);
        foreach (var point in written.Where(point => !read.TryGetValue(point.TimeNs, out var other) || other != point))
        {
            throw new StoreUnavailableException(
                $"{series.Measurand.WireName} of {series.Device}.{series.Channel} at {DateTimeOffset.FromUnixTimeMilliseconds(point.TimeNs / 1_000_000):O} was written as {point} and reads as {read.GetValueOrDefault(point.TimeNs)?.ToString() ?? "nothing"}");
        }
    }
}

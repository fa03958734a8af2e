using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Storage;

namespace PondSentinel.Tests.Backend.Backup;

public sealed class StoreCopyTests : IAsyncDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pond-copy").FullName;
    private readonly EmbeddedStore from, to;

    public StoreCopyTests() => (from, to) = (new EmbeddedStore(Path.Combine(root, "from.db")), new EmbeddedStore(Path.Combine(root, "to.db")));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await from.DisposeAsync();
        await to.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Points_are_whole_and_a_revision_stays_one()
    {
        Point[] points = [MeasurementStoreContract.PointOf(1), MeasurementStoreContract.PointOf(2, null) with { IsRevision = true }];
        Assert.Empty(await from.WriteAsync(points, Cancelled));
        await new StoreCopy(from, to, to).RunAsync((_, _) => { }, Cancelled);
        Assert.Equal(points, to.Points(to.Series()[0], long.MinValue, 10));
    }

    /// <summary>The state has them as written: nobody writes them again.</summary>
    [Fact]
    public async Task Averages_come_along()
    {
        AveragePoint[] averages =
        [
            new()
            {
                Of = SeriesKey.Of(MeasurementStoreContract.PointOf(1)), Average = "pm10-day", EndMs = 1_782_907_200_000, Value = 151.2, Mean = 151.25,
                Hours = 21, Needed = 20, Length = 24,
            },
        ];
        Assert.Empty(await from.WriteAveragesAsync(averages, Cancelled));
        await new StoreCopy(from, to, to).RunAsync((_, _) => { }, Cancelled);
        Assert.Equal(averages, to.Averages());
    }

    [Fact]
    public async Task Store_that_gives_another_value_back_ends_the_copy()
    {
        Assert.Empty(await from.WriteAsync([.. Enumerable.Range(0, 9).Select(i => MeasurementStoreContract.PointOf(i))], Cancelled));
        var copy = new StoreCopy(from, to, new LyingStore(to));
        var ended = await Assert.ThrowsAsync<StoreUnavailableException>(() => copy.RunAsync((_, _) => { }, Cancelled));
        Assert.Contains("was written as", ended.Message, StringComparison.Ordinal);
        Assert.Equal(0, copy.Points);
    }

    // One value, in its last bit.
    private sealed class LyingStore(IHistoryStore store) : IHistoryStore
    {
        public async Task<IReadOnlyList<HistoryPoint>> ReadAsync(SeriesKey series, long fromNs, long toNs, CancellationToken cancellationToken) =>
            [.. (await store.ReadAsync(series, fromNs, toNs, cancellationToken)).Select((point, i) => i == 4 ? point with { Value = Math.BitIncrement(point.Value!.Value) } : point)];

        public Task AdjustAsync(SeriesKey series, IReadOnlyList<AdjustedPoint> points, CancellationToken cancellationToken) =>
            store.AdjustAsync(series, points, cancellationToken);

        public Task<IReadOnlyList<SeriesBucket>> SketchAsync( SeriesKey series, long fromNs, long toNs, long bucketMs, CancellationToken cancellationToken) =>
            store.SketchAsync(series, fromNs, toNs, bucketMs, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

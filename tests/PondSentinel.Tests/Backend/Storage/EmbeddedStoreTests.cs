using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Storage;

public sealed class EmbeddedStoreTests : MeasurementStoreContract, IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-store-").FullName;
    private EmbeddedStore store;

    public EmbeddedStoreTests() => store = new EmbeddedStore(File);

    protected override IMeasurementStore Store => store;

    private string File => Path.Combine(folder, "values.db");

    protected override Task<IReadOnlyList<DayPoint>> ReadDaysAsync() => Task.FromResult(store.Days());

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Original_that_comes_after_its_revision_does_not_undo_it()
    {
        var original = PointOf(1, 5);
        var revision = PointOf(1, 5) with { IsRevision = true, Value = original.Value with { Why = Measurements.Why.Flat } };
        await store.WriteAsync([revision], Cancelled);
        await store.WriteAsync([original], Cancelled);
        Assert.Equal([StoredPoint.Of(revision)], await ReadAsync(SeriesKey.Of(original)));
    }

    [Fact]
    public async Task Points_are_there_after_a_restart_and_more_can_be_added()
    {
        await store.WriteAsync([PointOf(1)], Cancelled);
        await store.DisposeAsync();
        store = new EmbeddedStore(File);
        await store.WriteAsync([PointOf(2)], Cancelled);
        Assert.Equal([1L, 2L], (await ReadAsync(SeriesKey.Of(PointOf(1)))).Select(point => point.Sequence));
    }

    [Fact]
    public async Task Newest_is_one_point_of_every_series()
    {
        await store.WriteAsync([PointOf(1), PointOf(3), PointOf(2), PointOf(1) with { Channel = "ph" }], Cancelled);
        Assert.Equal(
            [("nh4n", 3L), ("ph", 1L)], store.Newest().Select(point => (point.Series.Channel, point.Sequence)));
    }

    [Fact]
    public async Task Range_gives_the_newest_of_it_oldest_first()
    {
        await store.WriteAsync([.. Enumerable.Range(0, 10).Select(number => PointOf(number))], Cancelled);
        var range = store.Range(SeriesKey.Of(PointOf(0)), PointOf(2).TimeNs, PointOf(8).TimeNs, 3);
        Assert.Equal([6L, 7L, 8L], range.Select(point => point.Sequence));
    }

    [Fact]
    public async Task Records_of_an_epoch_are_counted_once_however_many_values_they_have()
    {
        await store.WriteAsync(
            [PointOf(1), PointOf(2), PointOf(2) with { Channel = "ph" }, PointOf(3) with { Epoch = "other" }], Cancelled);
        Assert.Equal(2, store.CountRecords(PointOf(1).Epoch, 0));
        Assert.Equal(1, store.CountRecords(PointOf(1).Epoch, PointOf(2).TimeNs));
        Assert.Equal(1, store.CountRecords("other", 0));
    }

    [Fact]
    public void File_that_is_no_database_is_one_clear_line()
    {
        var path = Path.Combine(folder, "other.db");
        System.IO.File.WriteAllText(path, new string('x', 4096));
        var error = Assert.Throws<IOException>(() => new EmbeddedStore(path));
        Assert.Equal($"{path} is no SQLite database. Name another folder, or move the file away.", error.Message);
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    protected override Task<IReadOnlyList<StoredPoint>> ReadAsync(SeriesKey series) =>
        Task.FromResult(store.Range(series, long.MinValue, long.MaxValue, int.MaxValue));
}

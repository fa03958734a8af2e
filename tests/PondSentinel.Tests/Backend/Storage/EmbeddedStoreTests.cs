using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Storage;

public sealed class EmbeddedStoreTests : MeasurementStoreContract, IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-store-").FullName;
    private EmbeddedStore store;

    public EmbeddedStoreTests() => store = new EmbeddedStore(File);

    protected override IMeasurementStore Store => store;

    private string File => Path.Combine(folder, "values.db");

    protected override Task<IReadOnlyList<DayPoint>> ReadDaysAsync() => Task.FromResult(store.Days());

    protected override Task<IReadOnlyList<SamplePoint>> ReadSamplesAsync() => Task.FromResult(store.Samples());

    protected override Task<IReadOnlyList<AveragePoint>> ReadAveragesAsync() => Task.FromResult(store.Averages());

    protected override Task<IReadOnlyList<EpisodePoint>> ReadEpisodesAsync() => Task.FromResult(store.Episodes());

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
    public async Task Alerts_of_a_file_of_before_are_there_and_more_can_be_added()
    {
        var episode = new EpisodePoint
        {
            Of = SeriesKey.Of(PointOf(1)), Rule = "leak", TimeNs = 1, Id = "leak.1", Standing = "over", Severity = "high", SinceMs = 1, RaisedMs = 2,
            ClearedMs = 3, Peak = 16, Notices = 2, Summary = "",
        };
        await store.WriteEpisodesAsync([episode], Cancelled);
        await store.DisposeAsync();
        using (var old = new SqliteConnection($"Data Source={File}"))
        {
            old.Open();
            using var command = old.CreateCommand();
            command.CommandText = "ALTER TABLE alert DROP COLUMN peak_bound";
            command.ExecuteNonQuery();
        }

        SqliteConnection.ClearAllPools();
        store = new EmbeddedStore(File);
        var more = episode with { TimeNs = 2, Id = "leak.2", IsPeakBound = true };
        await store.WriteEpisodesAsync([more], Cancelled);

        Assert.Equal([episode, more], store.Episodes());
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
        Task.FromResult<IReadOnlyList<StoredPoint>>(Read(series));

    private List<StoredPoint> Read(SeriesKey key)
    {
        using var connection = SqliteFile.Open(File);
        using var transaction = connection.BeginTransaction(deferred: true);
        return transaction.Query(
            """
            SELECT p.time_ns, p.value, p.raw, p.lo, p.hi, p.qc, p.seq, p.ep, p.clk, p.cal, p.why
            FROM series s JOIN point p ON p.series = s.id
            WHERE s.gateway = $gateway AND s.device = $device AND s.channel = $channel AND s.measurand = $measurand
              AND s.station = $station AND s.site = $site ORDER BY p.time_ns
            """,
            row => PointOf(key, row),
            ("$gateway", key.Gateway), ("$device", key.Device), ("$channel", key.Channel),
            ("$measurand", key.Measurand.WireName), ("$station", key.Station), ("$site", key.Site));
    }

    private static StoredPoint PointOf(SeriesKey key, SqliteDataReader row)
    {
        Assert.True(ClockSourceTokens.TryParse(row.GetString(8), out var clock));
        return new StoredPoint(
            key,
            row.GetInt64(0),
            row.Optional<double>(1),
            row.Optional<double>(2),
            row.Optional<double>(3),
            row.Optional<double>(4),
            (QualityFlag)row.GetInt64(5),
            row.GetInt64(6),
            row.GetString(7),
            clock,
            row.GetString(9),
            PointText.ParseWhy(row.GetString(10)));
    }
}

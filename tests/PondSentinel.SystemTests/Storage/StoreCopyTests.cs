using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Backend.Storage;

namespace PondSentinel.SystemTests.Storage;

/// <summary>Moving from the embedded store to a real InfluxDB.</summary>
public sealed class StoreCopyTests : IAsyncLifetime
{
    private const int PointsEach = 6_000;

    private string folder = null!;
    private InfluxDb server = null!;
    private EmbeddedStore from = null!;
    private InfluxStore to = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        folder = TestFolder.Create();
        server = await InfluxDb.StartAsync(folder);
        from = new EmbeddedStore(Path.Combine(folder, "store.db"));
        to = new InfluxStore(new InfluxOptions { Url = server.Url, Database = "pond" }, TimeProvider.System, NullLogger<InfluxStore>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await to.DisposeAsync();
        await from.DisposeAsync();
        await server.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Every_value_arrives_with_its_quality_its_raw_number_and_what_was_computed_anew_and_twice_changes_nothing()
    {
        foreach (var station in new[] { "pond-a", "stream" })
        {
            Assert.Empty(await from.WriteAsync([.. Enumerable.Range(0, PointsEach).Select(i => PointOf(i, station))], Cancelled));
        }

        var series = SeriesKey.Of(PointOf(0, "stream"));
        await from.AdjustAsync(series, [new AdjustedPoint(PointOf(7, "stream").TimeNs, 0.1 + 0.2, "c2")], Cancelled);
        Assert.Empty(await from.WriteAveragesAsync(
            [
                new AveragePoint
                {
                    Of = series, Average = "nh4-day", EndMs = PointOf(0, "stream").TimeMs, Value = 1.25, Mean = 1.25, Hours = 24, Needed = 18, Length = 24,
                },
            ],
            Cancelled));

        for (var time = 0; time < 2; time++)
        {
            var copy = new StoreCopy(from, to, to);
            await copy.RunAsync((_, _) => { }, Cancelled);
            Assert.Equal([], copy.Refused);
            Assert.Equal(2 * PointsEach, copy.Points);
        }

        Assert.Equal(await AllAsync(from, series), await AllAsync(to, series));
        Assert.Equal(2 * PointsEach, (await server.QueryAsync("pond", "SELECT count(\"qc\") FROM ammonium_n_mg_l"))[0].Whole("count"));
        Assert.Equal(1, (await server.QueryAsync("pond", $"SELECT count(\"hours\") FROM {AveragePoint.Measurement}"))[0].Whole("count"));
    }

    [Fact]
    public async Task Copy_into_a_server_that_is_away_says_so_and_goes_through_later()
    {
        Assert.Empty(await from.WriteAsync([.. Enumerable.Range(0, 100).Select(i => PointOf(i, "stream"))], Cancelled));
        await server.KillAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => new StoreCopy(from, to, to).RunAsync((_, _) => { }, Cancelled));
        await server.StartAsync();
        var copy = new StoreCopy(from, to, to);
        await copy.RunAsync((_, _) => { }, Cancelled);
        Assert.Equal(100, copy.Points);
    }

    private static Point PointOf(int i, string station)
    {
        var point = MeasurementStoreContract.PointOf(i, i % 50 == 49 ? null : Math.Sqrt(i));
        return point with
        {
            Station = station,
            TimeNs = Point.KeyNs(point.TimeMs + (i * 60_000L), i),
            Value = point.Value with
            {
                Raw = i % 3 == 0 ? Math.Exp(i / 1000.0) : null,
                Calibration = i % 3 == 0 ? "c1" : null,
                Flag = i % 50 == 49 ? QualityFlag.Missing : QualityFlag.Suspect,
                Why = i % 50 == 49 ? Why.NoAnswer : Why.Spike | Why.Rate,
            },
        };
    }

    private static async Task<List<HistoryPoint>> AllAsync(IHistoryStore store, SeriesKey series) =>
        [.. await store.ReadAsync(series, 0, long.MaxValue - 1, Cancelled)];
}

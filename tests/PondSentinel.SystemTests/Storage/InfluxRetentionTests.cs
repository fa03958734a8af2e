using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Backend.Retention;
using PondSentinel.Tests.Backend.Storage;

namespace PondSentinel.SystemTests.Storage;

/// <summary>A real InfluxDB that is kept small: what is old goes, and its means stay.</summary>
public sealed class InfluxRetentionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Old_records_go_after_their_means_are_written_whatever_fails_between_and_each_is_counted()
    {
        var folder = TestFolder.Create();
        await using var server = await InfluxDb.StartAsync(folder);
        await using var bench = new RetentionBench(TimeSpan.FromHours(8), _ => new InfluxStore(
            new InfluxOptions { Url = server.Url }, TimeProvider.System, NullLogger<InfluxStore>.Instance));

        // Three days that are too old for records, one too old for means of ten minutes, and today.
        DateTimeOffset[] days = [At(-95), At(-60), At(-59), At(-58), At(0)];
        var points = days.SelectMany((day, group) => Enumerable.Range(0, 250).Select(number => PointOf((group * 250) + number, day.AddMinutes(number), number))).ToList();
        await bench.StoreAsync([.. points]);
        for (var fails = 0; fails < 40; fails++)
        {
            (bench.Failing.FailsAfter, bench.Failing.FailsDone) = (fails, fails % 2 == 0);
            await bench.TryAsync();
            bench.Restart();
        }

        bench.Failing.FailsAfter = -1;
        await bench.SettleAsync();

        var series = SeriesKey.Of(points[0]);
        Assert.Equal(1_000, bench.Expired());
        Assert.Equal(points[1_000..].Select(point => point.TimeNs), (await bench.Store.ReadAsync(series, 0, long.MaxValue, Cancelled)).Select(point => point.TimeNs));
        var ofDays = await bench.Store.MeansAsync(series, Resolution.Day, 0, 4_000_000_000_000, Cancelled);
        Assert.Equal([250, 250, 250, 250, 0], ofDays.Select(day => day.Expired));
        Assert.All(ofDays, day => Assert.Equal(new MeanValue(250, 250, 124.5, 0, 249, null, QualityFlag.Good), day.Value));
        Assert.Equal(4 * 25, (await bench.Store.MeansAsync(series, Resolution.TenMinutes, 0, 4_000_000_000_000, Cancelled)).Count);
        TestFolder.ShowLogsOnFailure(folder);
    }

    private static DateTimeOffset At(int days) => new DateTimeOffset(2026, 7, 1, 2, 0, 0, TimeSpan.Zero).AddDays(days);

    private static Point PointOf(int number, DateTimeOffset at, double value) => MeasurementStoreContract.PointOf(number, value) with
    {
        TimeNs = Point.KeyNs(at.ToUnixTimeMilliseconds(), number),
    };
}

using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Storage;

namespace PondSentinel.Tests.Backend.Retention;

/// <summary>Whatever the order of arrival, and wherever it breaks off and starts anew: the means of all records there ever were, and each
/// record either in the store or counted as expired.</summary>
public sealed class RetentionProperties
{
    private static readonly DateTimeOffset Last = new(2026, 6, 30, 0, 0, 0, TimeSpan.Zero);

    // Whole numbers, so that a mean of means is the mean; about the age at which records and means go.
    private static readonly Gen<Point[]> GenPoints =
        Gen.Select(Gen.Int[0, 100 * 24 * 60], Gen.Int[-40, 40], Gen.Frequency((6, Gen.Const(QualityFlag.Good)), (1, Gen.Const(QualityFlag.Suspect)), (1, Gen.Const(QualityFlag.Fail)), (1, Gen.Const(QualityFlag.Missing))))
            .Array[1, 40].Select(all => all.Select((one, number) => PointOf(number, Last.AddMinutes(-one.Item1), one.Item2, one.Item3)).ToArray());

    [Fact]
    public async Task Any_order_and_any_failure_end_in_the_means_of_all_records_and_each_is_there_or_counted()
    {
        await Gen.Select(GenPoints, Gen.Int[0, 3], Gen.Int, Gen.OneOf(Gen.Const(TimeSpan.Zero), Gen.Const(TimeSpan.FromHours(8)), Gen.Const(TimeSpan.FromMinutes(-345)))).SampleAsync(
            async (points, restarts, seed, offset) =>
            {
                await using var bench = new RetentionBench(offset);
                var random = new Random(seed);
                List<Point> arriving = [.. points];
                random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(arriving));
                foreach (var group in arriving.Chunk(1 + random.Next(20)))
                {
                    await bench.StoreAsync(group);
                    (bench.Failing.FailsAfter, bench.Failing.FailsDone) = (random.Next(-1, 60), random.Next(2) == 0);
                    await bench.TryAsync();
                    if (random.Next(4) < restarts)
                    {
                        bench.Restart();
                    }

                    bench.Time.Advance(TimeSpan.FromHours(random.Next(30)));
                }

                bench.Failing.FailsAfter = -1;
                await bench.SettleAsync();
                await CheckAsync(bench, points, (long)offset.TotalMilliseconds);
            },
            iter: TestDepth.Cases(25),
            threads: 1);
    }

    private static async Task CheckAsync(RetentionBench bench, Point[] points, long offsetMs)
    {
        var series = SeriesKey.Of(points[0]);
        var left = await bench.Store.ReadAsync(series, -MeanMarks.TimeNsMax, MeanMarks.TimeNsMax, TestContext.Current.CancellationToken);
        Assert.Equal(points.Length, left.Count + bench.Expired());
        Assert.Equal((0, 0), (bench.Waiting("retention_mark"), bench.Waiting("retention_intent")));

        var days = await bench.Store.MeansAsync(series, Resolution.Day, -1_000_000_000_000, 4_000_000_000_000, TestContext.Current.CancellationToken);
        Assert.Equal(points.Length, days.Sum(day => day.Value.Records));
        Assert.Equal(bench.Expired(), days.Sum(day => day.Expired));
        foreach (var ofDay in points.GroupBy(point => FloorTo(point.TimeMs + offsetMs, 86_400_000) - offsetMs))
        {
            AssertIs(ofDay, Assert.Single(days, day => day.StartMs == ofDay.Key).Value);
        }

        var windows = await bench.Store.MeansAsync(series, Resolution.TenMinutes, -1_000_000_000_000, 4_000_000_000_000, TestContext.Current.CancellationToken);
        var kept = FloorTo((bench.Time.GetUtcNow() - bench.Retention.TenMinutes).ToUnixTimeMilliseconds() + offsetMs, 86_400_000) - offsetMs;
        Assert.All(windows, window => Assert.True(window.StartMs >= kept - (3 * 86_400_000L)));
        foreach (var ofWindow in points.GroupBy(point => FloorTo(point.TimeMs + offsetMs, 600_000) - offsetMs).Where(window => window.Key >= kept))
        {
            AssertIs(ofWindow, Assert.Single(windows, window => window.StartMs == ofWindow.Key).Value);
        }
    }

    private static long FloorTo(long ms, long length) => (long)Math.Floor(ms / (double)length) * length;

    private static void AssertIs(IEnumerable<Point> points, MeanValue mean)
    {
        var all = points.ToList();
        var counted = all.Where(point => new AlertSample(default, point.Value.Value, point.Value.Flag, point.Value.Why).IsEvidence)
            .Select(point => point.Value.Value!.Value).ToList();
        Assert.Equal((all.Count, counted.Count, all.Max(point => point.Value.Flag)), (mean.Records, mean.Count, mean.Worst));
        Assert.Equal(counted.Count == 0 ? (null, null) : (counted.Min(), counted.Max()), (mean.Min, mean.Max));
        Assert.Equal(counted.Count == 0, mean.Mean is null);
        Assert.True(counted.Count == 0 || Math.Abs(counted.Average() - mean.Mean!.Value) < 1e-9, $"{mean}");
    }

    private static Point PointOf(int number, DateTimeOffset at, double value, QualityFlag flag)
    {
        var point = MeasurementStoreContract.PointOf(number, flag == QualityFlag.Missing ? null : value);
        return point with { TimeNs = Point.KeyNs(at.ToUnixTimeMilliseconds(), number), Value = point.Value with { Flag = flag } };
    }
}

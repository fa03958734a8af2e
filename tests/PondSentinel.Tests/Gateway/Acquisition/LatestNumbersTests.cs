using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class LatestNumbersTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Number_holds_for_two_intervals_of_its_device_and_no_longer()
    {
        var latest = new LatestNumbers(time);
        latest.Note("pond-t", Interval, [Value(18.5, QualityFlag.Good)]);

        time.Advance(Interval * 2);
        Assert.Equal(18.5, latest.Of("pond-t.t"));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(latest.Of("pond-t.t"));
        Assert.Null(latest.Of("pond-t.u"));
        Assert.Null(latest.Of("pond-u.t"));
    }

    [Fact]
    public void Number_of_a_device_that_is_polled_seldom_holds_for_an_hour_and_a_half()
    {
        var latest = new LatestNumbers(time);
        latest.Note("pond-t", TimeSpan.FromDays(1), [Value(18.5, QualityFlag.Good)]);

        time.Advance(TimeSpan.FromMinutes(90));
        Assert.Equal(18.5, latest.Of("pond-t.t"));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(latest.Of("pond-t.t"));
    }

    [Theory]
    [InlineData(QualityFlag.Good, 19.0)]
    [InlineData(QualityFlag.NotEvaluated, 19.0)]
    [InlineData(QualityFlag.Suspect, 18.5)]
    [InlineData(QualityFlag.Fail, 18.5)]
    [InlineData(QualityFlag.Missing, 18.5)]
    public void Doubted_number_neither_replaces_nor_renews_a_good_one(QualityFlag flag, double expected)
    {
        var latest = new LatestNumbers(time);
        latest.Note("pond-t", Interval, [Value(18.5, QualityFlag.Good)]);
        time.Advance(Interval);
        latest.Note("pond-t", Interval, [Value(flag == QualityFlag.Missing ? null : 19.0, flag)]);
        Assert.Equal(expected, latest.Of("pond-t.t"));

        time.Advance(Interval + TimeSpan.FromSeconds(1));
        Assert.Equal(expected == 19.0 ? 19.0 : null, latest.Of("pond-t.t"));
    }

    [Fact]
    public async Task Poll_leaves_its_good_numbers_to_others()
    {
        var clocks = new TestClocks();
        await using var log = new MemoryLog();
        var latest = new LatestNumbers(clocks);
        var sensor = new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(10), number => number == 1 ? ScriptedSensor.Ph(7) : ScriptedSensor.Silent);
        using var stop = new CancellationTokenSource();
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var running = new BusWorker(
            [ScriptedSensor.Device("probe", Interval, sensor) with { Latest = latest }],
            new RecordSink(log, "zudong", "9f3c01d2", witness: null),
            clock,
            clocks,
            NullLogger.Instance).RunAsync(stop.Token);

        clocks.Run(TimeSpan.FromSeconds(15), TimeSpan.FromMilliseconds(50));
        Assert.Equal(7, latest.Of("probe.ph"));
        clocks.Run(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(50));
        Assert.Null(latest.Of("probe.ph"));
        await stop.CancelAsync();
        await running;
    }

    private static ChannelValue Value(double? value, QualityFlag flag) => new()
    {
        Channel = "t", Measurand = Measurand.WaterTemperature, Value = value, Flag = flag, Why = Why.None,
    };
}

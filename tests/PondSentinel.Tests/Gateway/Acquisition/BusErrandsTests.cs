using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class BusErrandsTests : IAsyncDisposable
{
    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();
    private readonly BusErrands errands = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Errand_is_done_between_two_polls_and_does_not_wait_for_the_next()
    {
        var sensor = new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(200), _ => ScriptedSensor.Ph(7));
        var device = ScriptedSensor.Device("probe", TimeSpan.FromHours(1), sensor) with { Errands = errands };
        SynchronizationContext.SetSynchronizationContext(null);
        using var stop = new CancellationTokenSource();
        var running = new BusWorker(
            [device], new RecordSink(log, "zudong", "9f3c01d2", witness: null), new GatewayClock(clocks, clocks, new ClockOptions()), clocks, NullLogger.Instance)
            .RunAsync(stop.Token);
        clocks.Run(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(50));
        Assert.Single(sensor.Asked);

        Assert.Equal(42, await errands.RunAsync("probe", _ => ValueTask.FromResult(42), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<InvalidOperationException>(() => errands.RunAsync<int>(
            "probe", _ => throw new InvalidOperationException("its giver's trouble"), TestContext.Current.CancellationToken));
        Assert.Single(sensor.Asked);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Device_in_the_middle_of_a_poll_is_left_alone_and_others_are_not()
    {
        var first = errands.RunAsync("busy", _ => ValueTask.FromResult("busy"), TestContext.Current.CancellationToken);
        var second = errands.RunAsync("free", _ => ValueTask.FromResult("free"), TestContext.Current.CancellationToken);
        Assert.True(errands.Come.IsCompleted);

        await errands.Take(device => device == "busy")!.DoAsync(null!);
        Assert.Null(errands.Take(device => device == "busy"));
        Assert.False(first.IsCompleted);
        Assert.Equal("free", await second);

        await errands.Take(_ => false)!.DoAsync(null!);
        Assert.Equal("busy", await first);
        Assert.False(errands.Come.IsCompleted);
    }
}

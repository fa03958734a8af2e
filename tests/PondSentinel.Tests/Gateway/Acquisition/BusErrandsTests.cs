using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class BusErrandsTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

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

    /// <summary>Nobody would ever do it, and whoever waits for it would wait for ever.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Errand_that_waits_when_its_device_goes_is_refused_and_so_is_one_that_comes_later(bool isLast)
    {
        var probe = ScriptedSensor.Device("probe", TimeSpan.FromHours(1), new WarmingSensor()) with { Errands = errands };
        var other = ScriptedSensor.Device("other", TimeSpan.FromHours(1), new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(200), _ => ScriptedSensor.Ph(7)))
            with { Errands = errands };
        SynchronizationContext.SetSynchronizationContext(null);
        using var stop = new CancellationTokenSource();
        var fleet = new BusFleet((_, devices) => new BusWorker(
            devices, new RecordSink(log, "zudong", "9f3c01d2", witness: null), new GatewayClock(clocks, clocks, new ClockOptions()), clocks, NullLogger.Instance));
        var running = fleet.RunAsync(isLast ? [probe] : [probe, other], stop.Token);
        clocks.Run(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(50));
        var asked = AskAsync();
        Assert.False(asked.IsCompleted);

        await fleet.RemoveAsync([probe]).WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.StartsWith("probe is asked no more", (await Assert.ThrowsAsync<ControlRefusedException>(() => asked)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ControlRefusedException>(AskAsync);
        await stop.CancelAsync();
        await running;

        // One that comes again is served.
        errands.Serve(["probe"]);
        var again = AskAsync();
        await errands.Take(_ => false)!.DoAsync(null!);
        Assert.Equal(42, await again);

        Task<int> AskAsync() => errands.RunAsync("probe", _ => ValueTask.FromResult(42), TestContext.Current.CancellationToken)
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private sealed class WarmingSensor : IPausingSensor
    {
        public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
        {
            await turn.PauseAsync(TimeSpan.FromMinutes(5), cancellationToken);
            return ScriptedSensor.Ph(7);
        }

        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("It pauses.");
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Terminal;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Tests.Gateway.Uplink;

namespace PondSentinel.Tests.Gateway;

/// <summary>A loop turns where it polls, tries, or waits in a back-off that it knows; whether anybody answers is no matter.</summary>
public sealed class TurningLoopTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Bus_whose_devices_are_all_dead_turns()
    {
        await using var log = new MemoryLog();
        var clocks = new TestClocks();
        var loops = new LoopWatch(clocks);
        var dead = new ScriptedSensor(clocks, TimeSpan.FromSeconds(1), _ => ScriptedSensor.Silent);
        using var stop = new CancellationTokenSource();
        var running = Poll(log, clocks, loops, ScriptedSensor.Device("dead", TimeSpan.FromSeconds(10), dead), stop.Token);

        AllTurn(loops, clocks, TimeSpan.FromHours(1));
        Assert.True(dead.Asked.Count > 30);
        await stop.CancelAsync();
        await running;
        clocks.Run(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        Assert.Null(loops.Stuck);
    }

    [Fact]
    public async Task Bus_that_rests_for_a_day_between_polls_turns()
    {
        await using var log = new MemoryLog();
        var clocks = new TestClocks();
        var loops = new LoopWatch(clocks);
        var sensor = new ScriptedSensor(clocks, TimeSpan.Zero, _ => ScriptedSensor.Ph(7));
        using var stop = new CancellationTokenSource();
        var running = Poll(log, clocks, loops, ScriptedSensor.Device("daily", TimeSpan.FromDays(1), sensor), stop.Token);

        for (var minute = 0; minute < 3 * 24 * 60; minute++)
        {
            clocks.Run(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
            Assert.Null(loops.Stuck);
        }

        Assert.True(sensor.Asked.Count >= 3);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Bus_whose_driver_hangs_and_heeds_no_limit_is_found()
    {
        await using var log = new MemoryLog();
        var clocks = new TestClocks();
        var loops = new LoopWatch(clocks);
        var hanging = new HangingSensor();
        using var stop = new CancellationTokenSource();
        var running = Poll(log, clocks, loops, ScriptedSensor.Device("hanging", TimeSpan.FromSeconds(10), hanging), stop.Token);

        clocks.Run(TimeSpan.FromMinutes(7), Step);
        Assert.Equal("bus rs485", loops.Stuck?.Name);
        hanging.LetGo.SetResult(ScriptedSensor.Silent);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Uplink_that_never_reaches_its_broker_turns()
    {
        await using var bench = new UplinkBench();
        bench.Broker.Failure = "connection refused";
        var loops = Watched(bench);

        AllTurn(loops, bench.Clocks, TimeSpan.FromHours(3));
        Assert.NotEmpty(bench.Journal.All);
    }

    [Fact]
    public async Task Uplink_whose_link_is_idle_turns_and_is_not_waited_for_once_it_has_ended()
    {
        await using var bench = new UplinkBench();
        var loops = Watched(bench);
        AllTurn(loops, bench.Clocks, TimeSpan.FromHours(1));

        Assert.NotEmpty(bench.Broker.Links);
        await bench.StopAsync();
        bench.Clocks.Run(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
        Assert.Null(loops.Stuck);
    }

    [Fact]
    public async Task Uplink_that_hangs_while_it_opens_a_link_is_found()
    {
        await using var bench = new UplinkBench();
        var loops = new LoopWatch(bench.Clocks);
        SynchronizationContext.SetSynchronizationContext(null);
        var hanging = new HangingBroker();
        using var stop = new CancellationTokenSource();
        var room = bench.Room() with { Loop = loops.Add("the uplink", LinkKeeper.OpeningMax) };
        var running = new LinkKeeper(room, hanging, bench.Tally, new Random(1)).RunAsync(stop.Token);

        bench.Clocks.Run(TimeSpan.FromMinutes(2), Step);
        Assert.Equal("the uplink", loops.Stuck?.Name);
        await stop.CancelAsync();
        hanging.LetGo.SetResult(new Opening(null, "gone"));
        await running;
    }

    private static void AllTurn(LoopWatch loops, TestClocks clocks, TimeSpan duration)
    {
        for (var passed = TimeSpan.Zero; passed < duration; passed += Step)
        {
            clocks.Run(Step, Step);
            Assert.Null(loops.Stuck);
        }
    }

    private static LoopWatch Watched(UplinkBench bench)
    {
        var loops = new LoopWatch(bench.Clocks);
        bench.Loop = loops.Add("the uplink", LinkKeeper.OpeningMax);
        _ = bench.Start();
        return loops;
    }

    // Without a synchronisation context all continuations run inside the clock's own step.
    private static Task Poll(MemoryLog log, TestClocks clocks, LoopWatch loops, PolledDevice device, CancellationToken stop)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        return new BusWorker([device], sink, clock, clocks, NullLogger.Instance, loop: loops.Add("bus rs485", Step)).RunAsync(stop);
    }

    private sealed class HangingSensor : ISensor
    {
        public TaskCompletionSource<Reading> LetGo { get; } = new();

        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => new(LetGo.Task);
    }

    private sealed class HangingBroker : IBroker
    {
        public TaskCompletionSource<Opening> LetGo { get; } = new();

        public LinkBytes? Bytes => null;

        public Task<Opening> OpenAsync(Action<Arrival> receive, CancellationToken cancellationToken) => LetGo.Task;
    }
}

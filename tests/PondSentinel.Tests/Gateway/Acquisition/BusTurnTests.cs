using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>Devices whose polls wait off the bus, beside others that do not.</summary>
public sealed class BusTurnTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Probe_that_settles_for_long_costs_its_neighbours_no_sample()
    {
        var wiper = new PausingSensor(clocks, [TimeSpan.FromSeconds(40), .. Enumerable.Repeat(TimeSpan.FromSeconds(2), 9)]);
        var neighbour = new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(100), _ => ScriptedSensor.Ph(7));
        await RunAsync(
            TimeSpan.FromMinutes(60) - Step,
            ScriptedSensor.Device("wiper", TimeSpan.FromMinutes(1), wiper),
            ScriptedSensor.Device("neighbour", TimeSpan.FromSeconds(1), neighbour));

        Assert.Equal(3600, log.Records.Count(record => record.Device == "neighbour"));
        Assert.Equal(60, log.Records.Count(record => record.Device == "wiper"));
        Assert.Equal(1, wiper.OnBusAtOnce);
    }

    // As the limit of a turn may, in the moment in which the wait begins.
    [Fact]
    public async Task Attempt_that_is_cut_off_while_it_waits_ends_when_it_has_the_bus_again()
    {
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        using var turn = new BusTurn(clock, clocks);
        using var attempt = new CancellationTokenSource();
        turn.BeginAttempt(TestContext.Current.CancellationToken);
        var waiting = turn.PauseAsync(TimeSpan.FromSeconds(40), attempt.Token);

        await attempt.CancelAsync();
        Assert.False(waiting.IsCompleted);

        turn.Give();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
    }

    [Fact]
    public async Task Value_is_from_the_middle_of_its_measuring_not_of_the_wait_before_it()
    {
        var wiper = new PausingSensor(clocks, [TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(10)]);
        var begin = clocks.BootTime;
        await RunAsync(TimeSpan.FromMinutes(1) - Step, ScriptedSensor.Device("wiper", TimeSpan.FromMinutes(5), wiper));

        // Each of its three turns takes 100 ms; it measures from the second on.
        Assert.Equal(40.1 + (10.2 / 2), (Assert.Single(log.Records).Clock.BootTime - begin).TotalSeconds, tolerance: 0.06);
    }

    [Fact]
    public async Task Waiting_off_the_bus_is_no_hang_and_a_hang_after_it_is_cut_off()
    {
        var hangs = new PausingSensor(clocks, [TimeSpan.FromSeconds(40)]) { HangsAtTheEnd = true };
        await RunAsync(TimeSpan.FromSeconds(47), ScriptedSensor.Device("wiper", TimeSpan.FromMinutes(1), hangs));

        var record = Assert.Single(log.Records);
        Assert.Equal(Why.TimedOut, record.Channels[0].Why);
        Assert.Contains("the driver gave no answer within 5 s", System.Text.Encoding.UTF8.GetString(log.Events[0].Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Poll_that_waits_ends_at_once_when_told_to_stop_and_leaves_no_record()
    {
        var wiper = new PausingSensor(clocks, [TimeSpan.FromSeconds(40)]);
        using var stop = new CancellationTokenSource();
        var running = Start(stop.Token, ScriptedSensor.Device("wiper", TimeSpan.FromMinutes(5), wiper));
        clocks.Run(TimeSpan.FromSeconds(10), Step);
        await stop.CancelAsync();

        await running.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Empty(log.Records);
        Assert.True(wiper.WasCancelled);
    }

    [Fact]
    public async Task Worker_that_fails_says_so_though_a_poll_waits_off_its_bus()
    {
        await using var broken = new MemoryLog { Durable = _ => throw new InvalidOperationException("a mistake in the program") };
        var wiper = new PausingSensor(clocks, [TimeSpan.FromSeconds(40)]);
        var neighbour = new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(100), _ => ScriptedSensor.Ph(7));
        var running = Start(
            broken,
            [
                ScriptedSensor.Device("wiper", TimeSpan.FromMinutes(5), wiper),
                ScriptedSensor.Device("neighbour", TimeSpan.FromSeconds(1), neighbour),
            ],
            CancellationToken.None);
        clocks.Run(TimeSpan.FromSeconds(10), Step);

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => running.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.True(wiper.WasCancelled);
    }

    private async Task RunAsync(TimeSpan duration, params PolledDevice[] devices)
    {
        using var stop = new CancellationTokenSource();
        var running = Start(stop.Token, devices);
        clocks.Run(duration, Step);
        await stop.CancelAsync();
        await running;
    }

    // Without a synchronisation context all continuations run inside the clock's own step.
    private Task Start(CancellationToken stop, params PolledDevice[] devices) => Start(log, devices, stop);

    private Task Start(MemoryLog records, PolledDevice[] devices, CancellationToken stop)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(records, "zudong", "9f3c01d2", witness: null);
        return new BusWorker(devices, sink, clock, clocks, NullLogger.Instance).RunAsync(stop);
    }

    // Holds the bus for 100 ms in each turn; a pause follows all but the last.
    private sealed class PausingSensor(TimeProvider time, IReadOnlyList<TimeSpan> pauses) : IPausingSensor
    {
        private static readonly TimeSpan TurnTime = TimeSpan.FromMilliseconds(100);
        private int onBus;

        public bool HangsAtTheEnd { get; init; }

        public bool WasCancelled { get; private set; }

        public int OnBusAtOnce { get; private set; }

        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
        {
            try
            {
                foreach (var pause in pauses)
                {
                    await HoldAsync(TurnTime, cancellationToken);
                    await turn.PauseAsync(pause, cancellationToken);
                    if (pause == pauses[0])
                    {
                        turn.BeginMeasuring();
                    }
                }

                if (HangsAtTheEnd)
                {
                    // Unlike Task.Delay it goes on inside the call that cancels it.
                    var never = new TaskCompletionSource();
                    await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
                    await never.Task;
                }

                await HoldAsync(TurnTime, cancellationToken);
                return ScriptedSensor.Ph(7);
            }
            catch (OperationCanceledException)
            {
                WasCancelled = true;
                throw;
            }
        }

        private async Task HoldAsync(TimeSpan duration, CancellationToken cancellationToken)
        {
            OnBusAtOnce = Math.Max(OnBusAtOnce, ++onBus);
            try
            {
                await Task.Delay(duration, time, cancellationToken);
            }
            finally
            {
                onBus--;
            }
        }
    }
}

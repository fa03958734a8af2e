using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>When a driver is told that what it knows of its device holds no more.</summary>
public sealed class ForgettingTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Theory]
    [InlineData(SensorFault.NoAnswer)]
    [InlineData(SensorFault.TimedOut)]
    [InlineData(SensorFault.Garbled)]
    public async Task Device_that_gave_nothing_readable_in_two_polls_running_is_forgotten_and_not_for_the_attempts_of_one(SensorFault fault)
    {
        // Three attempts a poll: one poll failed, one good, one failed, one good.
        var now = Sensor(number => number is <= 3 or (>= 5 and <= 7) ? new Reading.Failed(fault, "bad") : ScriptedSensor.Ph(7));
        await RunAsync((Interval * 4) - Step, ScriptedSensor.Device("probe", Interval, now));
        Assert.Equal((8, 0), (now.Asked.Count, now.Forgotten));

        var twice = Sensor(number => number <= 6 ? new Reading.Failed(fault, "bad") : ScriptedSensor.Ph(7));
        await RunAsync((Interval * 3) - Step, ScriptedSensor.Device("probe", Interval, twice));
        Assert.Equal((7, 1), (twice.Asked.Count, twice.Forgotten));
    }

    [Theory]
    [InlineData(SensorFault.BusDown, 3)]
    [InlineData(SensorFault.Refused, 0)]
    [InlineData(SensorFault.DeviceFault, 0)]
    [InlineData(SensorFault.NotReady, 0)]
    public async Task Device_behind_a_port_that_had_gone_is_forgotten_at_once_and_one_that_says_what_is_wrong_is_not(
        SensorFault fault, int forgotten)
    {
        var sensor = Sensor(_ => new Reading.Failed(fault, "no"));
        await RunAsync((Interval * 3) - Step, ScriptedSensor.Device("probe", Interval, sensor));

        Assert.Equal((3, forgotten), (sensor.Asked.Count, sensor.Forgotten));
    }

    [Fact]
    public async Task All_devices_of_a_bus_are_told_when_its_supply_was_switched_and_what_a_waiting_poll_gives_is_not_kept()
    {
        // Silent for two polls, then it answers and warms up for longer than the other needs to be found silent again.
        var warming = new WarmingSensor(clocks, TimeSpan.FromSeconds(200));
        var silent = Sensor(_ => ScriptedSensor.Silent);
        var supply = new Supply(() => (warming.Forgotten, silent.Forgotten));
        var care = new BusCare(new SerialSettings("/dev/ttyAMA0", 9600), new BusTally("rs485"), () => { }, supply);
        await RunAsync(
            TimeSpan.FromSeconds(230),
            ScriptedSensor.Device("silent", Interval, silent) with { Care = care },
            ScriptedSensor.Device("warming", Interval, warming) with { Care = care });

        var (warmingBefore, silentBefore) = Assert.NotNull(supply.At);
        Assert.True(silent.Forgotten > silentBefore);
        Assert.True(warming.Forgotten > warmingBefore + 1, "once when the supply was switched, and once more when its poll had ended");
        var value = log.Records.Last(record => record.Device == "warming").Channels[0];
        Assert.Equal((null, Why.NotReady), (value.Value, value.Why));
    }

    private ScriptedSensor Sensor(Func<int, Reading> answer) => new(clocks, TimeSpan.FromMilliseconds(100), answer);

    private async Task RunAsync(TimeSpan duration, params PolledDevice[] devices)
    {
        using var stop = new CancellationTokenSource();
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        var running = new BusWorker(devices, sink, clock, clocks, NullLogger.Instance).RunAsync(stop.Token);
        clocks.Run(duration, Step);
        await stop.CancelAsync();
        await running;
    }

    private sealed class Supply(Func<(int, int)> forgotten) : ISupplySwitch
    {
        public (int Warming, int Silent)? At { get; private set; }

        public ValueTask<string?> CycleAsync(CancellationToken cancellationToken)
        {
            At ??= forgotten();
            return ValueTask.FromResult<string?>(null);
        }
    }

    private sealed class WarmingSensor(TimeProvider time, TimeSpan warmUp) : IPausingSensor
    {
        private const int SilentAttempts = 6;
        private int asked;

        public int Forgotten { get; private set; }

        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
            if (++asked <= SilentAttempts)
            {
                return ScriptedSensor.Silent;
            }

            await turn.PauseAsync(warmUp, cancellationToken);
            return ScriptedSensor.Ph(7);
        }

        public void Forget() => Forgotten++;
    }
}

using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>A line on which everybody is silent, and one on which a single probe is.</summary>
public sealed class BusRescueTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();
    private readonly BusTally tally = new("rs485");

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Adapter_that_hangs_is_closed_and_all_answer_again_with_one_event_for_the_beginning_and_one_for_the_end()
    {
        var hangs = true;
        await RunAsync(
            TimeSpan.FromMinutes(5), () => hangs = false, supply: null, _ => hangs ? ScriptedSensor.Silent : ScriptedSensor.Ph(7));

        Assert.Equal(1, tally.Resets);
        Assert.Equal(
            [
                """{"bus":"rs485","fault":"bus-silent","action":"reopened","hint":"nobody on bus rs485 answers: check the adapter, the supply of the probes and A/B polarity"}""",
                "{\"bus\":\"rs485\",\"fault\":null,\"was\":\"bus-silent\",\"lasted_s\":",
            ],
            BusEvents().Select((body, number) => number == 0 ? body : body[..body.LastIndexOf(':')] + ":"));
        Assert.True(log.Records.Count(record => record.Channels[0].Value is not null) > 40);
    }

    [Fact]
    public async Task Probe_that_hangs_is_helped_by_its_supply_after_the_port_did_not_help()
    {
        var supply = new Supply();
        await RunAsync(
            TimeSpan.FromMinutes(10), () => { }, supply, _ => supply.Cycles > 0 ? ScriptedSensor.Ph(7) : ScriptedSensor.Silent);

        Assert.Equal((1, 1L), (supply.Cycles, tally.PowerCycles));
        Assert.Contains(BusEvents(), body => body.Contains("\"action\":\"power-cycled\"", StringComparison.Ordinal));
        Assert.Equal(7, log.Records.Last().Channels[0].Value);
    }

    [Fact]
    public async Task Switch_that_throws_stops_nobody_from_being_asked()
    {
        var supply = new Supply { Failure = new EntryPointNotFoundException("gpiod_chip_open") };
        var answers = false;
        await RunAsync(
            TimeSpan.FromMinutes(10), () => answers = supply.Cycles > 0, supply, _ => answers ? ScriptedSensor.Ph(7) : ScriptedSensor.Silent);

        Assert.Equal(1, supply.Cycles);
        Assert.Equal(7, log.Records.Last().Channels[0].Value);
    }

    [Fact]
    public async Task Supply_is_switched_no_more_often_than_each_half_hour_however_long_the_silence()
    {
        var supply = new Supply();
        await RunAsync(TimeSpan.FromHours(4), () => { }, supply, _ => ScriptedSensor.Silent);

        Assert.InRange(supply.Cycles, 5, 8);
        Assert.InRange(BusEvents().Count(), 1, 12);
    }

    [Fact]
    public async Task One_dead_probe_beside_a_living_one_closes_nothing()
    {
        await RunAsync(TimeSpan.FromHours(1), () => { }, new Supply(), device => device == "a" ? ScriptedSensor.Silent : ScriptedSensor.Ph(7));

        Assert.Equal((0L, 0L), (tally.Resets, tally.PowerCycles));
        Assert.Empty(BusEvents());
    }

    [Theory]
    [InlineData(SensorFault.BusDown)]
    [InlineData(SensorFault.Refused)]
    [InlineData(SensorFault.WrongDevice)]
    public async Task Port_that_is_not_there_and_probes_that_refuse_are_no_silence(SensorFault fault)
    {
        await RunAsync(TimeSpan.FromMinutes(10), () => { }, new Supply(), _ => new Reading.Failed(fault, "no"));

        Assert.Equal((0L, 0L), (tally.Resets, tally.PowerCycles));
    }

    [Fact]
    public async Task I2c_bus_on_which_all_are_silent_has_words_of_its_own_closes_nothing_and_is_helped_by_its_supply()
    {
        var supply = new Supply();
        var bus = new I2cSettings(1);
        await RunAsync(
            TimeSpan.FromMinutes(10), reset: null, supply, _ => supply.Cycles > 0 ? ScriptedSensor.Ph(7) : ScriptedSensor.Silent, bus);

        Assert.Equal((0L, 1L), (tally.Resets, tally.PowerCycles));
        Assert.Equal(
            [
                """{"bus":"rs485","fault":"bus-silent","action":"none","hint":"nobody on bus rs485 answers: check the supply of the devices and the pull-ups, and unplug one after the other: one of them may hold SDA or SCL low"}""",
                """{"bus":"rs485","fault":"bus-silent","action":"power-cycled","hint":"the supply was switched off and on: if it stays silent, check it, the fuse, SDA and SCL; a device that has another supply may hold them low"}""",
            ],
            BusEvents().Take(2));
        Assert.Equal(7, log.Records.Last().Channels[0].Value);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Hints_of_a_line_speak_of_the_wires_that_it_has(LineSettings line, string closing, bool hasPolarity)
    {
        Assert.Equal(closing, BusHints.Closing(line));
        Assert.Equal(hasPolarity, BusHints.Silent(line, shared: true).Contains("A/B", StringComparison.Ordinal));
        Assert.Equal(hasPolarity, BusHints.PowerCycled(line, shared: true).Contains("A/B", StringComparison.Ordinal));

        // A sensor that is alone may hang on a UART, which has no polarity.
        Assert.DoesNotContain("polarity", BusHints.Silent(line, shared: false) + BusHints.PowerCycled(line, shared: false), StringComparison.Ordinal);
    }

    public static TheoryData<LineSettings, string, bool> Lines { get; } = new()
    {
        { new SerialSettings("/dev/ttyAMA0", 9600), "reopened", true },
        { new TcpSerialSettings("10.0.0.5", 4001, 9600), "reconnected", true },
        { new I2cSettings(1), "none", false },
        { new OneWireSettings("/sys/bus/w1/devices"), "none", false },
    };

    private IEnumerable<string> BusEvents() => log.Events.Where(happening => happening.Device is null)
        .Select(happening => Encoding.UTF8.GetString(happening.Body.Span));

    private Task RunAsync(
        TimeSpan duration, Action? reset, ISupplySwitch? supply, Func<string, Reading> answer, LineSettings? line = null)
    {
        var care = new BusCare(line ?? new SerialSettings("/dev/ttyAMA0", 9600), tally, reset, supply);
        return RunAsync(duration, [.. new[] { "a", "b" }.Select(id => ScriptedSensor.Device(
            id, Interval, new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(100), _ => answer(id))) with { Care = care })]);
    }

    private async Task RunAsync(TimeSpan duration, PolledDevice[] devices)
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

    private sealed class Supply : ISupplySwitch
    {
        public int Cycles { get; private set; }

        public Exception? Failure { get; init; }

        public ValueTask<string?> CycleAsync(CancellationToken cancellationToken)
        {
            Cycles++;
            return Failure is not null ? throw Failure : ValueTask.FromResult<string?>(null);
        }
    }
}

using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Fieldwork;
using PondSentinel.Gateway.Time;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Terminal;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Tests.Sensors;

namespace PondSentinel.Tests.Gateway.Fieldwork;

/// <summary><c>device power-cycle</c> at a bus that is polled, with probes that are off while their relay cuts their supply.</summary>
public sealed class PowerCycleTests : IAsyncDisposable
{
    private const string Off = "Output 17 High";
    private const string On = "17 Low";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OffTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();
    private readonly ScriptedGpioDriver gpio = new();
    private readonly BusTally tally = new("rs485");
    private readonly List<string> said = [];
    private int resets;

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Supply_goes_off_and_on_between_polls_nobody_is_asked_meanwhile_and_every_driver_forgets()
    {
        var (first, second) = (Probe("ph"), Probe("turb"));
        var devices = Bus(Supply(), ("ph", first), ("turb", second));
        var (stop, running) = Poll(devices);
        clocks.Run(TimeSpan.FromSeconds(25), Step);
        Assert.Empty(gpio.Done);

        var cycling = AskAsync(devices, "turb");
        Until(() => gpio.Done.Count > 0);
        var begun = clocks.GetUtcNow();
        clocks.Run(OffTime - Step, Step);
        Assert.Equal([Off], gpio.Done);
        Assert.False(cycling.IsCompleted);
        clocks.Run(Step, Step);
        var answer = await cycling.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal([Off, On, "close 17"], gpio.Done);
        Assert.Equal("""{"bus":"rs485","devices":["ph","turb"]}""", JsonLine.Of(answer.Write));

        // Another thread goes on with the polls; the clock is moved until it has.
        Until(() =>
        {
            clocks.Run(Step, Step);
            return AskedSince(first, begun) && AskedSince(second, begun);
        });
        await stop.CancelAsync();
        await running;
        stop.Dispose();
        Assert.Equal((1, 1, 1L, 1), (first.Forgotten, second.Forgotten, tally.PowerCycles, resets));
        Assert.DoesNotContain("off", said);
        Assert.All((ScriptedSensor[])[first, second], probe => Assert.DoesNotContain(probe.Asked, at => at >= begun && at < begun + OffTime));
    }

    [Fact]
    public async Task Bus_without_a_relay_and_a_line_that_cannot_be_had_are_refused_with_what_to_do_and_polling_goes_on()
    {
        var probe = Probe("ph");
        var bare = Bus(supply: null, ("ph", probe));
        Assert.Equal(
            "bus rs485 has no supply_relay: switch the supply of its devices by hand",
            (await Assert.ThrowsAsync<ControlRefusedException>(() => AskAsync(bare, "rs485"))).Message);
        Assert.Equal(
            "there is no bus rs484; did you mean rs485?",
            (await Assert.ThrowsAsync<ControlRefusedException>(() => AskAsync(bare, "rs484"))).Message);
        Assert.Equal((0, 0L), (probe.Forgotten, tally.PowerCycles));

        gpio.Taken.Add(17);
        var devices = Bus(Supply(), ("ph", probe));
        var (stop, running) = Poll(devices);
        var begun = clocks.GetUtcNow();
        clocks.Run(Step * 4, Step);
        var cycling = AskAsync(devices, "ph").WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(
            $"line 17 of /dev/gpiochip0 cannot be used: Device or resource busy; {GpioDrivers.Advice}",
            (await Assert.ThrowsAsync<ControlRefusedException>(() => cycling)).Message);
        Until(() =>
        {
            clocks.Run(Step, Step);
            return AskedSince(probe, begun + Interval);
        });
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    private static bool AskedSince(ScriptedSensor probe, DateTimeOffset time) => probe.Asked is [.., var last] && last > time;

    private static void Until(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, Patience));

    // Off while the relay cuts: then nothing answers.
    private ScriptedSensor Probe(string id) => new(clocks, TimeSpan.FromMilliseconds(100), _ =>
    {
        said.Add(gpio.Done is [.., Off] ? "off" : id);
        return said[^1] == "off" ? ScriptedSensor.Silent : ScriptedSensor.Ph(7);
    });

    private GpioSupplySwitch Supply() => new(new SupplyRelay(new GpioSettings(0), 17, CutsAtHigh: true, OffTime), () => gpio, clocks);

    private List<PolledDevice> Bus(ISupplySwitch? supply, params IEnumerable<(string Id, ISensor Sensor)> probes)
    {
        var care = new BusCare(new SerialSettings("/dev/ttyAMA0", 9600), tally, () => resets++, supply);
        var errands = new BusErrands();
        return [.. probes.Select(probe => ScriptedSensor.Device(probe.Id, Interval, probe.Sensor) with { Care = care, Errands = errands })];
    }

    private (CancellationTokenSource Stop, Task Running) Poll(List<PolledDevice> devices)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var stop = new CancellationTokenSource();
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        return (stop, new BusWorker(devices, sink, clock, clocks, NullLogger.Instance).RunAsync(stop.Token));
    }

    private Task<ControlAnswer> AskAsync(List<PolledDevice> devices, string of) => new DevicePowerCycle(new LineWork(devices, clocks)).AnswerAsync(
        ControlRequest.Parse(Encoding.UTF8.GetBytes($$$"""{"verb":"device-power-cycle","body":{"of":"{{{of}}}"}}"""), 1000), TestContext.Current.CancellationToken).AsTask();
}

using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Tests.Sensors;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>A Modbus probe that never answers, beside nine that do: with the master and all its waiting for late answers.
/// </summary>
public sealed class DeadProbeTests : IAsyncDisposable
{
    private const byte Dead = 1;
    private const int Probes = 10;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly DeviceProfile Wind = SensorCatalogue.Profiles.Single(profile => profile.Id == "renke-rs-fs-n01");

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public async Task One_dead_probe_of_ten_on_a_line_that_is_70_percent_full_costs_the_others_less_than_5_percent_from_the_first_minute(
        int intervalSeconds)
    {
        var interval = TimeSpan.FromSeconds(intervalSeconds);
        var share = interval * 0.7 / Probes;
        var line = new AnsweringLine(clocks, request => request[0] == Dead ? null : (share - Step, Answer(request[0])));
        var master = new ModbusRtuMaster(line, clocks);
        var devices = Enumerable.Range(1, Probes).Select(address => Device((byte)address, master, interval, share)).ToArray();
        using var stop = new CancellationTokenSource();
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        var running = new BusWorker(devices, sink, clock, clocks, NullLogger.Instance).RunAsync(stop.Token);

        clocks.Run(TimeSpan.FromMinutes(1), Step);
        Assert.InRange(Good(), AllButDead(TimeSpan.FromMinutes(1), interval) * 95 / 100, int.MaxValue);
        clocks.Run(TimeSpan.FromMinutes(9), Step);
        await stop.CancelAsync();
        await running;

        Assert.InRange(Good(), AllButDead(TimeSpan.FromMinutes(10), interval) * 95 / 100, int.MaxValue);
        Assert.All(log.Records.Where(record => record.Device == "probe-1"), record => Assert.Equal(Why.NoAnswer, record.Channels[0].Why));
        Assert.True(line.Written.Count(request => request[0] == Dead) >= 10);
    }

    private static int AllButDead(TimeSpan duration, TimeSpan interval) => (Probes - 1) * (int)(duration / interval);

    private static PolledDevice Device(byte address, ModbusRtuMaster master, TimeSpan interval, TimeSpan share)
    {
        var scripted = ScriptedSensor.Device(
            $"probe-{address}", interval, new ProfileSensor(Wind, master, new ProfileOrder(address, ["speed"]), TimeProvider.System));
        var channel = scripted.Options.Channels[0] with { Id = "speed", Output = "speed", Suspect = null, Fail = null };
        return scripted with
        {
            Options = scripted.Options with { Channels = [channel] },
            Channels = [new PolledChannel(channel, Measurand.WindSpeed)],
            LineTime = share,
            Lateness = Wind.Line.Lateness,
        };
    }

    private static byte[] Answer(byte address)
    {
        byte[] reply = [address, 3, 2, 0, 0x79];
        var sum = ModbusCrc.Compute(reply);
        return [.. reply, (byte)(sum & 0xFF), (byte)(sum >> 8)];
    }

    private int Good() => log.Records.Count(record => record.Channels[0].Value is not null);
}

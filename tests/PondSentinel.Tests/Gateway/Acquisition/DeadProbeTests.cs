using System.Globalization;
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

/// <summary>Modbus probes that answer nothing, or only half of what they are asked, beside others that do: with the master and all its
/// waiting for late answers.</summary>
public sealed class DeadProbeTests : IAsyncDisposable
{
    private const int Probes = 10;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly DeviceProfile Wind = SensorCatalogue.Profiles.Single(profile => profile.Id == "renke-rs-fs-n01");
    private static readonly DeviceProfile Ph = SensorCatalogue.Profiles.Single(profile => profile.Id == "yosemitech-y532");

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
        var asked = await RunAsync(intervalSeconds, 1, Wanted, _ => null);

        Assert.All(log.Records.Where(record => record.Device == "probe-1"), record => Assert.Equal(Why.NoAnswer, record.Channels[0].Why));
        Assert.True(asked.Count >= 10);
    }

    // As Yosemitech's probes are: silent, without an exception, about a register that they do not have.
    [Theory]
    [InlineData(2, 1)]
    [InlineData(5, 1)]
    [InlineData(10, 1)]
    [InlineData(5, 2)]
    [InlineData(10, 2)]
    public async Task Probes_that_are_silent_about_one_of_their_registers_cost_the_others_no_more_than_dead_ones(int intervalSeconds, int silent)
    {
        var asked = await RunAsync(intervalSeconds, silent, Half, request => (request[2], request[3]) switch
        {
            (0x28, 0) => Framed([request[0], 3, 4, 0x33, 0x33, 0xF3, 0x40]),
            (0x09, 0) => Framed([request[0], 3, 14, 0, .. "YL4314010022"u8, 0]),
            _ => null,
        });

        var halves = log.Records.Where(record => record.Device == "probe-1").ToList();
        Assert.All(halves, record => Assert.Equal((7.6, null, Why.NoAnswer), (record.Channels[0].Value, record.Channels[1].Value, record.Channels[1].Why)));
        Assert.InRange(halves.Count, (int)(TimeSpan.FromMinutes(10) / TimeSpan.FromSeconds(intervalSeconds)) * 95 / 100, int.MaxValue);

        // It may have been a loose wire, so it is asked all the same.
        Assert.InRange(asked.Count(request => request[0] == 1 && request[2] == 0x24), 10, 40);
    }

    private async Task<IReadOnlyList<byte[]>> RunAsync(
        int intervalSeconds,
        int bad,
        Func<byte, ModbusRtuMaster, TimeSpan, TimeSpan, PolledDevice> make,
        Func<byte[], byte[]?> answer)
    {
        var interval = TimeSpan.FromSeconds(intervalSeconds);
        var share = interval * 0.7 / Probes;
        var line = new AnsweringLine(clocks, request =>
            (request[0] <= bad ? answer(request) : Framed([request[0], 3, 2, 0, 0x79])) is { } reply ? (share - Step, reply) : null);
        var master = new ModbusRtuMaster(line, clocks);
        var devices = Enumerable.Range(1, Probes)
            .Select(address => address <= bad ? make((byte)address, master, interval, share) : Wanted((byte)address, master, interval, share))
            .ToArray();
        using var stop = new CancellationTokenSource();
        SynchronizationContext.SetSynchronizationContext(null);
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        var running = new BusWorker(devices, sink, clock, clocks, NullLogger.Instance).RunAsync(stop.Token);

        clocks.Run(TimeSpan.FromMinutes(1), Step);
        Assert.InRange(Good(bad), Neighbours(bad, TimeSpan.FromMinutes(1) / interval) * 95 / 100, int.MaxValue);
        clocks.Run(TimeSpan.FromMinutes(9), Step);
        await stop.CancelAsync();
        await running;

        Assert.InRange(Good(bad), Neighbours(bad, TimeSpan.FromMinutes(10) / interval) * 95 / 100, int.MaxValue);
        return [.. line.Written.Where(request => request[0] <= bad)];
    }

    private static int Neighbours(int bad, double polls) => (Probes - bad) * (int)polls;

    private PolledDevice Wanted(byte address, ModbusRtuMaster master, TimeSpan interval, TimeSpan share) =>
        Device(Wind, address, master, interval, share, ("speed", Measurand.WindSpeed));

    private PolledDevice Half(byte address, ModbusRtuMaster master, TimeSpan interval, TimeSpan share) =>
        Device(Ph, address, master, interval, share, ("ph", Measurand.Ph), ("temperature", Measurand.WaterTemperature));

    private PolledDevice Device(
        DeviceProfile profile,
        byte address,
        ModbusRtuMaster master,
        TimeSpan interval,
        TimeSpan share,
        params (string Output, Measurand Measurand)[] outputs)
    {
        var order = new ProfileOrder(address, [.. outputs.Select(output => output.Output)]) { Interval = interval, Sequenced = false };
        var scripted = ScriptedSensor.Device($"probe-{address}", interval, new ProfileSensor(profile, master, order, clocks));
        var channels = outputs
            .Select(output => new PolledChannel(
                scripted.Options.Channels[0] with { Id = output.Output, Output = output.Output, Suspect = null, Fail = null }, output.Measurand))
            .ToArray();
        return scripted with
        {
            Options = scripted.Options with { Channels = [.. channels.Select(channel => channel.Options)] },
            Channels = channels,
            LineTime = share,
            Lateness = profile.Line.Lateness,
        };
    }

    private static byte[] Framed(byte[] reply)
    {
        var sum = ModbusCrc.Compute(reply);
        return [.. reply, (byte)(sum & 0xFF), (byte)(sum >> 8)];
    }

    private int Good(int bad) => log.Records.Count(record =>
        int.Parse(record.Device!["probe-".Length..], CultureInfo.InvariantCulture) > bad && record.Channels[0].Value is not null);
}

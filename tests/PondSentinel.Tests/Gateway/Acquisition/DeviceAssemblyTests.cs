using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class DeviceAssemblyTests
{
    [Fact]
    public async Task Devices_are_assembled_from_settings_and_a_missing_port_is_a_fault_of_each_poll()
    {
        await using var assembly = DeviceAssembly.Open(Configuration, new FakeTimeProvider());

        Assert.Equal(
            [
                ("pond-ph", "bus rs485 (/dev/pond-sentinel-none) address 3"),
                ("pond-turbidity", "bus rs485 (/dev/pond-sentinel-none) address 5"),
                ("dust", "bus uart (/dev/pond-sentinel-none-either)"),
            ],
            assembly.Devices.Select(device => (device.Options.Id, device.Where)));
        Assert.Equal(
            [Measurand.Ph, Measurand.WaterTemperature],
            assembly.Devices[0].Channels.Select(channel => channel.Measurand));
        foreach (var device in assembly.Devices)
        {
            var failed = Assert.IsType<Reading.Failed>(
                await device.Sensor.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(SensorFault.BusDown, failed.Fault);
            Assert.EndsWith("is not there: is the adapter plugged in?", failed.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Device_is_handed_the_good_numbers_of_the_others()
    {
        List<SensorOrder> orders = [];
        var models = Configuration.Devices.Select(device => device.Model).Distinct().ToDictionary(
            id => id,
            id => SensorCatalogue.Models[id] with
            {
                Attachments =
                [
                    Attachment.Serial(null, _ => TimeSpan.Zero, (_, order) =>
                    {
                        orders.Add(order);
                        return new ScriptedSensor(TimeProvider.System, TimeSpan.Zero, _ => ScriptedSensor.Silent);
                    }),
                ],
            });
        await using var assembly = DeviceAssembly.Open(Configuration, models, new FakeTimeProvider());
        Assert.Null(orders[1].Elsewhere("pond-ph.temperature"));

        assembly.Devices[0].Latest!.Note("pond-ph", TimeSpan.FromSeconds(10), [new ChannelValue
        {
            Channel = "temperature", Measurand = Measurand.WaterTemperature, Value = 18.5, Flag = QualityFlag.Good, Why = Why.None,
        }]);

        Assert.All(orders, order => Assert.Equal(18.5, order.Elsewhere("pond-ph.temperature")));
    }

    [Fact]
    public async Task Driver_keeps_what_it_must_not_forget_at_a_stop_beside_the_buffer()
    {
        var folder = Directory.CreateTempSubdirectory("pond-assembly-").FullName;
        try
        {
            var model = SensorCatalogue.Models["nova-sds011"] with
            {
                Id = "keeper",
                Attachments = [Attachment.Serial(addresses: null, _ => TimeSpan.Zero, (_, order) => new Keeper(order.Memory!))],
            };
            var configuration = Configuration with
            {
                Devices = [Device("dust", "uart", "keeper", 0, "pm10")],
                Buffer = Configuration.Buffer with { Folder = Path.Combine(folder, "buffer") },
            };
            var models = new Dictionary<string, SensorModel> { [model.Id] = model };

            await DeviceAssembly.Open(configuration, models, new FakeTimeProvider()).DisposeAsync();

            Assert.Equal(["device-gw-dust.state"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Worker_is_told_what_a_poll_costs_the_line_and_what_can_be_done_for_it()
    {
        var relay = new SupplyRelay(new GpioSettings(0), 17, CutsAtHigh: true, TimeSpan.FromSeconds(10));
        await using var assembly = DeviceAssembly.Open(
            Configuration with { Buses = [Configuration.Buses[0] with { SupplyRelay = relay }, Configuration.Buses[1]] }, new FakeTimeProvider());
        var probe = assembly.Devices[0];
        var attachment = SensorCatalogue.Models["yosemitech-y532"].On(LineKind.Serial)!;

        Assert.Equal(attachment.Lateness, probe.Lateness);
        Assert.Equal(attachment.LineTime(Configuration.Buses[0].Line, probe.Options.Order), probe.LineTime);
        Assert.True(probe.Lateness > TimeSpan.Zero && probe.LineTime > TimeSpan.Zero);
        Assert.NotNull(probe.Care?.Reset);
        Assert.IsType<GpioSupplySwitch>(probe.Care.Supply);
        Assert.Null(assembly.Devices[2].Care?.Supply);
    }

    [Fact]
    public async Task Lines_are_closed_at_a_stop()
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen();
        var line = new TcpSerialSettings("127.0.0.1", ((IPEndPoint)server.LocalEndPoint!).Port, 9600);
        var assembly = DeviceAssembly.Open(
            Configuration with { Buses = [Configuration.Buses[0] with { Line = line }, Configuration.Buses[1]] }, TimeProvider.System);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var poll = assembly.Devices[0].Sensor.ReadAsync(cut.Token).AsTask();
        using var connection = await server.AcceptAsync(TestContext.Current.CancellationToken);
        await connection.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);

        await assembly.DisposeAsync();

        var end = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await connection.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken) > 0)
            {
                // The rest of the request.
            }
        });
        Assert.Equal(SocketError.ConnectionReset, end.SocketErrorCode);
    }

    private sealed class Keeper(IDeviceMemory memory) : ISensor, IDisposable
    {
        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult<Reading>(new Reading.Failed(SensorFault.NoAnswer, ""));

        public void Dispose() => Assert.Null(memory.Write("kept"));
    }

    private static GatewayConfiguration Configuration { get; } = new()
    {
        Id = "gw",
        Site = "site",
        Buses =
        [
            new BusOptions { Id = "rs485", Line = new SerialSettings("/dev/pond-sentinel-none", 9600) },
            new BusOptions { Id = "uart", Line = new SerialSettings("/dev/pond-sentinel-none-either", 9600) },
        ],
        Devices =
        [
            Device("pond-ph", "rs485", "yosemitech-y532", 3, "ph", "temperature"),
            Device("pond-turbidity", "rs485", "yosemitech-y511", 5, "turbidity"),
            Device("dust", "uart", "nova-sds011", 0, "pm10"),
        ],
    };

    private static DeviceOptions Device(string id, string bus, string model, int address, params string[] outputs) => new()
    {
        Id = id,
        Station = "pond",
        Bus = bus,
        Model = model,
        Address = address,
        Interval = TimeSpan.FromSeconds(10),
        Channels = [.. outputs.Select(output => new ChannelOptions { Id = output, Output = output })],
    };
}

using System.Diagnostics;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.SystemTests.Links;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Buses;

/// <summary>A serial server behind a network that is cut without a word, with a slave that nobody here wrote on its line.</summary>
public sealed class TcpBusTests
{
    private const int Port = 4001;
    private static readonly ModbusRequest Request = ModbusRequest.ReadHolding(1, 0x2800, 2);
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cut_network_is_noticed_and_named_holds_nothing_up_and_is_gone_through_again_without_a_restart()
    {
        var folder = TestFolder.Create();
        var port = Path.Combine(folder, "line");
        await using var room = await NetRoom.MakeAsync();
        await using var slave = await FakeModbus.StartAsync(port, folder);
        await using var server = RunningProcess.Start(
            "serialserver",
            folder,
            room.Wrapper[0],
            [.. room.Wrapper.Skip(1), "/usr/bin/python3", Checkout.Absolute("tests/rigs/serialserver.py"), room.AddressThere, $"{Port}", port]);
        await Eventually.HoldsAsync(() => server.Said("ready"), ReadyWithin, () => $"The serial server is not ready.\n{server.Tail}");
        var settings = new TcpSerialSettings(room.AddressThere, Port, 9600)
        {
            ConnectMax = TimeSpan.FromSeconds(1), DeadAfter = TimeSpan.FromSeconds(4),
        };
        using var bus = new SerialBus(settings, TimeProvider.System);
        Assert.Null((await AskAsync(bus)).Failure);

        // Whoever only listens has nothing to miss an answer to: the kernel's own probes find out.
        var since = Stopwatch.StartNew();
        await room.CutAsync();
        var heard = await bus.Line.ReadAsync(new byte[16], TimeSpan.FromMinutes(1), Cancelled);
        Assert.Equal($"{settings.Place} has gone: check the serial server's power and network", heard.Fault);
        Assert.InRange(since.Elapsed.TotalSeconds, 1, 10);

        for (var poll = 0; poll < 3; poll++)
        {
            since.Restart();
            Assert.Equal(
                new Reading.Failed(SensorFault.BusDown, $"{settings.Place} does not answer within 1 s: check its power and network"),
                (await AskAsync(bus)).Failure);
            Assert.InRange(since.Elapsed.TotalSeconds, 0, 5);
        }

        await room.HealAsync();
        await Eventually.HoldsAsync(
            async () => (await AskAsync(bus)).Failure is null, ReadyWithin, () => $"No answer again.\n{server.Tail}");

        // And a server that vanishes while it is asked: the answer is missing once, then it is the network.
        await room.CutAsync();
        Assert.Equal(SensorFault.NoAnswer, (await AskAsync(bus)).Failure?.Fault);
        Assert.Equal(SensorFault.BusDown, (await AskAsync(bus)).Failure?.Fault);
        await room.HealAsync();
        await server.TerminateAsync();
    }

    private static ValueTask<ModbusAnswer> AskAsync(SerialBus bus) => bus.Modbus.AskAsync(Request, Timeout, Cancelled);
}

using System.Buffers.Binary;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Buses;

/// <summary>A real serial port, a slave that nobody here wrote, and a wire between them that goes wrong in each way there is.
/// </summary>
public sealed class ModbusBusTests : IAsyncLifetime
{
    private static readonly ModbusRequest Request = ModbusRequest.ReadHolding(1, 0x2800, 2);
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(400);

    private readonly string port;
    private readonly string folder = TestFolder.Create();
    private readonly SerialBus bus;
    private FakeModbus line = null!;

    public ModbusBusTests()
    {
        port = Path.Combine(folder, "line");
        bus = new SerialBus(new SerialSettings(port, 9600), TimeProvider.System);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => line = await FakeModbus.StartAsync(port, folder);

    [Fact]
    public async Task No_wrong_and_no_earlier_number_is_ever_taken_and_a_line_that_is_good_again_is_so_at_once()
    {
        Assert.Equal(10, await AcceptedAsync(10, fault: null));
        foreach (var (fault, polls, least, most) in ((string, int, int, int)[])
            [
                ("garble 0.05", 10, 0, 9),
                ("drop 0.02", 15, 1, 14),
                ("echo", 8, 8, 8),
                ("noise 00ff", 8, 8, 8),
                ("noise 0103040000", 8, 0, 8),
                ("cut 6", 3, 0, 0),
                ("late 0.6", 4, 0, 0),
                ("mute", 2, 0, 0),
            ])
        {
            Assert.InRange(await AcceptedAsync(polls, fault), least, most);
            Assert.Equal(4, await AcceptedAsync(4, fault: null));
        }

        Assert.True(bus.Modbus.Echoes >= 8 && bus.Modbus.Resyncs >= 8, $"{bus.Modbus.Echoes} echoes, {bus.Modbus.Resyncs} resyncs");
    }

    [Fact]
    public async Task Line_that_is_unplugged_is_down_and_comes_back_without_a_restart()
    {
        Assert.Equal(3, await AcceptedAsync(3, fault: null));
        await line.DisposeAsync();
        for (var poll = 0; poll < 3; poll++)
        {
            Assert.Equal(SensorFault.BusDown, (await bus.Modbus.AskAsync(Request, Timeout, Cancelled)).Failure?.Fault);
        }

        line = await FakeModbus.StartAsync(port, folder);
        Assert.Equal(3, await AcceptedAsync(3, fault: null));
    }

    public async ValueTask DisposeAsync()
    {
        bus.Dispose();
        await line.DisposeAsync();
    }

    // How many answers were taken; each of them is the one that the slave gave to this very question.
    private async Task<int> AcceptedAsync(int polls, string? fault)
    {
        await line.DoAsync("clean");
        if (fault is not null)
        {
            await line.DoAsync(fault);
        }

        var accepted = 0;
        for (var poll = 0; poll < polls; poll++)
        {
            var before = line.Served;
            var answer = await bus.Modbus.AskAsync(Request, Timeout, Cancelled);
            if (answer.Failure is null)
            {
                var number = BinaryPrimitives.ReadSingleLittleEndian(answer.Registers.Span);
                Assert.True(
                    number > before + 0.005 && Math.Abs(number - line.Served) < 0.005,
                    $"{fault ?? "clean"}: {number} was taken; the slave had given {before} before it was asked, and {line.Served} since");
                accepted++;
            }
        }

        return accepted;
    }
}

using System.Net;
using System.Net.Sockets;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Tests.Sensors.Buses.Serial;

/// <summary>On real sockets of this machine, with a server that the test plays.</summary>
public sealed class TcpLineTests : IDisposable
{
    private const string Reply = "01 03 04 33 33 F3 40 40 78";
    private const string OldReply = "01 03 04 CD CC 7C 41 E4 50";
    private const int RequestLength = 8;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly ModbusRequest Ph = ModbusRequest.ReadHolding(1, 0x2800, 2);

    private readonly TcpListener server = new(IPAddress.Loopback, 0);

    public TcpLineTests() => server.Start();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task Probe_behind_a_serial_server_is_read_and_a_server_that_restarts_is_connected_to_again()
    {
        using var bus = new SerialBus(Settings(), TimeProvider.System);
        for (var time = 0; time < 2; time++)
        {
            var asking = AskAsync(bus, Soon);
            using (var connection = await AcceptAsync())
            {
                await AnswerAsync(connection, Reply);
                Assert.Equal("3333F340", Convert.ToHexString((await asking).Registers.Span));
            }
        }
    }

    [Fact]
    public async Task Answer_that_the_network_held_back_never_reaches_the_next_question()
    {
        using var bus = new SerialBus(Settings(), TimeProvider.System);
        var first = AskAsync(bus, TimeSpan.FromMilliseconds(100));
        using var held = await AcceptAsync();
        await ReadAsync(held);
        Assert.NotNull((await first).Failure);

        // The old connection brings its answer now, of the same form; the new question goes through a new one.
        var second = AskAsync(bus, Soon);
        using var fresh = await AcceptAsync();
        await Record.ExceptionAsync(() => held.SendAsync(Hex.Bytes(OldReply), TestContext.Current.CancellationToken).AsTask());
        await AnswerAsync(fresh, Reply);

        Assert.Equal("3333F340", Convert.ToHexString((await second).Registers.Span));
    }

    [Fact]
    public async Task Device_that_speaks_no_Modbus_is_read_behind_a_serial_server_too()
    {
        using var bus = new SerialBus(Settings(), TimeProvider.System);
        var asking = SensorCatalogue.Models["nova-sds011"].On(LineKind.Serial)!
            .Create(bus, new SensorOrder(0, ["pm25", "pm10"]) { Settings = new DutySettings(TimeSpan.Zero, Sleep: false) })
            .ReadAsync(TestContext.Current.CancellationToken).AsTask();
        using var connection = await AcceptAsync();
        const int commandLength = 19;
        await AnswerAsync(connection, "AA C5 06 01 01 00 A1 60 09 AB", commandLength);
        await AnswerAsync(connection, "AA C5 08 00 00 00 A1 60 09 AB", commandLength);
        await AnswerAsync(connection, "AA C0 D4 04 3A 06 A1 60 19 AB", commandLength);

        Assert.Equal("123.6 159.4", Readings.Describe(await asking));
    }

    [Fact]
    public async Task What_is_under_way_to_a_server_ends_with_the_connection()
    {
        using var bus = new SerialBus(Settings(), TimeProvider.System);
        var asking = AskAsync(bus, TimeSpan.FromMilliseconds(100));
        using var held = await AcceptAsync();
        await ReadAsync(held);
        Assert.NotNull((await asking).Failure);

        var end = await Assert.ThrowsAsync<SocketException>(
            async () => await held.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Equal(SocketError.ConnectionReset, end.SocketErrorCode);
    }

    [Fact]
    public async Task Server_that_hangs_up_in_the_middle_of_a_poll_fails_it_at_once()
    {
        using var bus = new SerialBus(Settings(), TimeProvider.System);
        var asking = AskAsync(bus, TimeSpan.FromHours(1));
        using (var connection = await AcceptAsync())
        {
            await ReadAsync(connection);
        }

        var failed = (await asking.WaitAsync(Soon, TestContext.Current.CancellationToken)).Failure;
        Assert.EndsWith("has gone: check the serial server's power and network", failed?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_is_not_there_says_what_to_check()
    {
        server.Stop();
        using var line = new TcpLine(Settings(), TimeProvider.System);

        Assert.Equal(
            $"{Settings().Place} refuses: is that the port of the serial server, and is nobody else connected to it?",
            await line.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"{Settings().Place} is not connected", line.Open());
        line.Dispose();
        Assert.Equal($"{Settings().Place} has been closed by this program", await line.OpenAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Kernel_gives_up_a_server_that_says_nothing()
    {
        using var line = new TcpLine(Settings(), TimeProvider.System);
        Assert.Null(await line.OpenAsync(TestContext.Current.CancellationToken));
        using var connection = await AcceptAsync();

        // Nobody can pull a cable of the loopback; what the kernel was told is in its table of sockets.
        var own = ((IPEndPoint)connection.RemoteEndPoint!).Port.ToString("X4", System.Globalization.CultureInfo.InvariantCulture);
        var row = File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6")).First(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].EndsWith($":{own}", StringComparison.Ordinal));
        Assert.Equal("02", row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[5].Split(':')[0]);
    }

    private TcpSerialSettings Settings() => new("127.0.0.1", ((IPEndPoint)server.LocalEndpoint).Port, 9600);

    private static Task<ModbusAnswer> AskAsync(SerialBus bus, TimeSpan timeout) =>
        bus.Modbus.AskAsync(Ph, new ModbusPatience(timeout, TimeSpan.Zero, TimeSpan.Zero), TestContext.Current.CancellationToken).AsTask();

    private async Task<Socket> AcceptAsync() =>
        await server.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Soon, TestContext.Current.CancellationToken);

    private static async Task ReadAsync(Socket connection, int length = RequestLength)
    {
        var bytes = new byte[length];
        for (var read = 0; read < bytes.Length;)
        {
            read += await connection.ReceiveAsync(bytes.AsMemory(read), TestContext.Current.CancellationToken);
        }
    }

    private static async Task AnswerAsync(Socket connection, string hex, int length = RequestLength)
    {
        await ReadAsync(connection, length);
        await connection.SendAsync(Hex.Bytes(hex), TestContext.Current.CancellationToken);
    }
}

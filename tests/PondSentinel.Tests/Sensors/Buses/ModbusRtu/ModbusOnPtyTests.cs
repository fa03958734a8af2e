using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Tests.Sensors.Buses.Serial;

namespace PondSentinel.Tests.Sensors.Buses.ModbusRtu;

/// <summary>The whole way from a profile to the kernel's serial port and back, on a real pseudo-terminal.</summary>
public sealed class ModbusOnPtyTests : IDisposable
{
    private const string Request = "01 03 28 00 00 02 CD AB";
    private const string Reply = "01 03 04 33 33 F3 40 40 78";
    private const string LateReply = "01 03 04 CD CC 7C 41 E4 50";
    private const int RequestLength = 8;

    private readonly TestPty pty = new();
    private readonly SerialBus bus;

    public ModbusOnPtyTests() => bus = new SerialBus(new SerialSettings(pty.Path, 9600), TimeProvider.System);

    public void Dispose()
    {
        bus.Dispose();
        pty.Dispose();
    }

    [Theory]
    [InlineData(Reply)]
    [InlineData(Request + Reply)]
    [InlineData("00 FF" + Reply)]
    [InlineData("00" + Request + "00" + Reply)]
    public async Task Probe_is_read_through_echo_and_stray_bytes(string bytes)
    {
        var answering = pty.AnswerAsync(RequestLength, bytes);

        var reading = await Probe("ph").ReadAsync(TestContext.Current.CancellationToken);

        await answering;
        Assert.Equal(
            [new OutputReading("ph", new Measurement(Measurand.Ph, 7.6), null)],
            Assert.IsType<Reading.Measured>(reading).Outputs);
    }

    [Fact]
    public async Task Reply_cut_short_is_told_from_silence()
    {
        var answering = pty.AnswerAsync(RequestLength, "01 03 04 33");

        var reading = await Probe("ph").ReadAsync(TestContext.Current.CancellationToken);

        await answering;
        Assert.Equal(
            new Reading.Failed(
                SensorFault.TimedOut,
                "address 1, function 03, register 0x2800: only part of a reply of 9 bytes: 01030433"),
            reading);
    }

    [Fact]
    public async Task Late_answer_is_not_taken_for_the_next_one()
    {
        var request = ModbusRequest.ReadHolding(1, 0x2800, 2);
        var timeout = TimeSpan.FromMilliseconds(100);
        var cancellationToken = TestContext.Current.CancellationToken;

        var first = await bus.Modbus.AskAsync(request, timeout, cancellationToken);
        pty.Read(RequestLength);
        var asking = bus.Modbus.AskAsync(request, TimeSpan.FromSeconds(30), cancellationToken).AsTask();

        // Long after a request would have gone out, long before the device is believed to have given up.
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        pty.Write(LateReply);
        await pty.AnswerAsync(RequestLength, Reply);

        Assert.Equal(SensorFault.NoAnswer, first.Failure?.Fault);
        Assert.Equal("3333F340", Convert.ToHexString((await asking).Registers.Span));
    }

    [Fact]
    public async Task Adapter_pulled_out_during_a_poll_fails_it_at_once()
    {
        var pulling = Task.Run(
            () =>
            {
                pty.Read(RequestLength);
                pty.Dispose();
            },
            TestContext.Current.CancellationToken);

        var reading = await Probe("ph").ReadAsync(TestContext.Current.CancellationToken);

        await pulling;
        Assert.Equal(
            new Reading.Failed(SensorFault.BusDown, $"{pty.Path} has gone: is the adapter plugged in?"), reading);
        Assert.Equal(
            new Reading.Failed(SensorFault.BusDown, $"{pty.Path} is not there: is the adapter plugged in?"),
            await Probe("ph").ReadAsync(TestContext.Current.CancellationToken));
    }

    private static DeviceProfile Y532 { get; } = SensorCatalogue.Profiles.Single(profile => profile.Id == "yosemitech-y532");

    // Without the temperature that guards its numbers, so that the other end need not answer about it.
    private ProfileSensor Probe(params string[] outputs) => new(
        Y532 with { Identity = null, Sequence = null, Reads = [.. Y532.Reads.Where(read => outputs.Contains(read.Name))] },
        bus.Modbus,
        new ProfileOrder(1, outputs),
        TimeProvider.System);
}

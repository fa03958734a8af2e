using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Drivers.Plantower;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed class PlantowerTests
{
    private const string Data = "42 4D 00 1C 00 19 00 28 00 30 00 19 00 26 00 2D 11 94 05 28 01 04 00 1E 00 06 00 02 97 00 03 1C";
    private const string Storm = "42 4D 00 1C 01 36 03 D4 08 A2 00 CE 02 8C 05 BE FF FF 52 08 23 28 04 B0 01 54 00 96 97 00 09 5B";
    private const string Broken = "42 4D 00 1C 00 19 00 28 00 30 00 19 00 26 00 2D 11 94 05 28 01 04 00 1E 00 06 00 02 97 01 03 1D";
    private const string PassiveReply = "42 4D 00 04 E1 00 01 74";

    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(Data, "25 38 45")]
    [InlineData(Storm, "206 652 1470 OverRange")]
    [InlineData("42 4D 00 1C 00" + Data, "25 38 45")]
    [InlineData("42 42 4D" + Data, "25 38 45")]
    [InlineData(PassiveReply + Data, "25 38 45")]
    [InlineData(Broken, "DeviceFault")]
    [InlineData("", "NoAnswer")]
    [InlineData("42 4D 00 1C", "TimedOut")]
    [InlineData(PassiveReply + PassiveReply + PassiveReply + PassiveReply, "Garbled")]
    [InlineData("42 4D 00 1C 00 19 00 28 00 30 00 19 00 26 00 2D 11 94 05 28 01 04 00 1E 00 06 00 02 97 00 03 1D", "Garbled")]
    [InlineData("42 4D 00 14 00 19 00 28 00 30 00 19 00 26 00 2D 11 94 05 28 01 04 00 1E 00 06 00 02 97 00 03 14", "Garbled")]
    public async Task Every_reply_has_one_meaning(string bytes, string expected)
    {
        var line = new ScriptedLine(time, _ => [(30, bytes)]);

        Assert.Equal(expected, Readings.Describe(await OnUart(line)));
    }

    [Fact]
    public async Task Frame_from_before_the_question_is_not_its_answer()
    {
        var line = new ScriptedLine(time, _ => [(0, Storm[(Storm.Length / 2)..].Trim()), (2200, Data)]);
        line.Arrive(0, Storm);

        Assert.Equal("25 38 45", Readings.Describe(await OnUart(line)));
        Assert.Equal(Hex.Bytes("42 4D E2 00 00 01 71"), Assert.Single(line.Written).Bytes);
    }

    [Theory]
    [InlineData(Data, "25 38 45")]
    [InlineData("00" + Data, "Garbled")]
    [InlineData("", "Garbled")]
    public async Task Same_frame_is_read_over_i2c(string bytes, string expected) =>
        Assert.Equal(expected, Readings.Describe(await OnI2c(new ScriptedI2c((address, _, _) => address == 0x12 ? Hex.Bytes(bytes) : null))));

    [Fact]
    public async Task Bus_that_fails_is_said_in_its_own_words() =>
        Assert.Equal(
            new Reading.Failed(SensorFault.TimedOut, "the bus timed out"),
            await OnI2c(new ScriptedI2c((_, _, _) => []) { Fault = new I2cFault(SensorFault.TimedOut, "the bus timed out") }));

    [Fact]
    public void Any_bytes_are_searched_without_an_exception() =>
        Gen.Byte.Array[0, 200].Sample(bytes => { PmsFrame.Find(bytes); }, iter: 20_000);

    [Fact]
    public void Frame_with_any_bit_turned_is_not_taken() =>
        Gen.Int[0, 255].Sample(bit =>
        {
            var frame = Hex.Bytes(Data);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.Null(PmsFrame.Interpret(frame));
        });

    private async Task<Reading> OnUart(ScriptedLine line) =>
        await Pms5003Sensor.Model.On(LineKind.Serial)!.Create(new SerialBus(line, time), new SensorOrder(0, ["pm10"]))
            .ReadAsync(TestContext.Current.CancellationToken);

    private async Task<Reading> OnI2c(ScriptedI2c line) =>
        await Pmsa003iSensor.Model.On(LineKind.I2c)!.Create(new I2cBus(line, time), new SensorOrder(0x12, ["pm10"]))
            .ReadAsync(TestContext.Current.CancellationToken);
}

using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Drivers.Plantower;
using PondSentinel.Sensors.Duty;

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
    [InlineData("42 4D 00 1C 00 19 00 28 00 30 00 19 00 26 03 E8 11 94 05 28 01 04 00 1E 00 06 00 02 97 00 03 DA", "25 38 1000")]
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
        var frame = Storm;
        ScriptedLine? line = null;
        line = new ScriptedLine(
            time, number => line!.Written[number - 1].Bytes[2] == 0xE2 ? [(0, Storm[(Storm.Length / 2)..].Trim()), (2200, frame)] : []);
        var sensor = Uart(line, Believed);
        await sensor.ReadAsync(TestContext.Current.CancellationToken);
        frame = Data;
        line.Arrive(0, Storm);

        Assert.Equal("25 38 45", Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(Hex.Bytes("42 4D E2 00 00 01 71"), line.Written[^1].Bytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sleeping_between_polls_it_is_woken_asked_after_its_warm_up_and_sent_to_sleep_again(bool passive)
    {
        const string wake = "424DE400010174";
        const string query = "424DE200000171";
        const string sleep = "424DE400000173";
        var (asleep, sleepAnswers) = (true, new Queue<string>(["", "42 4D 00 04 E4 00 01 77"]));
        ScriptedLine? line = null;
        line = new ScriptedLine(time, number =>
        {
            var command = Convert.ToHexString(line!.Written[number - 1].Bytes);
            asleep = command switch { wake => false, sleep => true, _ => asleep };
            var bytes = command == sleep ? sleepAnswers.Dequeue() : asleep || (passive && command == wake) ? "" : Data;
            return [(20, bytes)];
        });
        var turn = new RecordedTurn(time);
        var sensor = (IPausingSensor)Uart(line, new SensorOrder(0, ["pm10"]) { Interval = TimeSpan.FromMinutes(2) });

        Assert.Equal("25 38 45", Readings.Describe(await sensor.ReadAsync(turn, TestContext.Current.CancellationToken)));
        Assert.Equal(
            passive ? [wake, query, query, sleep, sleep] : [wake, query, sleep, sleep],
            line.Written.Select(written => Convert.ToHexString(written.Bytes)));
        Assert.Equal(30, Assert.Single(turn.Seconds), tolerance: 0.1);
        Assert.True(asleep);
    }

    [Fact]
    public async Task One_that_acknowledges_waking_is_not_asked_before_it_has_warmed_up()
    {
        ScriptedLine? line = null;
        line = new ScriptedLine(
            time, number => [(20, line!.Written[number - 1].Bytes[2] == 0xE2 ? Data : "42 4D 00 04 E4 01 01 78")]);
        var sensor = (IPausingSensor)Uart(line, new SensorOrder(0, ["pm10"]) { Interval = TimeSpan.FromMinutes(1) });

        Assert.Equal("25 38 45", Readings.Describe(await sensor.ReadAsync(new RecordedTurn(time), TestContext.Current.CancellationToken)));
        Assert.Equal(["424DE400010174", "424DE200000171"], line.Written.Select(written => Convert.ToHexString(written.Bytes)));
    }

    [Fact]
    public async Task Line_that_is_not_there_is_tried_once_a_poll()
    {
        var line = new ScriptedLine(time, _ => []) { Fault = "it is not there" };

        Assert.Equal(new Reading.Failed(SensorFault.BusDown, "it is not there"), await OnUart(line));
        Assert.Equal(1, line.Opened);
    }

    [Theory]
    [InlineData("42 4D 00 04 E4 00 01 77", false, true)]
    [InlineData("42 4D 00 04 E4 01 01 78", true, true)]
    [InlineData("42 4D 00 04 E4 01 01 78", false, false)]
    [InlineData("42 4D 00 04 E4 00 01 78", false, false)]
    [InlineData("42 4D 00 04 E1 00 01 74", false, false)]
    [InlineData("42 42 4D 00 04 E4 00 01 77", false, true)]
    public void Answer_is_taken_where_it_is_whole_and_to_this_command(string bytes, bool awake, bool taken) =>
        Assert.Equal(taken, PmsFrame.HasAnswer(Hex.Bytes(bytes), awake));

    [Theory]
    [InlineData(10, "NotReady")]
    [InlineData(60, "25 38 45")]
    public async Task Values_of_the_first_half_minute_are_none_over_i2c_too(int seconds, string first)
    {
        var sensor = (IPausingSensor)I2c(
            new ScriptedI2c((_, _, _) => Hex.Bytes(Data)),
            new SensorOrder(0x12, ["pm10"]) { Interval = TimeSpan.FromSeconds(seconds) });
        var turn = new RecordedTurn(time);

        Assert.Equal(first, Readings.Describe(await sensor.ReadAsync(turn, TestContext.Current.CancellationToken)));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("25 38 45", Readings.Describe(await sensor.ReadAsync(turn, TestContext.Current.CancellationToken)));
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
        Gen.Byte.Array[0, 200].Sample(
            bytes =>
            {
                PmsFrame.Find(bytes);
                PmsFrame.HasAnswer(bytes, awake: true);
            },
            iter: 20_000);

    [Fact]
    public void Frame_with_any_bit_turned_is_not_taken() =>
        Gen.Int[0, 255].Sample(bit =>
        {
            var frame = Hex.Bytes(Data);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.Null(PmsFrame.Interpret(frame));
        });

    private static readonly SensorOrder Believed = new(0x12, ["pm10"]) { Settings = new DutySettings(TimeSpan.Zero, Sleep: false) };

    private ISensor Uart(ScriptedLine line, SensorOrder order) =>
        Pms5003Sensor.Model.On(LineKind.Serial)!.Create(new SerialBus(line, time), order);

    private ISensor I2c(ScriptedI2c line, SensorOrder order) =>
        Pmsa003iSensor.Model.On(LineKind.I2c)!.Create(new I2cBus(line, time), order);

    private async Task<Reading> OnUart(ScriptedLine line) =>
        await Uart(line, Believed).ReadAsync(TestContext.Current.CancellationToken);

    private async Task<Reading> OnI2c(ScriptedI2c line) =>
        await I2c(line, Believed).ReadAsync(TestContext.Current.CancellationToken);
}

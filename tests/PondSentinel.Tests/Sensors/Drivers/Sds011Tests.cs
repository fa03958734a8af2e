using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Drivers.NovaSds011;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed class Sds011Tests
{
    private const string Data = "AA C0 D4 04 3A 06 A1 60 19 AB";
    private const string OtherData = "AA C0 7E 00 1C 01 A1 60 9C AB";
    private const string SleepReply = "AA C5 06 01 00 00 A1 60 08 AB";
    private const string FirmwareReply = "AA C5 07 0F 07 0A A1 60 28 AB";

    private static readonly byte[] HeadBytes = [0xAA, 0xC0, 0xAB, 0x00];

    // What is tested of the warm-up stands in Sds011DutyTests.
    private static readonly SensorOrder Order = new(0, ["pm25", "pm10"]) { Settings = new DutySettings(TimeSpan.Zero, Sleep: false) };

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Query_is_byte_for_byte_what_the_protocol_prints() =>
        Assert.Equal(
            Hex.Bytes("AA B4 04 00 00 00 00 00 00 00 00 00 00 00 00 FF FF 02 AB"), Sds011Frame.QueryData.ToArray());

    [Theory]
    [InlineData(Data, "123.6 159.4")]
    [InlineData(OtherData, "12.6 28.4")]
    [InlineData("C0 AA" + Data, "123.6 159.4")]
    [InlineData("AA C0 D4 04 3A" + OtherData, "12.6 28.4")]
    [InlineData("AA C0 D4 04 3A 06 A1 60 18 AB" + OtherData, "12.6 28.4")]
    [InlineData(SleepReply + FirmwareReply + Data, "123.6 159.4")]
    [InlineData("AA C0 00 00 00 00 A1 60 01 AB", "NotReady")]
    [InlineData("AA C0 0F 27 10 27 A1 60 6E AB", "999.9 OverRange 1000 OverRange")]
    [InlineData("", "NoAnswer")]
    [InlineData("AA C0 D4 04", "TimedOut")]
    [InlineData(SleepReply, "Garbled")]
    [InlineData("AA C0 D4 04 3A 06 A1 60 19 AC", "Garbled")]
    public async Task Every_reply_has_one_meaning(string bytes, string expected)
    {
        var line = new ScriptedLine(time, _ => [(30, bytes)]);

        Assert.Equal(expected, Readings.Describe(await Sensor(line).ReadAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Frame_from_before_the_question_is_not_its_answer()
    {
        var frames = OtherData;
        var line = new ScriptedLine(time, _ => [(0, "1C 01 A1 60 9C AB"), (600, frames)]);
        var sensor = Sensor(line);
        await sensor.ReadAsync(TestContext.Current.CancellationToken);
        frames = Data;
        line.Arrive(0, OtherData + OtherData + "AA C0 7E 00");

        Assert.Equal("123.6 159.4", Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Port_that_cannot_be_used_is_said_in_its_own_words()
    {
        var line = new ScriptedLine(time, _ => []) { Fault = "/dev/scripted has gone" };

        Assert.Equal(
            new Reading.Failed(SensorFault.BusDown, "/dev/scripted has gone"),
            await Sensor(line).ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Any_bytes_are_searched_without_an_exception() =>
        Gen.Byte.Array[0, 100].Sample(
            bytes =>
            {
                Sds011Frame.TryFindData(bytes, out _);
                Sds011Frame.FindAnswer(bytes, Sds011Frame.SetSleepCommand, value: null);
            },
            iter: 20_000);

    [Fact]
    public void Good_frame_is_found_behind_any_noise() =>
        (from noise in Gen.Int[0, 3].Select(i => HeadBytes[i]).Array[0, 30]
         from pm25 in Gen.UShort
         from pm10 in Gen.UShort
         select (noise, data: new Sds011Data(pm25, pm10))).Sample(
            input =>
            {
                byte[] bytes = [.. input.noise, .. Frame(input.data.Pm25Tenths, input.data.Pm10Tenths)];

                Assert.True(Sds011Frame.TryFindData(bytes, out var found));

                // A frame may stand in the noise, or begin there, by chance.
                if (!Sds011Frame.TryFindData(bytes.AsSpan(..^1), out _))
                {
                    Assert.Equal(input.data, found);
                }
            },
            iter: 20_000);

    [Fact]
    public void Frame_with_any_bit_turned_is_not_taken() =>
        (from pm25 in Gen.UShort from pm10 in Gen.UShort from bit in Gen.Int[0, 79] select (pm25, pm10, bit)).Sample(
            input =>
            {
                var frame = Frame(input.pm25, input.pm10);
                frame[input.bit / 8] ^= (byte)(1 << (input.bit % 8));

                Assert.False(Sds011Frame.TryFindData(frame, out _));
            },
            iter: 20_000);

    private static byte[] Frame(ushort pm25, ushort pm10)
    {
        byte[] body = [(byte)(pm25 & 0xFF), (byte)(pm25 >> 8), (byte)(pm10 & 0xFF), (byte)(pm10 >> 8), 0xA1, 0x60];
        return [0xAA, 0xC0, .. body, (byte)(body.Sum(value => value) & 0xFF), 0xAB];
    }

    private ISensor Sensor(ScriptedLine line) =>
        SensorCatalogue.Models["nova-sds011"].On(LineKind.Serial)!.Create(new SerialBus(line, time), Order);
}

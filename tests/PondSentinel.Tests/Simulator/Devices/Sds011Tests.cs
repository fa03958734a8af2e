using CsCheck;
using PondSentinel.Simulator;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Tests.Simulator.Devices;

/// <summary>The virtual dust sensor against the frames of its protocol.</summary>
public sealed class Sds011Tests : IDisposable
{
    private const string QueryMode = "02 01 01";
    private const string ActiveMode = "02 01 00";
    private const string QueryData = "04 00 00";
    private const string Sleep = "06 01 00";
    private const string Work = "06 01 01";

    private readonly StringWriter served = new();
    private readonly Faults faults = new();
    private (double, double) air = (123.6, 159.4);

    [Theory]
    [InlineData(123.6, 159.4, "AA C0 D4 04 3A 06 A1 60 19 AB")]
    [InlineData(12.6, 28.4, "AA C0 7E 00 1C 01 A1 60 9C AB")]
    public void Measurement_has_tenths_low_byte_first(double pm25, double pm10, string answer)
    {
        air = (pm25, pm10);
        var sensor = Sensor();
        Exchange(sensor, QueryMode);
        Assert.Equal(answer, Exchange(sensor, QueryData));
    }

    [Theory]
    [InlineData("06 01 00", "AA C5 06 01 00 00 A1 60 08 AB")] // sleep
    [InlineData("07 00 00", "AA C5 07 0F 07 0A A1 60 28 AB")] // firmware 15-07-10
    [InlineData("02 01 01", "AA C5 02 01 01 00 A1 60 05 AB")]
    [InlineData("08 01 05", "AA C5 08 01 05 00 A1 60 0F AB")]
    public void Command_is_answered(string command, string answer) => Assert.Equal(answer, Exchange(Sensor(), command));

    [Fact]
    public void Sends_every_second_until_told_not_to()
    {
        var sensor = Sensor();
        var sent = 0;
        for (var ms = 0; ms < 10_000; ms += 10)
        {
            sent += sensor.Next(TimeSpan.FromMilliseconds(ms)) is null ? 0 : 1;
        }

        Assert.InRange(sent, 9, 10);
        Exchange(sensor, QueryMode);
        Assert.Null(sensor.Next(TimeSpan.FromMinutes(1)));
        Exchange(sensor, ActiveMode, TimeSpan.FromMinutes(2));
        Assert.Null(sensor.Next(TimeSpan.FromMinutes(2)));
        Assert.NotNull(Later(sensor, TimeSpan.FromMinutes(3)));
    }

    [Fact]
    public void Asleep_it_hears_nothing_but_the_command_to_wake()
    {
        var sensor = Sensor();
        Exchange(sensor, QueryMode);
        Exchange(sensor, Sleep);
        Assert.Equal("", Exchange(sensor, QueryData));
        Assert.Equal("", Exchange(sensor, Sleep));
        Assert.Equal("AA C5 06 01 01 00 A1 60 09 AB", Exchange(sensor, Work));
        Assert.NotEqual("", Exchange(sensor, QueryData));
    }

    [Fact]
    public void Command_with_a_wrong_checksum_or_for_another_sensor_is_not_heard()
    {
        var sensor = Sensor();
        var frame = Command(QueryMode);
        frame[17]++;
        sensor.Receive(frame, TimeSpan.Zero);
        frame = Command(QueryMode);
        frame[15] = 0x12;
        frame[17] = (byte)((frame[17] + 0x12 - 0xFF) & 0xFF);
        sensor.Receive(frame, TimeSpan.Zero);
        Assert.StartsWith("AA C0", Hex(sensor.Next(TimeSpan.FromSeconds(5)) ?? Later(sensor, TimeSpan.FromSeconds(6))), StringComparison.Ordinal);
    }

    [Fact]
    public void Joins_in_after_noise() =>
        Assert.NotEqual("", Exchange(Sensor(), "07 00 00", noise: [0x00, 0xFF, 0x12]));

    [Fact]
    public void What_was_served_is_noted_as_it_went_out()
    {
        var sensor = Sensor();
        Exchange(sensor, QueryMode);
        Exchange(sensor, QueryData);
        Assert.EndsWith(" dust C0 D4043A06 pm25=123.6 pm10=159.4\n", served.ToString(), StringComparison.Ordinal);
        faults.Switch(FaultKind.Mute);
        Assert.Equal("", Exchange(sensor, QueryData));
        faults.Switch(FaultKind.Garble);
        Assert.NotEqual("", Exchange(sensor, QueryData));
        Assert.Single(served.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void No_bytes_make_it_fail() =>
        Gen.Byte.Array[0, 100].Sample(bytes =>
        {
            var sensor = Sensor();
            sensor.Receive(bytes, TimeSpan.Zero);
            byte[] data = [.. bytes.Concat(new byte[13]).Take(13), 0xFF, 0xFF];
            sensor.Receive(Framed(data), TimeSpan.Zero);
            sensor.Next(TimeSpan.FromHours(1));
        });

    public void Dispose() => served.Dispose();

    private Sds011 Sensor() => new(
        "dust",
        faults,
        () => air,
        VirtualLine.CharacterTime(9600),
        new ServedLog(served, TimeProvider.System, new SiteClock(TimeProvider.System, TimeSpan.Zero, 1)));

    private static string Exchange(Sds011 sensor, string three, TimeSpan now = default, byte[]? noise = null)
    {
        sensor.Receive([.. noise ?? [], .. Command(three)], now);
        while (true)
        {
            // Unasked measurements of the active mode stand before the answer.
            var transmission = sensor.Next(now + TimeSpan.FromMilliseconds(100));
            if (transmission is null || transmission.Bytes[1] == 0xC5 || three == QueryData)
            {
                transmission?.Sent?.Invoke();
                return Hex(transmission);
            }
        }
    }

    private static Transmission? Later(Sds011 sensor, TimeSpan now) =>
        sensor.Next(now) ?? sensor.Next(now + TimeSpan.FromMilliseconds(100));

    private static byte[] Command(string three) =>
        Framed([.. three.Split(' ').Select(hex => Convert.ToByte(hex, 16)), .. new byte[10], 0xFF, 0xFF]);

    private static byte[] Framed(byte[] data) =>
        [0xAA, 0xB4, .. data, (byte)(data.Sum(value => value) & 0xFF), 0xAB];

    private static string Hex(Transmission? transmission) => transmission is null
        ? ""
        : string.Join(' ', Convert.ToHexString(transmission.Bytes).Chunk(2).Select(pair => new string(pair)));
}

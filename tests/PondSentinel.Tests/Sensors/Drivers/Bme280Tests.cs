using System.Buffers.Binary;
using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Drivers.BoschBme280;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed class Bme280Tests
{
    private static readonly byte[] First = FirstBlock();

    // H2 362, H3 0, H4 315, H5 50, H6 30.
    private static readonly byte[] Second = [362 & 0xFF, 362 >> 8, 0, 315 >> 4, (315 & 0xF) | ((50 & 0xF) << 4), 50 >> 4, 30];

    private readonly HastyTime time = new();

    [Fact]
    public void Example_of_the_data_sheet()
    {
        var calibration = Bme280Calibration.Of(First, Second)!;
        var fine = calibration.FineTemperature(519888);

        Assert.Equal(128422, fine, 1.0);
        Assert.Equal(25.08, Bme280Calibration.Celsius(fine), 0.005);
        Assert.Equal(100653.27, calibration.Pascals(415148, fine), 0.1);
    }

    [Theory]
    [InlineData(30000, 54.289)]
    [InlineData(26000, 31.965)]
    public void Humidity_with_two_numbers_of_twelve_bits(int raw, double percent)
    {
        var calibration = Bme280Calibration.Of(First, Second)!;

        Assert.Equal(percent, calibration.HumidityPercent(raw, calibration.FineTemperature(519888)), 0.001);
    }

    [Fact]
    public void Numbers_of_twelve_bits_are_signed()
    {
        // H4 -1 and H5 -2: FF, EF, FF.
        byte[] second = [362 & 0xFF, 362 >> 8, 0, 0xFF, 0xEF, 0xFF, 30];

        // (raw + 64 + 2 * 51622 / 16384) * 362 / 65536 * …: 0.57 % more of a step than with 0.
        var calibration = Bme280Calibration.Of(First, second)!;
        var fine = calibration.FineTemperature(519888);
        Assert.InRange(calibration.HumidityPercent(2000, fine), 11.5, 11.7);
    }

    [Theory]
    [InlineData("65 5A C0 7E ED 00 75 30", "25.08 54.29 1006.53")]
    [InlineData("80 00 00 7E ED 00 75 30", "TimedOut")]
    [InlineData("65 5A C0 80 00 00 75 30", "TimedOut")]
    [InlineData("65 5A C0 7E ED 00 80 00", "TimedOut")]
    public async Task Every_data_block_has_one_meaning(string data, string expected) =>
        Assert.Equal(expected, Rounded(await ReadAsync(Chip(0x60, Hex.Bytes(data)))));

    [Theory]
    [InlineData(0x58, "it is a BMP280, which has no humidity")]
    [InlineData(0x61, "no BME280: its kind is 61")]
    public async Task Another_chip_is_refused(byte kind, string expected) =>
        Assert.Equal(new Reading.Failed(SensorFault.WrongDevice, expected), await ReadAsync(Chip(kind, new byte[8])));

    [Theory]
    [InlineData(0x00)]
    [InlineData(0xFF)]
    public void Bus_that_is_held_is_no_calibration(byte value) =>
        Assert.Null(Bme280Calibration.Of([.. Enumerable.Repeat(value, 26)], [.. Enumerable.Repeat(value, 7)]));

    [Fact]
    public async Task Chip_is_known_once_and_measures_for_each_poll()
    {
        var line = Chip(0x60, Hex.Bytes("65 5A C0 7E ED 00 75 30"));
        var sensor = Sensor(line, isOutdoors: true);

        await sensor.ReadAsync(TestContext.Current.CancellationToken);
        await sensor.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            ["D0", "88", "E1", "F201", "F425", "F3", "F7", "F201", "F425", "F3", "F7"],
            line.Written.Select(written => Convert.ToHexString(written.Bytes)));
        Assert.Equal(TimeSpan.FromMilliseconds(20), time.Elapsed);
    }

    [Theory]
    [InlineData(true, Measurand.AirTemperature, Measurand.AirHumidity)]
    [InlineData(false, Measurand.HousingTemperature, Measurand.HousingHumidity)]
    public async Task Air_in_a_housing_is_not_the_air_outdoors(bool isOutdoors, Measurand temperature, Measurand humidity)
    {
        var measured = Assert.IsType<Reading.Measured>(
            await Sensor(Chip(0x60, Hex.Bytes("65 5A C0 7E ED 00 75 30")), isOutdoors).ReadAsync(TestContext.Current.CancellationToken));

        Assert.Equal(
            [temperature, humidity, Measurand.AirPressure], measured.Outputs.Select(output => output.Measurement!.Value.Measurand));
    }

    [Fact]
    public void Any_bytes_give_numbers_or_none() =>
        (from first in Gen.Byte.Array[26] from second in Gen.Byte.Array[7] from data in Gen.Byte.Array[8] select (first, second, data)).Sample(
            input =>
            {
                if (Bme280Calibration.Of(input.first, input.second) is { } calibration)
                {
                    var reading = Bme280Data.Interpret(input.data, calibration, new Bme280Settings(IsOutdoors: true).Outputs);
                    Assert.True(reading is not Reading.Measured measured
                        || measured.Outputs.All(output => output.Measurement is null || double.IsFinite(output.Measurement.Value.Value)));
                }
            },
            iter: 10_000);

    private static byte[] FirstBlock()
    {
        var block = new byte[26];
        int[] words = [27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(2 * i), unchecked((ushort)words[i]));
        }

        block[25] = 75;
        return block;
    }

    private static ScriptedI2c Chip(byte kind, byte[] data) => new((_, written, wanted) => wanted == 0 ? [] : written[0] switch
    {
        0xD0 => [kind],
        0x88 => First,
        0xE1 => Second,
        0xF7 => data,
        _ => [0],
    });

    private static string Rounded(Reading reading) => Readings.Describe(reading is Reading.Measured measured
        ? new Reading.Measured([.. measured.Outputs.Select(output => output with { Measurement = output.Measurement!.Value with { Value = Math.Round(output.Measurement.Value.Value, 2) } })])
        : reading);

    private ISensor Sensor(ScriptedI2c line, bool isOutdoors) => Bme280Sensor.Model.On(LineKind.I2c)!.Create(
        new I2cBus(line, time), new SensorOrder(0x76, ["temperature"]) { Settings = new Bme280Settings(isOutdoors) });

    private async Task<Reading> ReadAsync(ScriptedI2c line) =>
        await Sensor(line, isOutdoors: true).ReadAsync(TestContext.Current.CancellationToken);
}

using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Drivers.TiIna219;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed class Ina219Tests
{
    private readonly HastyTime time = new();

    [Theory]
    [InlineData("6272", "0000", 0.1, "12.6 0")]
    [InlineData("BB82", "0000", 0.1, "24 0")]
    [InlineData("BB82", "EC78", 0.1, "24 -0.5")]
    [InlineData("BB82", "1388", 0.1, "24 0.5")]
    [InlineData("BB82", "FFFF", 0.01, "24 -0.001")]
    [InlineData("CB22", "0000", 0.1, "26 0")]
    [InlineData("CB2A", "0000", 0.1, "26.004 OverRange 0")]
    [InlineData("BB82", "7D00", 0.1, "24 3.2 OverRange")]
    [InlineData("BB82", "8300", 0.1, "24 -3.2 OverRange")]
    [InlineData("BB82", "8000", 0.1, "24 -3.277 OverRange")]
    public void Registers_are_volts_and_amperes_of_either_sign(string bus, string shunt, double ohms, string expected)
    {
        var measured = Assert.IsType<Reading.Measured>(Ina219Registers.Interpret(Hex.Bytes(bus), Hex.Bytes(shunt), ohms));

        Assert.Equal(expected, Readings.Describe(new Reading.Measured(
            [.. measured.Outputs.Select(output => output with { Measurement = output.Measurement!.Value with { Value = Math.Round(output.Measurement.Value.Value, 3) } })])));
    }

    [Theory]
    [InlineData("3FFB", "BB82", "24 0.5")]
    [InlineData("3FFB", "BB80", "TimedOut")]
    [InlineData("399F", "BB82", "WrongDevice")]
    public async Task Value_is_one_that_was_measured_for_this_poll(string configuration, string bus, string expected)
    {
        var line = new ScriptedI2c((_, written, wanted) => wanted == 0
            ? []
            : Hex.Bytes(written[0] switch { 0 => configuration, 1 => "1388", _ => bus }));

        Assert.Equal(expected, Readings.Describe(await ReadAsync(line)));
        Assert.Equal("003FFB", Convert.ToHexString(line.Written[0].Bytes));
        Assert.Equal(TimeSpan.FromMilliseconds(151), time.Elapsed);
    }

    [Fact]
    public async Task Bus_that_fails_is_said_in_its_own_words() =>
        Assert.Equal(
            new Reading.Failed(SensorFault.NoAnswer, "nobody acknowledges"),
            await ReadAsync(new ScriptedI2c((_, _, _) => null)));

    [Fact]
    public void Any_registers_have_a_meaning() =>
        (from bus in Gen.Byte.Array[2] from shunt in Gen.Byte.Array[2] select (bus, shunt)).Sample(input =>
        {
            Ina219Registers.Interpret(input.bus, input.shunt, 0.1);
            Assert.InRange(Ina219Registers.BusVolts(input.bus), 0, 32.765);
        });

    private async Task<Reading> ReadAsync(ScriptedI2c line) =>
        await Ina219Sensor.Model.On(LineKind.I2c)!.Create(new I2cBus(line, time), new SensorOrder(0x40, ["voltage"]))
            .ReadAsync(TestContext.Current.CancellationToken);
}

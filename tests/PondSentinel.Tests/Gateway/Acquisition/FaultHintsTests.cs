using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class FaultHintsTests
{
    [Theory]
    [InlineData(SensorFault.NoAnswer, LineKind.Serial, true, "check the supply, A/B polarity and the address at X")]
    [InlineData(SensorFault.NoAnswer, LineKind.Serial, false, "check the supply, RX and TX at X")]
    [InlineData(SensorFault.NoAnswer, LineKind.I2c, true, "check the supply, SDA and SCL, and that i2cdetect finds the address at X")]
    [InlineData(SensorFault.TimedOut, LineKind.I2c, true, "check pull-ups, the length of the wires and the supply, and unplug one device after the other at X")]
    [InlineData(SensorFault.NoAnswer, LineKind.OneWire, true, "check the supply, the data wire and its pull-up of 4.7 kΩ, and the chip's number at X")]
    [InlineData(SensorFault.BusDown, LineKind.OneWire, true, "check that the bus is switched on in config.txt at X")]
    [InlineData(SensorFault.BusDown, LineKind.I2c, false, "check that the bus is switched on in config.txt at X")]
    [InlineData(SensorFault.BusDown, LineKind.Gpio, true, "check the chip's number with gpiodetect, that libgpiod is installed and the user in the group gpio at X")]
    [InlineData(SensorFault.DeviceFault, LineKind.Gpio, true, "check the contact and its wire for water, a short circuit and a bucket that is stuck at X")]
    [InlineData(SensorFault.Incomplete, LineKind.Gpio, false, "nothing to mend: a total over this time is a lower bound at X")]
    [InlineData(SensorFault.NoAnswer, LineKind.Spi, false, "check the supply, MISO, MOSI, SCK and the select line at X")]
    [InlineData(SensorFault.BusDown, LineKind.Spi, false, "check that the bus is switched on in config.txt at X")]
    [InlineData(SensorFault.DeviceFault, LineKind.I2c, true, "look at what its detail names, the current loop, the electrode, the probe or the supply, at X")]
    [InlineData(SensorFault.TimedOut, LineKind.OneWire, true, "check the supply under load and the connector at X")]
    [InlineData(SensorFault.Absent, LineKind.Host, false, "remove the channels of what this machine does not say at X")]
    public void Hint_speaks_of_the_wires_that_are_there(SensorFault fault, LineKind line, bool shared, string expected) =>
        Assert.Equal(expected, FaultHints.For(fault, "X", line, shared));

    [Fact]
    public void Device_that_answers_the_rest_is_there_with_power_and_right_polarity() => Assert.Equal(
        "compare its model and firmware with those configured, or remove the channels that it does not answer about, at X",
        FaultHints.For(SensorFault.NoAnswer, "X", LineKind.Serial, shared: true, isPart: true));

    [Fact]
    public void Chinese_tells_the_same_cases_apart_as_English()
    {
        var cases = (
            from fault in Enum.GetValues<SensorFault>()
            from line in Enum.GetValues<LineKind>()
            from shared in (bool[])[false, true]
            from part in (bool[])[false, true]
            select (English: FaultHints.For(fault, "X9", line, shared, part), Chinese: FaultHintsChinese.For(fault, "X9", line, shared, part)))
            .Distinct().ToList();

        Assert.Equal(cases.Count, cases.Select(each => each.English).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(cases.Count, cases.Select(each => each.Chinese).Distinct(StringComparer.Ordinal).Count());
        Assert.All(cases, each => Assert.StartsWith("X9：", each.Chinese, StringComparison.Ordinal));
        Assert.All(cases, each => Assert.Contains("X9", each.English, StringComparison.Ordinal));
    }
}

using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Tests.Sensors.Buses.I2c;

public sealed class I2cErrorsTests
{
    // The texts are those of System.Device.Gpio 4.2.
    [Theory]
    [InlineData("Error 121 performing I2C data transfer.", SensorFault.NoAnswer, "nobody acknowledges at 0x63 on /dev/i2c-1")]
    [InlineData("Error 6 performing I2C data transfer.", SensorFault.NoAnswer, "nobody acknowledges at 0x63 on /dev/i2c-1")]
    [InlineData("Error 110 performing I2C data transfer.", SensorFault.TimedOut, "the bus timed out at 0x63 on /dev/i2c-1: a device holds SDA or SCL low, or stretches the clock too long")]
    [InlineData("Error 11 performing I2C data transfer.", SensorFault.Garbled, "lost the bus to noise or another master at 0x63 on /dev/i2c-1")]
    [InlineData("Error 5 performing I2C data transfer.", SensorFault.Garbled, "the transfer broke off at 0x63 on /dev/i2c-1")]
    [InlineData("Error 2. Can not open I2C device file '/dev/i2c-1'.", SensorFault.BusDown, "/dev/i2c-1 is not there: write dtparam=i2c_arm=on into config.txt and start the machine anew")]
    [InlineData("Error 13. Can not open I2C device file '/dev/i2c-1'.", SensorFault.BusDown, "/dev/i2c-1 may not be used: add the gateway's user to the group i2c")]
    [InlineData("Error 107 performing I2C data transfer.", SensorFault.BusDown, "/dev/i2c-1 has gone")]
    [InlineData("Error 95 performing I2C data transfer.", SensorFault.BusDown, "/dev/i2c-1 cannot do plain I2C transfers: use another adapter")]
    [InlineData("Error 74 performing I2C data transfer.", SensorFault.BusDown, "error 74 at 0x63 on /dev/i2c-1")]
    [InlineData("Something else", SensorFault.BusDown, "/dev/i2c-1: Something else")]
    public void Each_number_of_the_kernel_is_a_named_fault(string message, SensorFault kind, string detail) =>
        Assert.Equal(new I2cFault(kind, detail), I2cErrors.Describe(message, "/dev/i2c-1", 0x63));

    [Fact]
    public void Any_text_is_understood_or_passed_on() =>
        Gen.String.Sample(text => { _ = I2cErrors.Describe("Error " + text, "/dev/i2c-1", 0x63); });
}

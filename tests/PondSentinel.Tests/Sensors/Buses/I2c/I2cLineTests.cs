using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Tests.Sensors.Buses.I2c;

public sealed class I2cLineTests
{
    [Fact]
    public async Task Bus_that_is_not_there_says_so_at_each_transfer()
    {
        using var line = new I2cLine(new I2cSettings(255));

        for (var transfer = 0; transfer < 2; transfer++)
        {
            var fault = await line.TransferAsync(0x63, new byte[] { 1 }, default);

            Assert.Equal(SensorFault.BusDown, fault!.Kind);
            Assert.StartsWith("/dev/i2c-255 is not there", fault.Detail, StringComparison.Ordinal);
        }
    }
}

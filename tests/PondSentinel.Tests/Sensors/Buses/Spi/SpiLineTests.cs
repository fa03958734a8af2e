using PondSentinel.Sensors.Buses.Spi;

namespace PondSentinel.Tests.Sensors.Buses.Spi;

public sealed class SpiLineTests
{
    [Fact]
    public void Bus_that_is_not_there_says_so_at_each_exchange()
    {
        using var line = new SpiLine(new SpiSettings(255, 1), TimeProvider.System);
        var way = new SpiWay(1, 500_000, TimeSpan.FromMicroseconds(10));

        for (var exchange = 0; exchange < 2; exchange++)
        {
            Assert.Equal(
                "/dev/spidev255.1 is not there: write dtparam=spi=on into config.txt and start the machine anew",
                line.Exchange(way, [1, 2], new byte[2]));
        }
    }
}

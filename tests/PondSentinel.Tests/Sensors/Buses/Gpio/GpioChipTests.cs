using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Tests.Sensors.Buses.Gpio;

public sealed class GpioChipTests
{
    [Fact]
    public void Chip_that_is_not_there_says_so_at_each_attempt_and_lets_itself_be_closed()
    {
        using var chip = new GpioChip(new GpioSettings(63));

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var fault = chip.Watch(17, GpioPull.Up, _ => { });

            Assert.StartsWith("line 17 of /dev/gpiochip63 cannot be watched: ", fault, StringComparison.Ordinal);
            Assert.EndsWith("and this program's user in the group gpio?", fault, StringComparison.Ordinal);
        }

        Assert.Equal((false, "line 17 of /dev/gpiochip63 is not watched"), chip.Read(17));
        chip.Leave(17);
    }
}

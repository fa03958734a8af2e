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

    [Fact]
    public async Task Relay_on_a_chip_that_is_not_there_is_said_with_what_to_look_at()
    {
        var relay = new GpioSupplySwitch(
            new SupplyRelay(new GpioSettings(63), 17, CutsAtHigh: true, TimeSpan.FromSeconds(10)), TimeProvider.System);

        var fault = await relay.CycleAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("line 17 of /dev/gpiochip63 cannot be used: ", fault, StringComparison.Ordinal);
        Assert.EndsWith(GpioDrivers.Advice, fault, StringComparison.Ordinal);
    }
}

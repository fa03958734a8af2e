using System.Device.Gpio;
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

    [Theory]
    [InlineData(GpioPull.Up, PinMode.InputPullUp)]
    [InlineData(GpioPull.Down, PinMode.InputPullDown)]
    [InlineData(GpioPull.None, PinMode.Input)]
    public void Line_is_held_as_asked_for_told_of_read_and_left(GpioPull pull, PinMode mode)
    {
        var driver = new ScriptedGpioDriver();
        using var chip = Chip(driver);
        List<bool> edges = [];

        Assert.Null(chip.Watch(17, pull, edges.Add));
        Assert.Equal(mode, driver.Opened[17]);
        driver.Turn(17, high: false);
        driver.Turn(17, high: true);
        Assert.Equal((true, null), chip.Read(17));
        chip.Leave(17);
        driver.Turn(17, high: false);

        Assert.Equal([false, true], edges);
        Assert.Empty(driver.Opened);
    }

    [Fact]
    public void Line_that_cannot_be_opened_costs_the_others_of_its_chip_no_edge_however_often_it_is_tried()
    {
        var driver = new ScriptedGpioDriver { Taken = { 4 } };
        using var chip = Chip(driver);
        var edges = 0;
        Assert.Null(chip.Watch(17, GpioPull.Up, _ => edges++));

        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.StartsWith("line 4 of /dev/gpiochip0 cannot be watched: Device or resource busy; ", chip.Watch(4, GpioPull.Up, _ => { }), StringComparison.Ordinal);
            driver.Turn(17, high: false);
            Assert.Equal((true, null), chip.Read(17));
        }

        Assert.Equal(3, edges);
        driver.Taken.Clear();
        Assert.Null(chip.Watch(4, GpioPull.Up, _ => { }));
    }

    [Fact]
    public void Line_that_can_be_read_no_more_is_closed_alone_and_opened_anew()
    {
        var driver = new ScriptedGpioDriver { Broken = { 4 } };
        using var chip = Chip(driver);
        Assert.Null(chip.Watch(17, GpioPull.Up, _ => { }));
        Assert.Null(chip.Watch(4, GpioPull.Up, _ => { }));

        Assert.NotNull(chip.Read(4).Fault);

        Assert.Equal([17], driver.Opened.Keys);
        Assert.Null(chip.Read(17).Fault);
        Assert.Null(chip.Watch(4, GpioPull.Up, _ => { }));
    }

    [Fact]
    public void Chip_none_of_whose_lines_can_be_used_is_opened_anew()
    {
        List<ScriptedGpioDriver> drivers = [];
        using var chip = new GpioChip(new GpioSettings(0), () =>
        {
            drivers.Add(new ScriptedGpioDriver { Broken = { 17 } });
            return drivers[^1];
        });
        Assert.Null(chip.Watch(17, GpioPull.Up, _ => { }));
        Assert.NotNull(chip.Read(17).Fault);
        Assert.True(drivers[0].IsDisposed);

        Assert.Null(chip.Watch(17, GpioPull.Up, _ => { }));
        Assert.Equal(2, drivers.Count);
    }

    private static GpioChip Chip(ScriptedGpioDriver driver) => new(new GpioSettings(0), () => driver);
}

using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Tests.Sensors.Buses.Gpio;

/// <summary>A relay on a line of a chip.</summary>
public sealed class GpioRelayTests
{
    [Theory]
    [InlineData(true, "Output 17 Low", "17 High", "17 Low")]
    [InlineData(false, "Output 17 High", "17 Low", "17 High")]
    public void Line_begins_released_without_a_stroke_and_is_released_before_it_is_given_back(bool atHigh, params string[] expected)
    {
        using var driver = new ScriptedGpioDriver();
        using (var relay = new GpioRelay(new GpioSettings(0), 17, atHigh, () => driver))
        {
            Assert.Null(relay.Switch(on: false));
            Assert.Null(relay.Switch(on: true));
        }

        Assert.Equal(expected, driver.Done.Where(done => !done.StartsWith("close", StringComparison.Ordinal)));
        Assert.True(driver.IsDisposed);
    }

    [Fact]
    public void Line_that_another_program_has_is_a_text_and_is_tried_anew()
    {
        using var driver = new ScriptedGpioDriver { Taken = { 17 } };
        var opened = 0;
        using var relay = new GpioRelay(new GpioSettings(0), 17, tripsAtHigh: true, () =>
        {
            opened++;
            return opened == 1 ? driver : new ScriptedGpioDriver();
        });
        Assert.StartsWith("line 17 of /dev/gpiochip0 cannot be used: Device or resource busy; ", relay.Switch(on: true), StringComparison.Ordinal);
        Assert.Null(relay.Switch(on: true));
        Assert.Equal(2, opened);
    }
}

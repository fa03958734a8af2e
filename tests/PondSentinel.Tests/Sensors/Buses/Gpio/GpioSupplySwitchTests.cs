using Microsoft.Extensions.Time.Testing;
using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Tests.Sensors.Buses.Gpio;

public sealed class GpioSupplySwitchTests
{
    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(true, "High", "Low")]
    [InlineData(false, "Low", "High")]
    public async Task Supply_is_cut_for_its_time_given_back_and_the_line_released(bool cutsAtHigh, string off, string on)
    {
        var driver = new ScriptedGpioDriver();
        var cycling = Switch(driver, cutsAtHigh).CycleAsync(TestContext.Current.CancellationToken);

        Assert.Equal([$"Output 17 {off}"], driver.Done);
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(cycling.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Null(await cycling);
        Assert.Equal([$"Output 17 {off}", $"17 {on}", "close 17"], driver.Done);
        Assert.True(driver.IsDisposed);
    }

    [Fact]
    public async Task Supply_is_given_back_where_the_gateway_stops_meanwhile()
    {
        var driver = new ScriptedGpioDriver();
        using var stop = new CancellationTokenSource();
        var cycling = Switch(driver, cutsAtHigh: true).CycleAsync(stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await cycling);
        Assert.Equal(["Output 17 High", "17 Low", "close 17"], driver.Done);
    }

    [Fact]
    public async Task Line_that_another_program_has_is_said()
    {
        var fault = await Switch(new ScriptedGpioDriver { Taken = { 17 } }, cutsAtHigh: true).CycleAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("line 17 of /dev/gpiochip0 cannot be used: Device or resource busy; ", fault, StringComparison.Ordinal);
    }

    // What a libgpiod of another version does.
    [Fact]
    public async Task Library_of_another_version_is_said_too()
    {
        var relay = new GpioSupplySwitch(Relay(cutsAtHigh: true), () => throw new EntryPointNotFoundException("gpiod_chip_open"), time);

        var fault = await relay.CycleAsync(TestContext.Current.CancellationToken);

        Assert.Contains("gpiod_chip_open", fault, StringComparison.Ordinal);
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

    private static SupplyRelay Relay(bool cutsAtHigh) => new(new GpioSettings(0), 17, cutsAtHigh, TimeSpan.FromSeconds(10));

    private GpioSupplySwitch Switch(ScriptedGpioDriver driver, bool cutsAtHigh) => new(Relay(cutsAtHigh), () => driver, time);
}

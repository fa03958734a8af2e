using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Sensors.Drivers.PulseCounter;

namespace PondSentinel.Tests.Sensors.Drivers.Pulses;

public sealed class PulseSensorTests : IDisposable
{
    private static readonly PulseSettings Rain = new(PulseQuantity.Rain, 0.2, 0, ClosesHigh: false, GpioPull.Up, PulseQuantity.Rain.Usual);
    private static readonly PulseSettings Wind = new(PulseQuantity.Wind, 0.7, 0.3, ClosesHigh: false, GpioPull.Up, PulseQuantity.Wind.Usual);
    private static readonly PulseSettings Flow = new(PulseQuantity.Flow, 0.5, 0, ClosesHigh: false, GpioPull.Up, PulseQuantity.Flow.Usual);

    private readonly FakeTimeProvider time = new();
    private readonly ScriptedGpio gpio = new();
    private readonly ScriptedMemory memory = new();

    [Fact]
    public async Task Rain_is_a_total_and_an_intensity_over_the_time_since_the_last_poll()
    {
        using var sensor = Sensor(Rain);

        Assert.Equal("0 0 NotReady", await PollAsync(sensor));
        Pulse(5);
        await NextMinuteAsync();
        Assert.Equal("5 1 60", await PollAsync(sensor));
        await NextMinuteAsync();
        Assert.Equal("5 1 0", await PollAsync(sensor));
        Assert.Equal((17, GpioPull.Up), Assert.Single(gpio.Watched));
    }

    [Fact]
    public async Task Wind_is_a_speed_that_begins_where_the_cups_begin_to_turn()
    {
        using var sensor = Sensor(Wind);
        await PollAsync(sensor);

        await NextMinuteAsync();
        Assert.Equal("0 0", await PollAsync(sensor));
        Pulse(120, everyMs: 250);
        await NextMinuteAsync();
        Assert.Equal("120 1.7", await PollAsync(sensor));
    }

    [Fact]
    public async Task Flow_is_a_volume_and_litres_a_minute()
    {
        using var sensor = Sensor(Flow);
        await PollAsync(sensor);
        Pulse(30, everyMs: 100);
        await NextMinuteAsync();

        Assert.Equal("30 15 15", await PollAsync(sensor));
    }

    [Fact]
    public async Task Count_goes_on_after_a_clean_stop_and_says_that_the_time_between_was_not_seen()
    {
        using (var sensor = Sensor(Rain))
        {
            await PollAsync(sensor);
            Pulse(7);
            await PollAsync(sensor);
            Pulse(2);
        }

        await NextMinuteAsync();
        using var next = Sensor(Rain);
        var reading = await ReadAsync(next);
        Assert.Equal("9 Incomplete 1.8 Incomplete NotReady", Rounded(reading));
        Assert.Equal("pulses while this program did not run were not seen", ((Reading.Measured)reading).Outputs[0].Detail);
        Pulse(1);
        await NextMinuteAsync();
        Assert.Equal("10 2 12", await PollAsync(next));
    }

    [Fact]
    public async Task Count_after_a_power_cut_is_a_lower_bound_that_says_by_how_much()
    {
        var cut = Sensor(Rain);
        await PollAsync(cut);
        Pulse(7);

        using var next = Sensor(Rain);
        var reading = await ReadAsync(next);
        Assert.Equal("0 Incomplete 0 Incomplete NotReady", Rounded(reading));
        Assert.Equal(
            "this program or its machine was stopped without warning: at most 32 pulses that it had counted are lost, and those while it did not run were not seen",
            ((Reading.Measured)reading).Outputs[0].Detail);
    }

    [Fact]
    public async Task Line_that_cannot_be_watched_is_said_in_its_own_words_and_the_hole_when_it_can_again()
    {
        using var sensor = Sensor(Rain);
        await PollAsync(sensor);
        Pulse(3);
        gpio.Fault = "line 17 of /dev/gpiochip0 cannot be watched";

        Assert.Equal(new Reading.Failed(SensorFault.BusDown, gpio.Fault), await ReadAsync(sensor));
        Pulse(2);
        Assert.Equal(new Reading.Failed(SensorFault.BusDown, gpio.Fault), await ReadAsync(sensor));
        gpio.Fault = null;
        await NextMinuteAsync();
        Assert.Equal("3 Incomplete 0.6 Incomplete NotReady", await PollAsync(sensor));
        Pulse(1);
        await NextMinuteAsync();
        Assert.Equal("4 0.8 12", await PollAsync(sensor));
    }

    [Fact]
    public async Task Contact_that_stays_closed_is_a_fault_of_the_device_with_its_numbers()
    {
        using var sensor = Sensor(Rain);
        await PollAsync(sensor);
        gpio.Turn(high: false);
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("1 0.2 0.203", await PollAsync(sensor));
        time.Advance(TimeSpan.FromMinutes(1));

        var reading = await ReadAsync(sensor);
        Assert.Equal("1 DeviceFault 0.2 DeviceFault 0 DeviceFault", Rounded(reading));
        Assert.Equal("the contact has been closed for 60 min: stuck, or a short circuit", ((Reading.Measured)reading).Outputs[0].Detail);
    }

    [Fact]
    public async Task More_pulses_than_can_be_are_a_fault_of_the_device_with_their_number()
    {
        using var sensor = Sensor(Rain with { Limits = Rain.Limits with { Debounce = TimeSpan.Zero } });
        await PollAsync(sensor);
        Pulse(200, everyMs: 2);

        Assert.Equal("200 DeviceFault 40 DeviceFault 360000 DeviceFault", await PollAsync(sensor));
    }

    [Fact]
    public async Task Line_that_is_never_still_is_a_fault_and_not_a_calm()
    {
        using var sensor = Sensor(Rain);
        await PollAsync(sensor);
        for (var edge = 0; edge < 5000; edge++)
        {
            gpio.Turn(high: edge % 2 == 1);
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var reading = await ReadAsync(sensor);
        Assert.StartsWith("1 DeviceFault", Rounded(reading), StringComparison.Ordinal);
        Assert.Equal("5000 edges in 5 s for 1 pulses: the line is never still, so pulses are missed", ((Reading.Measured)reading).Outputs[0].Detail);
    }

    [Fact]
    public async Task Contact_to_the_supply_counts_where_it_goes_high()
    {
        gpio.IsHigh = false;
        using var sensor = Sensor(PulseSettings.Usual with { ClosesHigh = true, Pull = GpioPull.Down });
        await PollAsync(sensor);
        gpio.Turn(high: true);

        Assert.Equal("1", await PollAsync(sensor));
        Assert.Equal((17, GpioPull.Down), Assert.Single(gpio.Watched));
    }

    [Fact]
    public async Task Stop_before_the_first_poll_writes_nothing()
    {
        Sensor(Rain).Dispose();
        Assert.Null(memory.Text);

        var sensor = Sensor(Rain);
        await PollAsync(sensor);
        sensor.Dispose();
        Assert.Equal("pulses 0 at-most 0", memory.Text);
        Assert.Equal([17, 17], gpio.Left);
    }

    public void Dispose() => gpio.Dispose();

    private PulseSensor Sensor(PulseSettings settings) => (PulseSensor)PulseSensor.Model.On(LineKind.Gpio)!.Create(
        new GpioBus(gpio, time), new SensorOrder(17, ["count"]) { Settings = settings, Memory = memory });

    private void Pulse(int pulses, int everyMs = 1000)
    {
        for (var pulse = 0; pulse < pulses; pulse++)
        {
            time.Advance(TimeSpan.FromMilliseconds(everyMs / 2));
            gpio.Turn(high: false);
            time.Advance(TimeSpan.FromMilliseconds(everyMs / 2));
            gpio.Turn(high: true);
        }
    }

    // Polls are a minute apart, whatever pulses took of it.
    private Task NextMinuteAsync()
    {
        var into = (time.GetUtcNow() - time.Start).TotalSeconds % 60;
        time.Advance(TimeSpan.FromSeconds(60 - into));
        return Task.CompletedTask;
    }

    private static Task<Reading> ReadAsync(PulseSensor sensor) => sensor.ReadAsync(TestContext.Current.CancellationToken).AsTask();

    private static async Task<string> PollAsync(PulseSensor sensor) => Rounded(await ReadAsync(sensor));

    private static string Rounded(Reading reading) => Readings.Describe(reading is Reading.Measured measured
        ? new Reading.Measured(
            [
                .. measured.Outputs.Select(output => output.Measurement is { } value
                    ? output with { Measurement = value with { Value = Math.Round(value.Value, 3) } }
                    : output),
            ])
        : reading);
}

using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Sensors.Drivers.Contact;

namespace PondSentinel.Tests.Sensors.Drivers.Contacts;

public sealed class ContactSensorTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly ScriptedGpio gpio = new();

    [Fact]
    public async Task Door_that_was_opened_and_shut_between_two_polls_is_not_missed()
    {
        using var sensor = Sensor(ContactQuantity.Door);
        gpio.IsHigh = false;
        Assert.Equal((Measurand.DoorOpen, 0.0), await ValueAsync(sensor));

        Pass(20);
        gpio.Turn(high: true);
        Pass(6);
        gpio.Turn(high: false);
        Pass(34);
        Assert.Equal((Measurand.DoorOpen, 0.1), await ValueAsync(sensor));
        Pass(60);
        Assert.Equal((Measurand.DoorOpen, 0.0), await ValueAsync(sensor));
        Assert.Equal((17, GpioPull.Up), Assert.Single(gpio.Watched));
    }

    /// <summary>Contacts to ground with a pull-up: shut doors, running pumps and open valves are low, so a cut wire is an open door.</summary>
    [Theory]
    [InlineData("door", Measurand.DoorOpen, 1)]
    [InlineData("pump", Measurand.PumpRunning, 0)]
    [InlineData("valve", Measurand.ValveOpen, 0)]
    public async Task Line_that_hangs_free_is_an_open_door_and_no_running_pump(string quantity, Measurand measurand, double value)
    {
        using var sensor = Sensor(ContactQuantity.ByWord[quantity]);

        Assert.Equal((measurand, value), await ValueAsync(sensor));
        gpio.Turn(high: false);
        Pass(60);
        Assert.Equal((measurand, 1 - value), await ValueAsync(sensor));
    }

    [Fact]
    public async Task Active_level_and_pull_are_those_of_its_owner()
    {
        using var sensor = new ContactSensor(
            gpio, 4, ContactSettings.Usual(ContactQuantity.Pump) with { ActiveHigh = true, Pull = GpioPull.Down }, time);

        Assert.Equal((Measurand.PumpRunning, 1.0), await ValueAsync(sensor));
        Assert.Equal((4, GpioPull.Down), Assert.Single(gpio.Watched));
    }

    [Fact]
    public async Task Line_that_cannot_be_watched_is_said_and_afterwards_it_begins_anew()
    {
        using var sensor = Sensor(ContactQuantity.Pump);
        gpio.IsHigh = false;
        Assert.Equal((Measurand.PumpRunning, 1.0), await ValueAsync(sensor));
        gpio.Fault = "line 17 of /dev/gpiochip0 cannot be watched";
        Pass(60);
        Assert.Equal(new Reading.Failed(SensorFault.BusDown, gpio.Fault), await sensor.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(new Reading.Failed(SensorFault.BusDown, gpio.Fault), await sensor.ReadAsync(TestContext.Current.CancellationToken));

        // What happened meanwhile nobody saw: only how it stands is told.
        gpio.Fault = null;
        gpio.IsHigh = true;
        Pass(60);
        Assert.Equal((Measurand.PumpRunning, 0.0), await ValueAsync(sensor));
    }

    [Theory]
    [InlineData(620, false)]
    [InlineData(621, true)]
    public async Task Line_that_is_never_still_is_a_fault_of_the_device(int edges, bool isFault)
    {
        using var sensor = Sensor(ContactQuantity.Door);
        await ValueAsync(sensor);
        for (var edge = 0; edge < edges; edge++)
        {
            gpio.Turn(high: edge % 2 == 0);
        }

        Pass(60);
        var output = Assert.Single(((Reading.Measured)await sensor.ReadAsync(TestContext.Current.CancellationToken)).Outputs);
        Assert.Equal(isFault ? SensorFault.DeviceFault : null, output.Fault);
        Assert.Equal(
            isFault ? "621 edges in 60 s: the line is never still; look at its wire and its shield, or give it a longer debounce" : null, output.Detail);
    }

    [Fact]
    public async Task Line_is_left_when_the_sensor_ends()
    {
        var sensor = Sensor(ContactQuantity.Valve);
        await ValueAsync(sensor);
        sensor.Dispose();

        Assert.Equal([17], gpio.Left);
    }

    /// <summary>So whoever looks at a station once may ask it, other than a counter.</summary>
    [Theory]
    [InlineData("contact", false)]
    [InlineData("pulse-counter", true)]
    public void First_poll_of_a_contact_tells_how_it_stands(string model, bool countsFirst) =>
        Assert.Equal(countsFirst, SensorCatalogue.Models[model].On(LineKind.Gpio)!.CountsFirst);

    public void Dispose() => gpio.Dispose();

    private void Pass(double seconds) => time.Advance(TimeSpan.FromSeconds(seconds));

    private ContactSensor Sensor(ContactQuantity quantity) => new(gpio, 17, ContactSettings.Usual(quantity), time);

    private static async Task<(Measurand Measurand, double Value)> ValueAsync(ContactSensor sensor)
    {
        var output = Assert.Single(((Reading.Measured)await sensor.ReadAsync(TestContext.Current.CancellationToken)).Outputs);
        Assert.Null(output.Fault);
        return (output.Measurement!.Value.Measurand, Math.Round(output.Measurement.Value.Value, 9));
    }
}

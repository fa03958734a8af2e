using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses;

namespace PondSentinel.Sensors.Drivers.MaximDs18b20;

/// <summary>Reads a DS18B20 by the kernel's driver <c>w1_therm</c>: each read of its file measures, which takes 0.75 s.
/// </summary>
/// <remarks>The kernel's call blocks on a thread of its own; for as long as the chip measures others are asked, whom the kernel
/// lets at the wire where the chip has a supply of its own. A call that hangs is not joined by a second one. Not thread-safe.
/// </remarks>
/// <param name="read">Reads the chip's file, or says why that cannot be; blocks.</param>
/// <param name="time">For waiting.</param>
internal sealed class Ds18b20Sensor(Func<Reading> read, TimeProvider time) : IPausingSensor
{
    private const byte Family = 0x28;

    // At 12 bits.
    private static readonly TimeSpan MeasuringTime = TimeSpan.FromMilliseconds(750);

    // Two resets, the chip's number twice, two commands and nine bytes, some 70 microseconds a bit, and the kernel's own.
    private static readonly TimeSpan LineTime = TimeSpan.FromMilliseconds(50);

    private Task<Reading>? reading;

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "maxim-ds18b20",
        Name = "Maxim DS18B20 thermometer",
        Grade = "reference",
        VerifiedOnHardware = false,
        Outputs = [new SensorOutput("temperature", Measurand.WaterTemperature) { Method = "semiconductor", Range = Ds18b20Scratchpad.Range }],
        Attachments =
        [
            Attachment.OneWire(
                new OneWireAddresses(Family),
                LineTime,
                static (bus, order) => Of(bus.Folder, new OneWireAddresses(Family).Text(order.Address), bus.Time)) with
            {
                Waiting = _ => MeasuringTime,
            },
        ],
    };

    /// <summary>The sensor that the kernel shows in a folder.</summary>
    /// <param name="folder">Where the kernel shows 1-Wire devices.</param>
    /// <param name="name">Name of the device there.</param>
    /// <param name="time">For waiting.</param>
    public static Ds18b20Sensor Of(string folder, string name, TimeProvider time) => new(() => Read(folder, name), time);

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => ReadAsync(new LoneTurn(time), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (reading is { IsCompleted: false })
        {
            return new Reading.Failed(SensorFault.TimedOut, "the kernel has not come back from the last reading of it");
        }

        turn.BeginMeasuring();
        reading = Blocking.RunAsync(read);
        await turn.PauseAsync(MeasuringTime, cancellationToken);
        return await reading.WaitAsync(cancellationToken);
    }

    private static Reading Read(string folder, string name)
    {
        try
        {
            return Ds18b20Scratchpad.Interpret(File.ReadAllText(Path.Combine(folder, name, "w1_slave")));
        }
        catch (DirectoryNotFoundException) when (!Directory.Exists(folder))
        {
            return new Reading.Failed(
                SensorFault.BusDown, $"{folder} is not there: write dtoverlay=w1-gpio into config.txt and start the machine anew");
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            return new Reading.Failed(SensorFault.NoAnswer, $"{name} is not on the bus");
        }
        catch (UnauthorizedAccessException)
        {
            return new Reading.Failed(SensorFault.BusDown, $"{folder} may not be read");
        }
        catch (IOException e)
        {
            // What the kernel gives while the chip does not answer as it should.
            return new Reading.Failed(SensorFault.NoAnswer, $"{name}: {e.Message}");
        }
    }
}

using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses;

namespace PondSentinel.Sensors.Drivers.MaximDs18b20;

/// <summary>Reads a DS18B20 by the kernel's driver <c>w1_therm</c>: each read of its file measures, which takes 0.75 s.
/// </summary>
/// <param name="folder">Where the kernel shows 1-Wire devices.</param>
/// <param name="name">Name of the device there.</param>
internal sealed class Ds18b20Sensor(string folder, string name) : ISensor
{
    private const byte Family = 0x28;

    // 750 ms at 12 bits, and some for the bus.
    private static readonly TimeSpan LineTime = TimeSpan.FromMilliseconds(800);

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
                static (bus, order) => new Ds18b20Sensor(bus.Folder, new OneWireAddresses(Family).Text(order.Address))),
        ],
    };

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await Blocking.RunAsync(Read);
    }

    private Reading Read()
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

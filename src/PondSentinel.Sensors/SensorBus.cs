using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Buses.Spi;

namespace PondSentinel.Sensors;

/// <summary>A line of this machine and what speaks over it, shared by the devices that hang on it.</summary>
/// <remarks>One worker at a time uses its devices. The line is opened by the first poll, not here. Disposing closes it.
/// </remarks>
public abstract class SensorBus : IDisposable
{
    private protected SensorBus(TimeProvider time) => Time = time;

    /// <summary>For all waiting.</summary>
    public TimeProvider Time { get; }

    /// <summary>Who listens to what is said on the line; null where nobody does, and for ever where the kernel speaks: 1-Wire, GPIO.
    /// </summary>
    public BusTranscript? Transcript
    {
        get => Tap.Transcript;
        set => Tap.Transcript = value;
    }

    /// <summary>Where somebody may listen.</summary>
    private protected BusTap Tap { get; } = new();

    /// <summary>Makes the bus of a line.</summary>
    /// <param name="line">The line; it may not be there yet.</param>
    /// <param name="time">For all waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The line is of a kind that is not known here.</exception>
    public static SensorBus Of(LineSettings line, TimeProvider time) => line switch
    {
        SerialSettings serial => new SerialBus(serial, time),
        I2cSettings i2c => new I2cBus(i2c, time),
        SpiSettings spi => new SpiBus(spi, time),
        HostSettings host => new HostBus(host, time),
        GpioSettings gpio => new GpioBus(gpio, time),
        OneWireSettings oneWire => new OneWireBus(oneWire, time),
        _ => throw new ArgumentOutOfRangeException(nameof(line), line, "Not a known kind of line."),
    };

    /// <inheritdoc/>
    public abstract void Dispose();
}

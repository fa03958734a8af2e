using PondSentinel.Calibration;
using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors;

/// <summary>How a model hangs on one kind of line.</summary>
public sealed record Attachment
{
    private Attachment(
        LineKind kind, AddressRule? addresses, Func<LineSettings, SensorOrder, TimeSpan> lineTime, SensorFactory create)
    {
        Kind = kind;
        Addresses = addresses;
        LineTime = lineTime;
        Create = create;
    }

    /// <summary>The kind of line.</summary>
    public LineKind Kind { get; }

    /// <summary>How it is told apart from others on the line; null where it must have the line for itself.</summary>
    public AddressRule? Addresses { get; }

    /// <summary>How long a poll keeps the line busy, answers and pauses on the line included. The line is of
    /// <see cref="Kind"/>.</summary>
    public Func<LineSettings, SensorOrder, TimeSpan> LineTime { get; }

    /// <summary>How long a poll holds the line at once, at the most; null where it is held from beginning to end.</summary>
    public Func<LineSettings, SensorOrder, TimeSpan>? Turn { get; init; }

    /// <summary>How long a poll waits off the line at the most, while others are asked; none unless said otherwise.</summary>
    public Func<SensorOrder, TimeSpan> Waiting { get; init; } = _ => TimeSpan.Zero;

    /// <summary>How long after an answer that did not come another attempt has to wait for it; none unless said otherwise.
    /// </summary>
    public TimeSpan Lateness { get; init; }

    /// <summary>Whether its first poll tells nothing yet, because what it counts takes time to come.</summary>
    public bool CountsFirst { get; init; }

    /// <summary>What its owner can do so that it does not wait, for people, after "or"; empty where it never waits.</summary>
    public string WithoutWaiting { get; init; } = "";

    /// <summary>Makes the driver of one device. The bus is of <see cref="Kind"/>.</summary>
    public SensorFactory Create { get; }

    /// <summary>A serial line.</summary>
    /// <param name="addresses">How devices on it are told apart; null where the device has the line for itself.</param>
    /// <param name="lineTime">How long a poll keeps the line busy at a baud rate.</param>
    /// <param name="create">Makes the driver.</param>
    public static Attachment Serial(
        AddressRule? addresses, Func<int, TimeSpan> lineTime, Func<SerialBus, SensorOrder, ISensor> create) =>
        Serial(addresses, (line, _) => lineTime(line.Baud) + line.Delay, create);

    /// <summary>A serial line, for a model of which not every poll is as long.</summary>
    /// <param name="addresses">How devices on it are told apart; null where the device has the line for itself.</param>
    /// <param name="lineTime">How long a poll keeps the line busy, by how the line is set.</param>
    /// <param name="create">Makes the driver.</param>
    public static Attachment Serial(
        AddressRule? addresses,
        Func<SerialSettings, SensorOrder, TimeSpan> lineTime,
        Func<SerialBus, SensorOrder, ISensor> create) => new(
            LineKind.Serial,
            addresses,
            (line, order) => lineTime((SerialSettings)line, order),
            (bus, order) => create((SerialBus)bus, order));

    /// <summary>An I2C bus.</summary>
    /// <param name="addresses">The addresses it can be set to.</param>
    /// <param name="lineTime">How long a poll keeps the bus busy.</param>
    /// <param name="create">Makes the driver.</param>
    public static Attachment I2c(
        I2cAddresses addresses, TimeSpan lineTime, Func<I2cBus, SensorOrder, ISensor> create) =>
        I2c(addresses, _ => lineTime, create);

    /// <summary>An I2C bus.</summary>
    /// <param name="addresses">The addresses it can be set to.</param>
    /// <param name="lineTime">How long a poll keeps the bus busy, by the settings of the device.</param>
    /// <param name="create">Makes the driver.</param>
    public static Attachment I2c(
        I2cAddresses addresses, Func<SensorSettings?, TimeSpan> lineTime, Func<I2cBus, SensorOrder, ISensor> create) => new(
            LineKind.I2c, addresses, (_, order) => lineTime(order.Settings), (bus, order) => create((I2cBus)bus, order));

    /// <summary>The 1-Wire buses.</summary>
    /// <param name="addresses">The numbers that such chips have.</param>
    /// <param name="lineTime">How long a poll keeps the bus busy.</param>
    /// <param name="create">Makes the driver.</param>
    public static Attachment OneWire(
        OneWireAddresses addresses, TimeSpan lineTime, Func<OneWireBus, SensorOrder, ISensor> create) => new(
            LineKind.OneWire, addresses, (_, _) => lineTime, (bus, order) => create((OneWireBus)bus, order));

    /// <summary>A chip select of an SPI bus, which the device has for itself.</summary>
    /// <param name="lineTime">How long a poll keeps it busy.</param>
    /// <param name="create">Makes the driver.</param>
    public static Attachment Spi(Func<SensorOrder, TimeSpan> lineTime, Func<SpiBus, SensorOrder, ISensor> create) => new(
        LineKind.Spi, addresses: null, (_, order) => lineTime(order), (bus, order) => create((SpiBus)bus, order));

    /// <summary>The computer that the gateway runs on.</summary>
    /// <param name="create">Makes the driver.</param>
    public static Attachment Host(Func<HostBus, SensorOrder, ISensor> create) => new(
        LineKind.Host, addresses: null, (_, _) => TimeSpan.Zero, (bus, order) => create((HostBus)bus, order));

    /// <summary>A GPIO chip. A poll takes no time of it: what happens on its lines is noted when it happens.</summary>
    /// <param name="create">Makes the driver.</param>
    public static Attachment Gpio(Func<GpioBus, SensorOrder, ISensor> create) => new(
        LineKind.Gpio, GpioLines.All, (_, _) => TimeSpan.Zero, (bus, order) => create((GpioBus)bus, order));
}

/// <summary>Makes the driver of one device.</summary>
/// <param name="bus">The line it hangs on; not owned by the driver.</param>
/// <param name="order">What is wanted of it.</param>
public delegate ISensor SensorFactory(SensorBus bus, SensorOrder order);

/// <summary>What is wanted of one device.</summary>
/// <param name="Address">Its address by the rule of its attachment; 0 where that has none.</param>
/// <param name="Outputs">The outputs somebody wants; the others need not be asked for.</param>
public sealed record SensorOrder(long Address, IReadOnlyCollection<string> Outputs)
{
    /// <summary>Serial number of the very piece, where its owner noted it.</summary>
    public string? Serial { get; init; }

    /// <summary>The last good number of a channel of another device, by <c>device.channel</c>; null where there is none that is
    /// fresh. Nobody measures anything elsewhere unless said otherwise.</summary>
    public Func<string, double?> Elsewhere { get; init; } = static _ => null;

    /// <summary>The calibration in force of an output, by its name; null where there is none. Asked at every poll by drivers that
    /// compute from the potential of an electrode. Nothing is calibrated unless said otherwise.</summary>
    public Func<string, CalibrationInForce?> Calibrated { get; init; } = static _ => null;

    /// <summary>Time between its polls; null where nobody has said.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>What it must not forget over a restart; null where nobody keeps that.</summary>
    public IDeviceMemory? Memory { get; init; }

    /// <summary>Settings that its model has read; null where it has none, or where nobody has given any: then the model's
    /// defaults hold.</summary>
    public SensorSettings? Settings { get; init; }
}

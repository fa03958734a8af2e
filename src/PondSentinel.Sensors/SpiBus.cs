using PondSentinel.Sensors.Buses.Spi;

namespace PondSentinel.Sensors;

/// <summary>A chip select of an SPI bus, with one device. The kernel keeps those of one bus apart.</summary>
public sealed class SpiBus : SensorBus
{
    /// <summary>One of this machine.</summary>
    /// <param name="settings">Which.</param>
    /// <param name="time">For all waiting.</param>
    public SpiBus(SpiSettings settings, TimeProvider time)
        : this(new SpiLine(settings, time), time)
    {
    }

    /// <summary>Any line.</summary>
    /// <param name="line">The line; owned by the bus.</param>
    /// <param name="time">For all waiting.</param>
    internal SpiBus(ISpiLine line, TimeProvider time)
        : base(time) => Line = new TappedSpiLine(line, Tap);

    /// <summary>The line.</summary>
    public ISpiLine Line { get; }

    /// <inheritdoc/>
    public override void Dispose() => Line.Dispose();
}

using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Sensors;

/// <summary>An I2C bus.</summary>
public sealed class I2cBus : SensorBus
{
    /// <summary>A bus of this machine.</summary>
    /// <param name="settings">Which.</param>
    /// <param name="time">For all waiting.</param>
    public I2cBus(I2cSettings settings, TimeProvider time)
        : this(new I2cLine(settings), time)
    {
    }

    /// <summary>A bus on any line.</summary>
    /// <param name="line">The line; owned by the bus.</param>
    /// <param name="time">For all waiting.</param>
    internal I2cBus(II2cLine line, TimeProvider time)
        : base(time) => Line = new TappedI2cLine(line, Tap);

    /// <summary>The line.</summary>
    public II2cLine Line { get; }

    /// <inheritdoc/>
    public override void Dispose() => Line.Dispose();
}

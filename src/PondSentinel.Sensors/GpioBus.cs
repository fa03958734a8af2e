using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Sensors;

/// <summary>The lines of a GPIO chip, each with a contact on it.</summary>
public sealed class GpioBus : SensorBus
{
    /// <summary>A chip of this machine.</summary>
    /// <param name="settings">Which.</param>
    /// <param name="time">For the times of edges.</param>
    public GpioBus(GpioSettings settings, TimeProvider time)
        : this(new GpioChip(settings), time)
    {
    }

    /// <summary>Any lines.</summary>
    /// <param name="lines">The lines; owned by the bus.</param>
    /// <param name="time">For the times of edges.</param>
    internal GpioBus(IGpioLines lines, TimeProvider time)
        : base(time) => Lines = lines;

    /// <summary>The lines.</summary>
    public IGpioLines Lines { get; }

    /// <inheritdoc/>
    public override void Dispose() => Lines.Dispose();
}

using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors;

/// <summary>A serial line and what speaks over it, shared by the devices that hang on it.</summary>
/// <remarks>Not thread-safe: one worker at a time uses its devices. Opens no port before the first poll.</remarks>
public sealed class SerialBus : IDisposable
{
    /// <summary>Makes the bus; the port is not opened.</summary>
    /// <param name="settings">How its line is set.</param>
    /// <param name="time">For all waiting.</param>
    public SerialBus(SerialSettings settings, TimeProvider time)
    {
        Settings = settings;
        Time = time;
    }

    /// <summary>How its line is set.</summary>
    public SerialSettings Settings { get; }

    /// <summary>For all waiting.</summary>
    public TimeProvider Time { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

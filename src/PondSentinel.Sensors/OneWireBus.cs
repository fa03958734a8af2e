using PondSentinel.Sensors.Buses.OneWire;

namespace PondSentinel.Sensors;

/// <summary>The 1-Wire buses of this machine. The kernel drives them; there is nothing to open or close.</summary>
/// <param name="settings">Where the kernel shows them.</param>
/// <param name="time">For all waiting.</param>
public sealed class OneWireBus(OneWireSettings settings, TimeProvider time) : SensorBus(time)
{
    /// <summary>Where their devices lie.</summary>
    public string Folder => settings.Folder;

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}

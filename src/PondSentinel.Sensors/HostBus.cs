using PondSentinel.Sensors.Buses.Host;

namespace PondSentinel.Sensors;

/// <summary>The computer that the gateway runs on; there is nothing to open or close.</summary>
public sealed class HostBus : SensorBus
{
    /// <summary>This computer.</summary>
    /// <param name="settings">What of it.</param>
    /// <param name="time">For all waiting.</param>
    public HostBus(HostSettings settings, TimeProvider time)
        : this(new Machine(), settings.Folder, time)
    {
    }

    /// <summary>Any computer.</summary>
    /// <param name="machine">The computer.</param>
    /// <param name="folder">The folder of which file system the free space counts.</param>
    /// <param name="time">For all waiting.</param>
    internal HostBus(Machine machine, string folder, TimeProvider time)
        : base(time) => (Machine, Folder) = (machine, folder);

    /// <summary>The computer.</summary>
    public Machine Machine { get; }

    /// <summary>The folder of which file system the free space counts.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}

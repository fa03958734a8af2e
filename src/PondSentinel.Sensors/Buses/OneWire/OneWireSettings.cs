namespace PondSentinel.Sensors.Buses.OneWire;

/// <summary>The 1-Wire buses of this machine, as the kernel shows them.</summary>
/// <param name="Folder">Where its devices lie, each in a folder of its own.</param>
public sealed record OneWireSettings(string Folder) : LineSettings
{
    /// <summary>Where the kernel shows them.</summary>
    public const string KernelFolder = "/sys/bus/w1/devices";

    /// <inheritdoc/>
    public override LineKind Kind => LineKind.OneWire;

    /// <inheritdoc/>
    public override string Place => Folder;
}

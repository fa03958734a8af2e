namespace PondSentinel.Sensors.Buses.Host;

/// <summary>The computer that the gateway runs on.</summary>
/// <param name="Folder">The folder of which file system the free space counts: the buffer's.</param>
public sealed record HostSettings(string Folder) : LineSettings
{
    /// <inheritdoc/>
    public override LineKind Kind => LineKind.Host;

    /// <inheritdoc/>
    public override string Place => "this machine";
}

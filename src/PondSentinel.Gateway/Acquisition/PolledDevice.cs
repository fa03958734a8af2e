using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>A device as acquisition needs it.</summary>
/// <param name="Options">Its settings.</param>
/// <param name="Channels">Its channels, with what they measure.</param>
/// <param name="Sensor">The device itself.</param>
/// <param name="Where">Its place for people: bus, port and address.</param>
public sealed record PolledDevice(
    DeviceOptions Options, IReadOnlyList<PolledChannel> Channels, ISensor Sensor, string Where)
{
    /// <summary>The kind of line it hangs on.</summary>
    public LineKind Line { get; init; } = LineKind.Serial;

    /// <summary>What became of its polls.</summary>
    public DeviceTally Tally { get; } = new(Options.Id, Options.Bus);
}

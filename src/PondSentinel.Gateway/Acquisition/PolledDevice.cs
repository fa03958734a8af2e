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

    /// <summary>How long a poll keeps its line busy when it answers.</summary>
    public TimeSpan LineTime { get; init; }

    /// <summary>What is done about its bus when everybody on it is silent; the same for all on a bus. Null where nothing is.
    /// </summary>
    public BusCare? Care { get; init; }

    /// <summary>What became of its polls.</summary>
    public DeviceTally Tally { get; } = new(Options.Id, Options.Bus);
}

/// <summary>What can be done about a bus on which everybody is silent.</summary>
/// <param name="Tally">Counts what was done.</param>
/// <param name="Reset">Closes its line, so that the next poll opens it anew.</param>
/// <param name="Supply">Switches the supply of its devices; null where there is no relay.</param>
public sealed record BusCare(BusTally Tally, Action Reset, ISupplySwitch? Supply);

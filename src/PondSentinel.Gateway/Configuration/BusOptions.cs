using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Gateway.Configuration;

/// <summary>A line that devices hang on, section <c>[[bus]]</c>.</summary>
public sealed record BusOptions
{
    /// <summary>Name, unique.</summary>
    public required string Id { get; init; }

    /// <summary>Which line of this machine, and how it is set.</summary>
    public required LineSettings Line { get; init; }

    /// <summary>A relay in the supply of its devices; null where there is none.</summary>
    public SupplyRelay? SupplyRelay { get; init; }
}

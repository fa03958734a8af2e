using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Configuration;

/// <summary>A sensor, section <c>[[device]]</c>.</summary>
public sealed record DeviceOptions
{
    /// <summary>Name on the wire, unique.</summary>
    public required string Id { get; init; }

    /// <summary>Station where it measures.</summary>
    public required string Station { get; init; }

    /// <summary>Bus that it hangs on.</summary>
    public required string Bus { get; init; }

    /// <summary>Model, an id of the sensor catalogue.</summary>
    public required string Model { get; init; }

    /// <summary>Address on the bus by the rule of its model; 0 where that has none.</summary>
    public long Address { get; init; }

    /// <summary>What only its model knows; null where that has no settings, or its defaults hold.</summary>
    public SensorSettings? Settings { get; init; }

    /// <summary>Time between polls, 100 ms to one day.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>Serial number of the very piece, where its owner noted it.</summary>
    public string? Serial { get; init; }

    /// <summary>The outputs that are kept, at least one.</summary>
    public required IReadOnlyList<ChannelOptions> Channels { get; init; }

    /// <summary>What is wanted of it.</summary>
    public SensorOrder Order => new(Address, [.. Channels.Select(channel => channel.Output)])
    {
        Serial = Serial,
        Interval = Interval > TimeSpan.Zero ? Interval : null,
        Settings = Settings,
    };
}

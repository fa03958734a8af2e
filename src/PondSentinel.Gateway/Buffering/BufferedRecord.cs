using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A poll as acquisition hands it over: everything that the wire needs later, whatever the configuration is by
/// then.</summary>
public sealed record BufferedRecord
{
    /// <summary>Site it was taken at; a backlog goes out under it even after the gateway has moved.</summary>
    public required string Site { get; init; }

    /// <summary>Hash of the meta that describes its channels.</summary>
    public required string Schema { get; init; }

    /// <summary>Station of the device.</summary>
    public required string Station { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>The clocks at the middle of the poll. Where nobody vouched for the wall clock the record waits, and its
    /// time comes from a <see cref="ClockAnchor"/> of the same boot.</summary>
    public required ClockReading Clock { get; init; }

    /// <summary>The channels that were due, at least one.</summary>
    public required IReadOnlyList<ChannelValue> Channels { get; init; }

    /// <summary>For a revision the record that it replaces, of the same clocks; otherwise null.</summary>
    public RecordId? Revises { get; init; }
}

/// <summary>Something that happened, as its origin hands it over.</summary>
public sealed record BufferedEvent
{
    /// <summary>Site it happened at.</summary>
    public required string Site { get; init; }

    /// <summary>The clocks when it happened.</summary>
    public required ClockReading Clock { get; init; }

    /// <summary>One of <c>fault cal maint drop clock config audit alarm meta sample</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The device it concerns, where it concerns one.</summary>
    public string? Device { get; init; }

    /// <summary>What happened: a JSON object, UTF-8.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }
}

namespace PondSentinel.Backend.Storage;

/// <summary>What a store keeps of a channel's day: whole numbers by name. The key is the five tags and the time; writing it again
/// replaces every field.</summary>
public sealed record DayPoint
{
    /// <summary>The measurement's name in the stores.</summary>
    public const string Measurement = "completeness";

    /// <summary>Tag; empty where nobody knows.</summary>
    public required string Site { get; init; }

    /// <summary>Tag; empty where nobody knows.</summary>
    public required string Station { get; init; }

    /// <summary>Tag.</summary>
    public required string Gateway { get; init; }

    /// <summary>Tag; empty for what no channel can be told of.</summary>
    public required string Device { get; init; }

    /// <summary>Tag; empty for what no channel can be told of.</summary>
    public required string Channel { get; init; }

    /// <summary>When the day begins, UTC ms since 1970.</summary>
    public required long StartMs { get; init; }

    /// <summary>All fields, in their order; those that are 0 too, so that an earlier number does not stay.</summary>
    public required IReadOnlyList<DayField> Fields { get; init; }
}

/// <summary>A number of a day.</summary>
/// <param name="Name">Its name, of <c>[a-z0-9_]</c>.</param>
/// <param name="Count">The number.</param>
public readonly record struct DayField(string Name, long Count);

/// <summary>A day that the store will never take.</summary>
/// <param name="Day">The day.</param>
/// <param name="Cause">As of a <see cref="RefusedPoint"/>.</param>
/// <param name="Detail">What the store said.</param>
public sealed record RefusedDay(DayPoint Day, string Cause, string Detail);

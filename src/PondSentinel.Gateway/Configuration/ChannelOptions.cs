namespace PondSentinel.Gateway.Configuration;

/// <summary>An output of a device that is kept, section <c>[[device.channel]]</c>.</summary>
public sealed record ChannelOptions
{
    /// <summary>Name on the wire, unique within the device and for ever: another measurand is a new channel.</summary>
    public required string Id { get; init; }

    /// <summary>The model's output.</summary>
    public required string Output { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>A value outside is flagged as failed; null where there is no such limit.</summary>
    public Band? Fail { get; init; }

    /// <summary>A value outside is flagged as suspect; within <see cref="Fail"/>.</summary>
    public Band? Suspect { get; init; }

    /// <summary>A value outside is committed and sent at once.</summary>
    public Band? Urgent { get; init; }

    /// <summary>Depth below the surface, m.</summary>
    public double? DepthMetres { get; init; }
}

/// <summary>An interval of values, both ends included, in the unit of the channel.</summary>
/// <param name="Low">Lowest value.</param>
/// <param name="High">Highest value, not below <paramref name="Low"/>.</param>
public readonly record struct Band(double Low, double High)
{
    /// <summary>Whether a value lies in it.</summary>
    /// <param name="value">The value, finite.</param>
    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>Whether another lies wholly in it.</summary>
    /// <param name="other">The other.</param>
    public bool Contains(Band other) => other.Low >= Low && other.High <= High;
}

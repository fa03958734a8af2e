namespace PondSentinel.Gateway.Configuration;

/// <summary>A place at the site, section <c>[[station]]</c>.</summary>
public sealed record StationOptions
{
    /// <summary>Name on the wire, unique.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>Degrees north, WGS 84, -90 to 90.</summary>
    public double? Latitude { get; init; }

    /// <summary>Degrees east, WGS 84, -180 to 180.</summary>
    public double? Longitude { get; init; }

    /// <summary>Stations that its water flows to.</summary>
    public IReadOnlyList<string> UpstreamOf { get; init; } = [];
}

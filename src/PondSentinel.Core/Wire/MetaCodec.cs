using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>A message of the topic <c>meta</c>: what a stranger needs to understand a gateway's records.</summary>
public sealed record MetaMessage
{
    /// <summary>The gateway, by its payload.</summary>
    public required string Gateway { get; init; }

    /// <summary>First 8 hexadecimal digits of the SHA-256 of the message without this member.</summary>
    public required string Schema { get; init; }

    /// <summary>The places.</summary>
    public IReadOnlyList<MetaStation> Stations { get; init; } = [];

    /// <summary>The sensors.</summary>
    public IReadOnlyList<MetaDevice> Devices { get; init; } = [];
}

/// <summary>A place.</summary>
public sealed record MetaStation
{
    /// <summary>Name on the wire.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>Degrees north, WGS 84.</summary>
    public double? Latitude { get; init; }

    /// <summary>Degrees east, WGS 84.</summary>
    public double? Longitude { get; init; }

    /// <summary>Stations that its water flows to.</summary>
    public IReadOnlyList<string> UpstreamOf { get; init; } = [];
}

/// <summary>A sensor.</summary>
public sealed record MetaDevice
{
    /// <summary>Name on the wire.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>Its station.</summary>
    public required string Station { get; init; }

    /// <summary>Model of the sensor catalogue.</summary>
    public required string Model { get; init; }

    /// <summary>Serial number.</summary>
    public string? Serial { get; init; }

    /// <summary>Whether anybody has run its driver against the real thing.</summary>
    public required bool VerifiedOnHardware { get; init; }

    /// <summary><c>reference</c> or <c>indicative</c>.</summary>
    public required string Grade { get; init; }

    /// <summary>Time between polls, ms.</summary>
    public required long IntervalMs { get; init; }

    /// <summary>What is kept of it.</summary>
    public IReadOnlyList<MetaChannel> Channels { get; init; } = [];
}

/// <summary>A channel.</summary>
public sealed record MetaChannel
{
    /// <summary>Name on the wire, within the device.</summary>
    public required string Id { get; init; }

    /// <summary>What its numbers are; null where this version does not know the measurand.</summary>
    public required Measurand? Measurand { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>How it is measured, for people.</summary>
    public string? Method { get; init; }

    /// <summary>What the sensor can measure: lowest and highest value in the measurand's unit.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>Limit of detection in the measurand's unit.</summary>
    public double? LimitOfDetection { get; init; }

    /// <summary>Depth below the surface, m.</summary>
    public double? DepthMetres { get; init; }

    /// <summary>Id of the calibration in force.</summary>
    public string? Calibration { get; init; }
}

/// <summary>Meta as bytes, topic <c>meta</c>.</summary>
public static class MetaCodec
{
    /// <summary>Writes a message and gives it its schema.</summary>
    /// <param name="meta">The message; its own <see cref="MetaMessage.Schema"/> is not looked at.</param>
    /// <param name="schema">The schema that it got.</param>
    public static byte[] Encode(MetaMessage meta, out string schema) => throw new NotSupportedException();

    /// <summary>Reads a message.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<MetaMessage> Decode(ReadOnlySpan<byte> payload) => throw new NotSupportedException();
}

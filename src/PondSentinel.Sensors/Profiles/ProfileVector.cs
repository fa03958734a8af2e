using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Profiles;

/// <summary>An example of a request, its reply and what it means.</summary>
public sealed record ProfileVector
{
    /// <summary>The read it is an example of; <see cref="Identity"/> where it is one of the serial number.</summary>
    public required string Read { get; init; }

    /// <summary>The name that stands for the serial number in place of a read.</summary>
    public const string Identity = "identity";

    /// <summary>Where it is from.</summary>
    public required string Source { get; init; }

    /// <summary>The request, checksum included.</summary>
    public required ReadOnlyMemory<byte> Request { get; init; }

    /// <summary>The reply, checksum included.</summary>
    public required ReadOnlyMemory<byte> Reply { get; init; }

    /// <summary>What the outputs say; those that have no number are left out.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    /// <summary>What is wrong with outputs: by name, or all by an empty name.</summary>
    public required IReadOnlyDictionary<string, SensorFault> Faults { get; init; }

    /// <summary>The serial number that it shows, where it is one of that.</summary>
    public string? Serial { get; init; }
}

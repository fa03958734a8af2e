using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Gateway.Configuration;

/// <summary>A serial line that devices hang on, section <c>[[bus]]</c>.</summary>
public sealed record BusOptions
{
    /// <summary>Name, unique.</summary>
    public required string Id { get; init; }

    /// <summary>The port's device file, for example <c>/dev/serial/by-id/…</c>.</summary>
    public required string Port { get; init; }

    /// <summary>Bits per second. Default 9600.</summary>
    public int Baud { get; init; } = 9600;

    /// <summary>Parity. Default none.</summary>
    public LineParity Parity { get; init; } = LineParity.None;

    /// <summary>Stop bits, 1 or 2. Default 1.</summary>
    public int StopBits { get; init; } = 1;
}

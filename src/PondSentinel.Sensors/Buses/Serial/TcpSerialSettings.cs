using System.Globalization;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>A serial line behind a serial server (Ethernet or mobile to RS-485): bytes of the line over TCP, as they are.</summary>
/// <param name="Host">Name or address of the server.</param>
/// <param name="TcpPort">Its port.</param>
/// <param name="Baud">Bits per second of the line behind it.</param>
/// <param name="Parity">The parity bit there.</param>
/// <param name="StopBits">Stop bits there, 1 or 2.</param>
public sealed record TcpSerialSettings(
    string Host, int TcpPort, int Baud, LineParity Parity = LineParity.None, int StopBits = 1)
    : SerialSettings(string.Create(CultureInfo.InvariantCulture, $"{Host}:{TcpPort}"), Baud, Parity, StopBits)
{
    /// <summary>How long a connection may take to be made. Default 3 s.</summary>
    public TimeSpan ConnectMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long bytes that the server has not acknowledged, or its silence to a probe, may last before it counts as gone.
    /// Default 15 s.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How much longer than on a wire bytes may be on their way. Default 200 ms.</summary>
    public TimeSpan NetworkDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public override TimeSpan Delay => NetworkDelay;
}

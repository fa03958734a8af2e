namespace PondSentinel.Sensors.Buses;

/// <summary>Where somebody may listen to a line.</summary>
internal sealed class BusTap
{
    /// <summary>Who listens; null where nobody does.</summary>
    public BusTranscript? Transcript { get; set; }

    /// <summary>Passes on what was sent.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="address">The address of a device on I2C.</param>
    public void Sent(ReadOnlySpan<byte> bytes, int? address = null) => Transcript?.Note(bytes, isSent: true, address);

    /// <summary>Passes on what came.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="address">The address of a device on I2C.</param>
    public void Came(ReadOnlySpan<byte> bytes, int? address = null) => Transcript?.Note(bytes, isSent: false, address);
}

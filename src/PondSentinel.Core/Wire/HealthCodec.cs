namespace PondSentinel.Wire;

/// <summary>A message of the topic <c>health</c>: how a gateway is. What cannot be measured on its machine is null.</summary>
public sealed record HealthMessage
{
    /// <summary>When: UTC ms since 1970.</summary>
    public required long TimeMs { get; init; }

    /// <summary>How good the time is, or null while nobody vouches for it.</summary>
    public ClockStamp? Clock { get; init; }

    /// <summary>Time since the process started, s.</summary>
    public required long UptimeSeconds { get; init; }

    /// <summary>Records not settled.</summary>
    public required long Unsettled { get; init; }

    /// <summary>Bytes they take on the card.</summary>
    public required long UnsettledBytes { get; init; }

    /// <summary>Time of the oldest of them: UTC ms since 1970; null where there is none or it has no time yet.</summary>
    public long? OldestUnsettledMs { get; init; }

    /// <summary>Bytes of the buffer's files.</summary>
    public required long BufferBytes { get; init; }

    /// <summary>Their bound.</summary>
    public required long BufferBytesMax { get; init; }

    /// <summary>What is wrong with the medium, in one line; null when nothing is.</summary>
    public string? BufferFault { get; init; }

    /// <summary>Records lost by cause, since the buffer was created.</summary>
    public IReadOnlyDictionary<LossCause, long> Lost { get; init; } = new Dictionary<LossCause, long>();

    /// <summary>Payload bytes published since the process started.</summary>
    public required long BytesSent { get; init; }

    /// <summary>Connections made since the process started.</summary>
    public required long Connects { get; init; }

    /// <summary>The devices' polls since the process started.</summary>
    public IReadOnlyList<DeviceHealth> Devices { get; init; } = [];

    /// <summary>Free bytes of the buffer's file system.</summary>
    public long? DiskFreeBytes { get; init; }

    /// <summary>Resident memory of the process, bytes.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>Temperature of the processor, degrees Celsius.</summary>
    public double? ProcessorCelsius { get; init; }

    /// <summary>Whether the board has seen too low a supply voltage since boot.</summary>
    public bool? Undervoltage { get; init; }

    /// <summary>The epochs it holds.</summary>
    public IReadOnlyList<HeldEpoch> Inventory { get; init; } = [];
}

/// <summary>What became of a device's polls.</summary>
/// <param name="Device">The device.</param>
/// <param name="Bus">Its bus.</param>
/// <param name="Polls">Polls made; each is a record.</param>
/// <param name="Failed">Polls that gave no value at all.</param>
/// <param name="Spared">Slots in which a dead device was not asked.</param>
/// <param name="Missed">Slots that passed because the bus was busy.</param>
public readonly record struct DeviceHealth(string Device, string Bus, long Polls, long Failed, long Spared, long Missed);

/// <summary>Health as bytes, topic <c>health</c>.</summary>
public static class HealthCodec
{
    /// <summary>Writes a message.</summary>
    /// <param name="health">The message.</param>
    public static byte[] Encode(HealthMessage health) => throw new NotSupportedException();

    /// <summary>Reads a message.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<HealthMessage> Decode(ReadOnlySpan<byte> payload) => throw new NotSupportedException();
}

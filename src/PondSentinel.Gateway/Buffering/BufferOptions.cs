namespace PondSentinel.Gateway.Buffering;

/// <summary>Settings of the buffer, section <c>[buffer]</c>.</summary>
public sealed record BufferOptions
{
    /// <summary>Folder that keeps the records; it must survive a reboot. Created where it is missing.</summary>
    public string Folder { get; init; } = "/var/lib/pondsentinel/buffer";

    /// <summary>Most bytes of all its files, 1 MiB to 64 GiB. Default 512 MiB.</summary>
    public long BytesMax { get; init; } = 512L << 20;

    /// <summary>Longest time a record that is not urgent waits for its commit, 0 to 1 min. Default 5 s. A power cut loses
    /// at most this.</summary>
    public TimeSpan CommitWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of the file system that are left free for others. Default 64 MiB.</summary>
    public long FreeSpaceFloor { get; init; } = 64L << 20;

    /// <summary>Light of the machine that blinks while the card takes nothing, a name under <c>/sys/class/leds</c>; null for
    /// none.</summary>
    public string? FaultLight { get; init; }
}

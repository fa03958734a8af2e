namespace PondSentinel.Gateway.Uplink;

/// <summary>What the uplink did since the process started, for health. Thread-safe.</summary>
internal sealed class UplinkTally
{
    private long bytes;
    private long connects;
    private long unsendable;

    /// <summary>Payload bytes that a broker has taken.</summary>
    public long BytesSent => Interlocked.Read(ref bytes);

    /// <summary>Connections made.</summary>
    public long Connects => Interlocked.Read(ref connects);

    /// <summary>Records and events that are larger than a message may be. The bounds of the configuration keep it at 0.
    /// </summary>
    public long Unsendable => Interlocked.Read(ref unsendable);

    /// <summary>Counts a payload.</summary>
    /// <param name="count">Its bytes.</param>
    public void CountBytes(int count) => Interlocked.Add(ref bytes, count);

    /// <summary>Counts a connection.</summary>
    public void CountConnect() => Interlocked.Increment(ref connects);

    /// <summary>Counts something too large to be sent.</summary>
    public void CountUnsendable() => Interlocked.Increment(ref unsendable);
}

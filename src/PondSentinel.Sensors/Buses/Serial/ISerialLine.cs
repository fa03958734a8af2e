namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>A line of bytes to devices that answer when they are asked.</summary>
/// <remarks>Not thread-safe, except that it may be disposed of at any time, which ends a wait. What happens to a port in
/// the field (busy, unplugged, no permission) is a text for the person at the pond, not an exception.</remarks>
public interface ISerialLine : IDisposable
{
    /// <summary>How it is set.</summary>
    SerialSettings Settings { get; }

    /// <summary>Opens the port where it is not open, and anew where it has gone since.</summary>
    /// <returns>Null when it is open, else what is wrong and what to do.</returns>
    string? Open();

    /// <summary>Opens the line where that takes time: one that is reached over a network.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Null when it is open, else what is wrong and what to do.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask<string?> OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Open());

    /// <summary>Closes the port, so that the next opening begins anew.</summary>
    void Reset();

    /// <summary>Says that an answer did not come in time. A line that can hold bytes back and bring them later lets go of them.
    /// </summary>
    void Distrust()
    {
        // A port of this machine holds nothing back.
    }

    /// <summary>Hands bytes to the port. They may still be on their way when this is done.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="cancellationToken">Ends it early; part of the bytes may have gone out.</param>
    /// <returns>Null, or what is wrong; then the port is closed.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Takes what has come, or waits for the first byte.</summary>
    /// <param name="buffer">Receives the bytes; not empty.</param>
    /// <param name="timeout">How long to wait when nothing is there.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask<LineResult> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken);
}

/// <summary>What came of reading a line.</summary>
/// <param name="Count">Bytes that came, 0 where none did in time.</param>
/// <param name="Fault">Null, or what is wrong with the port; then it is closed and <paramref name="Count"/> is 0.</param>
public readonly record struct LineResult(int Count, string? Fault)
{
    /// <summary>Nothing came in time.</summary>
    public static LineResult Silence => default;

    /// <summary>The port is of no use.</summary>
    /// <param name="fault">What is wrong and what to do.</param>
    public static LineResult Down(string fault) => new(0, fault);
}

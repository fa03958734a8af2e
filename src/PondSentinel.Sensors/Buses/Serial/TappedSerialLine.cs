namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>A line to which somebody may listen.</summary>
/// <param name="line">The line; owned by this one.</param>
/// <param name="tap">Who listens.</param>
internal sealed class TappedSerialLine(ISerialLine line, BusTap tap) : ISerialLine
{
    /// <inheritdoc/>
    public SerialSettings Settings => line.Settings;

    /// <inheritdoc/>
    public string? Open() => line.Open();

    /// <inheritdoc/>
    public ValueTask<string?> OpenAsync(CancellationToken cancellationToken) => line.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public void Reset() => line.Reset();

    /// <inheritdoc/>
    public void Distrust() => line.Distrust();

    /// <inheritdoc/>
    public ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        tap.Sent(bytes.Span);
        return line.WriteAsync(bytes, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<LineResult> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var result = await line.ReadAsync(buffer, timeout, cancellationToken);
        tap.Came(buffer.Span[..result.Count]);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => line.Dispose();
}

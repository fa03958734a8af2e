namespace PondSentinel.Sensors.Buses.I2c;

/// <summary>A bus to which somebody may listen.</summary>
/// <param name="line">The bus; owned by this one.</param>
/// <param name="tap">Who listens.</param>
internal sealed class TappedI2cLine(II2cLine line, BusTap tap) : II2cLine
{
    /// <inheritdoc/>
    public string Place => line.Place;

    /// <inheritdoc/>
    public async ValueTask<I2cFault?> TransferAsync(int address, ReadOnlyMemory<byte> write, Memory<byte> read)
    {
        tap.Sent(write.Span, address);
        var fault = await line.TransferAsync(address, write, read);
        if (fault is null)
        {
            tap.Came(read.Span, address);
        }

        return fault;
    }

    /// <inheritdoc/>
    public void Dispose() => line.Dispose();
}

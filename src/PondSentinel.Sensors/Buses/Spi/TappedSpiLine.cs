namespace PondSentinel.Sensors.Buses.Spi;

/// <summary>A device to which somebody may listen.</summary>
/// <param name="line">The device; owned by this one.</param>
/// <param name="tap">Who listens.</param>
internal sealed class TappedSpiLine(ISpiLine line, BusTap tap) : ISpiLine
{
    /// <inheritdoc/>
    public string Place => line.Place;

    /// <inheritdoc/>
    public string? Exchange(SpiWay way, ReadOnlySpan<byte> write, Span<byte> read)
    {
        tap.Sent(write);
        var fault = line.Exchange(way, write, read);
        if (fault is null)
        {
            tap.Came(read);
        }

        return fault;
    }

    /// <inheritdoc/>
    public void Dispose() => line.Dispose();
}

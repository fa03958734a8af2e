using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Buses.I2c;

/// <summary>An I2C bus, to one address at a time.</summary>
/// <remarks>Not thread-safe: one worker uses it. What happens to a bus in the field (nobody acknowledges, a wire is held, the
/// device file is missing) is a fault with a text for the person at the pond, not an exception.</remarks>
public interface II2cLine : IDisposable
{
    /// <summary>The bus for people, for example <c>/dev/i2c-1</c>.</summary>
    string Place { get; }

    /// <summary>Writes, then reads, in one transaction with a repeated start; either part may be empty.</summary>
    /// <param name="address">7-bit address.</param>
    /// <param name="write">Bytes to write.</param>
    /// <param name="read">Receives as many bytes as it holds; the bus does not tell how many the device meant.</param>
    /// <returns>Null where every byte was acknowledged, else what is wrong.</returns>
    ValueTask<I2cFault?> TransferAsync(int address, ReadOnlyMemory<byte> write, Memory<byte> read);
}

/// <summary>Why a transfer failed.</summary>
/// <param name="Kind">The class of failure.</param>
/// <param name="Detail">What happened, where, and what to do.</param>
public sealed record I2cFault(SensorFault Kind, string Detail)
{
    /// <summary>As the outcome of a poll.</summary>
    public Reading.Failed AsReading() => new(Kind, Detail);
}

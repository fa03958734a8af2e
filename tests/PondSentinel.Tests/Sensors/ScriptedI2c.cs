using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Tests.Sensors;

/// <summary>An I2C bus whose devices follow a script.</summary>
/// <param name="answer">What a transfer gives: address, bytes written, bytes wanted; null where nobody acknowledges.</param>
internal sealed class ScriptedI2c(Func<int, byte[], int, byte[]?> answer) : II2cLine
{
    public string Place => "/dev/i2c-1";

    /// <summary>What was written, in order.</summary>
    public List<(int Address, byte[] Bytes)> Written { get; } = [];

    /// <summary>What every transfer says, where the bus shall fail.</summary>
    public I2cFault? Fault { get; set; }

    public ValueTask<I2cFault?> TransferAsync(int address, ReadOnlyMemory<byte> write, Memory<byte> read)
    {
        if (Fault is not null)
        {
            return ValueTask.FromResult<I2cFault?>(Fault);
        }

        if (!write.IsEmpty)
        {
            Written.Add((address, write.ToArray()));
        }

        if (answer(address, write.ToArray(), read.Length) is not { } bytes)
        {
            return ValueTask.FromResult<I2cFault?>(new I2cFault(SensorFault.NoAnswer, "nobody acknowledges"));
        }

        // Where the device has said all, nobody holds the line: zeros, as circuits with a buffer give them.
        read.Span.Clear();
        bytes.AsSpan(..Math.Min(bytes.Length, read.Length)).CopyTo(read.Span);
        return ValueTask.FromResult<I2cFault?>(null);
    }

    public void Dispose()
    {
    }
}

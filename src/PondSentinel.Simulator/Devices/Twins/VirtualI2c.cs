namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>An I2C bus with virtual devices on it. Thread-safe.</summary>
/// <param name="id">Name of the bus.</param>
/// <param name="twins">The devices, each with its faults.</param>
/// <param name="log">Told of the values that went out.</param>
/// <param name="time">The real clock.</param>
internal sealed class VirtualI2c(
    string id, IReadOnlyList<(II2cTwin Twin, Faults Faults)> twins, ServedLog log, TimeProvider time)
{
    /// <summary>Most bytes of one transfer.</summary>
    public const int BytesMax = 8192;

    // What the adapter of a Pi gives, by the kernel's numbers: nobody acknowledges, a wire is held.
    private const int RemoteInputOutput = 121;
    private const int TimedOut = 110;

    private readonly Lock gate = new();
    private readonly long begun = time.GetTimestamp();

    /// <summary>Name of the bus.</summary>
    public string Id => id;

    /// <summary>Writes, then reads; either part may be empty.</summary>
    /// <param name="address">7-bit address.</param>
    /// <param name="write">Bytes to write.</param>
    /// <param name="read">Receives what the device gives.</param>
    /// <returns>0, or the kernel's number for what is wrong.</returns>
    public int Transfer(int address, ReadOnlySpan<byte> write, Span<byte> read)
    {
        lock (gate)
        {
            if (twins.Any(device => device.Faults.Kind == FaultKind.Held))
            {
                return TimedOut;
            }

            if (twins.FirstOrDefault(device => device.Twin.Address == address) is not ({ } twin, { } faults)
                || faults.Kind is FaultKind.Nack or FaultKind.Mute)
            {
                return RemoteInputOutput;
            }

            var now = time.GetElapsedTime(begun);
            if (!write.IsEmpty)
            {
                twin.Write(write, now);
            }

            if (!read.IsEmpty)
            {
                // Where the device lets go of the wire, it is high.
                read.Fill(byte.MaxValue);
                var answer = twin.Read(read.Length, now);
                answer.Bytes.AsSpan(..Math.Min(read.Length, answer.Bytes.Length)).CopyTo(read);
                if (answer.Values is { } values)
                {
                    log.Note(twin.Id, values);
                }
            }

            return 0;
        }
    }
}

/// <summary>A device on an I2C bus. Called by one thread at a time.</summary>
internal interface II2cTwin
{
    /// <summary>Name of the device.</summary>
    string Id { get; }

    /// <summary>7-bit address.</summary>
    int Address { get; }

    /// <summary>Bytes were written.</summary>
    /// <param name="bytes">The bytes, at least one.</param>
    /// <param name="now">Real time since some moment.</param>
    void Write(ReadOnlySpan<byte> bytes, TimeSpan now);

    /// <summary>Bytes are read.</summary>
    /// <param name="count">How many.</param>
    /// <param name="now">Real time since the same moment.</param>
    I2cAnswer Read(int count, TimeSpan now);
}

/// <summary>What a device gives.</summary>
/// <param name="Bytes">The bytes; the wire is high for what is asked beyond.</param>
/// <param name="Values">The measured values in it that go out whole, where there are any.</param>
internal readonly record struct I2cAnswer(byte[] Bytes, ServedValues? Values);

/// <summary>A device whose registers are of 16 bits, the high byte first, behind a pointer that is written before.</summary>
/// <param name="id">Name of the device.</param>
/// <param name="address">7-bit address.</param>
internal abstract class WordChip(string id, int address) : II2cTwin
{
    private byte pointer;

    /// <inheritdoc/>
    public string Id => id;

    /// <inheritdoc/>
    public int Address => address;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        pointer = bytes[0];
        if (bytes.Length == 3)
        {
            Set(pointer, (ushort)((bytes[1] << 8) | bytes[2]), now);
        }
    }

    /// <inheritdoc/>
    public I2cAnswer Read(int count, TimeSpan now)
    {
        var (word, values) = Get(pointer, now);
        return new I2cAnswer([(byte)(word >> 8), (byte)(word & 0xFF)], count >= 2 ? values : null);
    }

    /// <summary>A register is written.</summary>
    /// <param name="register">Which.</param>
    /// <param name="word">What.</param>
    /// <param name="now">Real time since some moment.</param>
    protected abstract void Set(byte register, ushort word, TimeSpan now);

    /// <summary>A register is read.</summary>
    /// <param name="register">Which.</param>
    /// <param name="now">Real time since the same moment.</param>
    protected abstract (ushort Word, ServedValues? Values) Get(byte register, TimeSpan now);
}

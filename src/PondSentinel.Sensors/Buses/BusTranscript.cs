namespace PondSentinel.Sensors.Buses;

/// <summary>What was said on a line while somebody listened, for people.</summary>
/// <remarks>Of more than <see cref="BytesMax"/> the rest is counted only. Not thread-safe: the one worker of the bus writes it.</remarks>
public sealed class BusTranscript
{
    /// <summary>Most bytes that are kept.</summary>
    public const int BytesMax = 4096;

    private readonly List<BusWords> words = [];
    private int kept;

    /// <summary>What was said, in its order; what came in pieces is put together.</summary>
    public IReadOnlyList<BusWords> Words => words;

    /// <summary>Bytes that were said and not kept.</summary>
    public int Dropped { get; private set; }

    /// <summary>Takes note of bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isSent">Whether they were sent, else they came.</param>
    /// <param name="address">The address of a device on I2C; null elsewhere.</param>
    internal void Note(ReadOnlySpan<byte> bytes, bool isSent, int? address = null)
    {
        if (bytes.Length > BytesMax - kept)
        {
            Dropped += bytes.Length;
            return;
        }

        if (bytes.IsEmpty)
        {
            return;
        }

        kept += bytes.Length;
        if (!isSent && words is [.., { IsSent: false } last] && last.Address == address && address is null)
        {
            words[^1] = last with { Bytes = [.. last.Bytes, .. bytes] };
            return;
        }

        words.Add(new BusWords(isSent, bytes.ToArray(), address));
    }
}

/// <summary>Bytes that were said at once.</summary>
/// <param name="IsSent">Whether they were sent, else they came.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="Address">The address of a device on I2C; null elsewhere.</param>
public readonly record struct BusWords(bool IsSent, IReadOnlyList<byte> Bytes, int? Address);

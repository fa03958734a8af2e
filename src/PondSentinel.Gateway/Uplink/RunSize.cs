using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>How much of a lane goes into one message: learnt from the messages before, so that a run is not read, packed and
/// cut again and again. Used by one lane.</summary>
/// <param name="bytesMax">Most bytes of a message.</param>
internal sealed class RunSize(int bytesMax)
{
    private readonly int bytesMax = bytesMax;

    // A message of this size is small even at 2G; below it the packaging outweighs what is in it.
    private const int BytesMin = 2 * 1024;
    private const int CountAtFirst = 256;

    // A message of backlog on its way delays a live one by the time it takes: half of what a live one may take in all.
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(500);

    /// <summary>How many numbers to take.</summary>
    public int Count { get; private set; } = CountAtFirst;

    /// <summary>How many bytes the message may have.</summary>
    public int Bytes { get; private set; } = bytesMax;

    /// <summary>Notes what became of a run.</summary>
    /// <param name="offered">Numbers in the run.</param>
    /// <param name="sent">Numbers in the message.</param>
    /// <param name="bytes">Bytes of the message.</param>
    public void NoteBuilt(long offered, long sent, int bytes)
    {
        if (sent < offered)
        {
            Count = (int)Math.Max(1, sent);
        }
        else if (offered >= Count && bytes < Bytes / 2)
        {
            Count = Math.Min(Count * 2, Batch.RangeMax);
        }
    }

    /// <summary>Notes how long the broker's answer took.</summary>
    /// <param name="took">The time; null where none came.</param>
    public void NoteAnswer(TimeSpan? took)
    {
        if (took is null || took > TooLong)
        {
            Bytes = Math.Min(bytesMax, Math.Max(BytesMin, Bytes / 2));
        }
        else if (took < Short)
        {
            Bytes = Math.Min(bytesMax, Bytes * 2);
        }
    }
}

using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What a frame says of itself, whatever its checksum says.</summary>
/// <param name="Epoch">The epoch; any text.</param>
/// <param name="Number">The number; any number.</param>
/// <param name="IsMarked">Whether the bytes that begin every frame are there.</param>
internal readonly record struct FrameHead(string Epoch, long Number, bool IsMarked);

/// <summary>Bytes behind the last whole frame of a segment: a commit that a power cut tore, or frames that have rotted.
/// Nobody can tell which, so what they held is accounted for as lost.</summary>
internal sealed class Remains
{
    private readonly List<(int Offset, FrameHead Head)> heads;
    private readonly bool beginsHere;

    private Remains(int end, List<(int Offset, FrameHead Head)> heads, bool beginsHere)
    {
        End = end;
        this.heads = heads;
        this.beginsHere = beginsHere;
    }

    /// <summary>Where they end.</summary>
    public int End { get; }

    /// <summary>The epochs that they speak of from the beginning: of a process that was cut off in its first commit.</summary>
    public IEnumerable<string> Begun => heads
        .Select(found => found.Head)
        .Where(head => head is { IsMarked: true, Number: 0 } && Names.IsEpoch(head.Epoch))
        .Select(head => head.Epoch);

    /// <summary>Looks for remains.</summary>
    /// <param name="bytes">The segment.</param>
    /// <param name="from">Where its last whole frame ends.</param>
    /// <param name="to">Where the place for frames ends.</param>
    /// <returns>The remains; null where there is nothing but zeros.</returns>
    public static Remains? Find(ReadOnlySpan<byte> bytes, int from, int to)
    {
        var rest = bytes[Math.Min(from, bytes.Length)..Math.Min(to, bytes.Length)];
        var end = rest.LastIndexOfAnyExcept((byte)0) + 1;
        if (end == 0)
        {
            return null;
        }

        List<(int, FrameHead)> heads = [];
        for (var position = 0; position + Frame.HeaderBytes <= rest.Length && position < end; position += Frame.Alignment)
        {
            var head = Frame.HeadOf(rest[position..]);
            if (head.IsMarked || Names.IsEpoch(head.Epoch))
            {
                heads.Add((position, head));
            }
        }

        // One byte that has turned in empty room does not make a frame.
        var begins = rest[..Math.Min(rest.Length, Frame.HeaderBytes)];
        return new Remains(from + end, heads, begins.Length - begins.Count((byte)0) > 1);
    }

    /// <summary>How far they reach into an epoch.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="known">The highest number known of it.</param>
    /// <param name="isLast">Whether the last whole frame before them is the highest of this epoch: then what is of no epoch
    /// that is known is taken for one of this, because its epoch has rotted.</param>
    /// <param name="isKnown">Whether there is such an epoch.</param>
    /// <returns>The highest number they held; <paramref name="known"/> where they held none.</returns>
    public long LastOf(string epoch, long known, bool isLast, Predicate<string> isKnown)
    {
        var last = known;
        var spoilt = 0;
        foreach (var (offset, head) in heads)
        {
            if (!string.Equals(head.Epoch, epoch, StringComparison.Ordinal) && !(isLast && head.IsMarked && !isKnown(head.Epoch)))
            {
                continue;
            }

            // No more frames can lie before it than find room there; a number that is too high has rotted.
            if (head.Number >= 0 && head.Number <= known + 1 + (offset / Frame.HeaderBytes))
            {
                last = Math.Max(last, head.Number);
            }
            else if (head.IsMarked)
            {
                spoilt++;
            }
        }

        // The first of them was the next number, whatever is left of its head, unless another epoch began there.
        var isNext = isLast && beginsHere && !heads.Exists(found => found.Offset == 0
            && isKnown(found.Head.Epoch) && !string.Equals(found.Head.Epoch, epoch, StringComparison.Ordinal));
        return Math.Max(last, known + Math.Max(spoilt, isNext ? 1 : 0));
    }
}

using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>The segments of thinned records. Room for the next is always kept ready, so that a card without one free block
/// can be thinned too: half a segment behind the last record, or an empty segment.</summary>
/// <remarks>A thinned record that can be read holds: what it stands for is gone, and it takes the place of the record of its
/// own number, which may still be there. Of two with the same number the newer holds. Used by whoever holds the card.
/// </remarks>
/// <param name="ring">Its segments.</param>
internal sealed class ThinnedRing(SegmentRing ring)
{
    /// <summary>Its letter in file names.</summary>
    public const string Prefix = "t";

    private (Segment Segment, ulong Number, Stretch Stretch, List<StoredFrame> Frames)? latest;

    /// <summary>Its segments, oldest first, the spare one last.</summary>
    public SegmentRing Ring => ring;

    /// <summary>Most bytes that thinning may make of one segment; where more would come out it is not worth it.</summary>
    public int OutcomeBytesMax => Segment.RoomOf(ring.SegmentBytes) / 2;

    /// <summary>The empty segment that is kept ready; null where there is none.</summary>
    public Segment? Spare { get; private set; }

    /// <summary>Whether what thinning makes of a segment finds room.</summary>
    public bool IsReady => Takes(OutcomeBytesMax);

    /// <summary>Whether frames find room.</summary>
    /// <param name="size">Bytes of the frames, at most <see cref="OutcomeBytesMax"/>.</param>
    public bool Takes(int size) => Spare is not null || (ring.Tail?.Fits(size) ?? false);

    /// <summary>The segments that may be given up: all but the room kept ready.</summary>
    public IEnumerable<Segment> Old =>
        ring.Segments.Where(segment => segment != Spare && (segment != ring.Tail || !segment.Fits(OutcomeBytesMax)));

    /// <summary>Takes over segments that are on the card: goes on behind the last record, and keeps one empty segment.</summary>
    public void Restore()
    {
        var tail = ring.Segments.LastOrDefault(segment => segment.Stretches.Count > 0);
        var empty = ring.Segments.Where(segment => segment.Stretches.Count == 0).ToList();
        Spare = empty.FindLast(segment => segment.Length == ring.SegmentBytes && !segment.IsDamaged);
        foreach (var segment in empty.Where(segment => segment != Spare))
        {
            ring.Drop(segment);
        }

        ring.Resume(tail is { IsDamaged: false } ? tail : null);
    }

    /// <summary>Makes what a process before this one may have written durable.</summary>
    public void Sync()
    {
        ring.Tail?.Sync();
        Spare?.Sync();
    }

    /// <summary>Makes room ready in new room.</summary>
    public void MakeSpare() => Keep(ring.Create);

    /// <summary>Makes room ready in the room of an old segment.</summary>
    /// <param name="victim">The old segment.</param>
    /// <param name="from">The ring that it is taken from.</param>
    public void MakeSpare(Segment victim, SegmentRing from) => Keep(() => ring.Recycle(victim, from));

    /// <summary>Keeps a segment ready no longer, because its room is needed more elsewhere.</summary>
    /// <param name="victim">The segment, of any ring.</param>
    public void Forget(Segment victim)
    {
        if (Spare == victim)
        {
            Spare = null;
        }
    }

    /// <summary>Writes frames, for which there is room, and makes them durable.</summary>
    /// <param name="frames">The frames.</param>
    /// <exception cref="IOException">None of them may be taken for durable. Those that are there all the same speak for
    /// themselves.</exception>
    public void Append(IReadOnlyList<PendingFrame> frames)
    {
        if (ring.Tail?.Fits(frames.Sum(frame => frame.Bytes.Length)) is not true)
        {
            ring.Resume(Spare);
            Spare = null;
        }

        try
        {
            ring.Tail!.Append(frames);
        }
        catch (IOException)
        {
            ring.Retire();
            throw;
        }
    }

    /// <summary>The frame of the lowest number of a range; null where there is none.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="range">The range.</param>
    public StoredFrame? FirstFrom(string epoch, SequenceRange range)
    {
        if (latest is { } before
            && before.Segment.Number == before.Number
            && string.Equals(before.Stretch.Epoch, epoch, StringComparison.Ordinal)
            && IndexFrom(before.Frames, range.First) is var known
            && known < before.Frames.Count
            && before.Frames[known].Number == range.First)
        {
            return before.Frames[known];
        }

        StoredFrame? first = null;
        foreach (var (segment, stretch) in Overlapping(epoch, range))
        {
            if (first?.Number < stretch.Range.First)
            {
                continue;
            }

            var frames = Read(segment, stretch);
            var at = IndexFrom(frames, range.First);
            if (at < frames.Count && frames[at].Number <= range.Last && !(first?.Number <= frames[at].Number))
            {
                first = frames[at];
            }
        }

        return first;
    }

    /// <summary>The numbers of a range that have a frame here.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="range">The range.</param>
    public IReadOnlySet<long> NumbersWithin(string epoch, SequenceRange range) =>
        Overlapping(epoch, range)
            .SelectMany(found => Read(found.Segment, found.Stretch))
            .Select(frame => frame.Number)
            .Where(range.Contains)
            .ToHashSet();

    // The newest first.
    private IEnumerable<(Segment Segment, Stretch Stretch)> Overlapping(string epoch, SequenceRange range)
    {
        for (var at = ring.Segments.Count - 1; at >= 0; at--)
        {
            var stretches = ring.Segments[at].Stretches;
            for (var part = stretches.Count - 1; part >= 0; part--)
            {
                if (stretches[part].Range.First <= range.Last
                    && stretches[part].Range.Last >= range.First
                    && string.Equals(stretches[part].Epoch, epoch, StringComparison.Ordinal))
                {
                    yield return (ring.Segments[at], stretches[part]);
                }
            }
        }
    }

    // Its frames are asked for one by one, so the stretch read last is kept.
    private List<StoredFrame> Read(Segment segment, Stretch stretch)
    {
        if (latest is not { } kept || kept.Segment != segment || kept.Number != segment.Number || kept.Stretch != stretch)
        {
            kept = (segment, segment.Number, stretch, segment.Read(stretch, stretch.Range.First));
            latest = kept;
        }

        return kept.Frames;
    }

    private static int IndexFrom(List<StoredFrame> frames, long number)
    {
        var (low, high) = (0, frames.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (frames[middle].Number < number)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Keep(Func<Segment> make)
    {
        var tail = ring.Tail;
        try
        {
            Spare = make();
        }
        finally
        {
            ring.Resume(tail is not null && tail != Spare && ring.Segments.Contains(tail) ? tail : null);
        }
    }
}

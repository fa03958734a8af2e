namespace PondSentinel.Gateway.Buffering;

/// <summary>The segments of a stream, oldest first. New frames go to the tail.</summary>
/// <remarks>Not thread-safe. Whoever drops or recycles a segment has declared its numbers gone, durably, before.</remarks>
/// <param name="card">The card.</param>
/// <param name="prefix">The stream's letter in file names.</param>
/// <param name="segmentBytes">Bytes of a new segment.</param>
internal sealed class SegmentRing(ICard card, string prefix, int segmentBytes) : IDisposable
{
    private readonly List<Segment> segments = [];
    private ulong numberMax;

    /// <summary>The stream's letter in file names.</summary>
    public string Prefix => prefix;

    /// <summary>Bytes of a new segment.</summary>
    public int SegmentBytes => segmentBytes;

    /// <summary>The segments, oldest first.</summary>
    public IReadOnlyList<Segment> Segments => segments;

    /// <summary>The segment that new frames go to; null where a new one is needed.</summary>
    public Segment? Tail { get; private set; }

    /// <summary>Bytes of all of them on the card.</summary>
    public long Bytes => segments.Sum(segment => (long)segment.Length);

    /// <summary>Takes over a segment that is on the card, newer than those before.</summary>
    /// <param name="segment">The segment.</param>
    public void Restore(Segment segment)
    {
        segments.Add(segment);
        Tail = segment;
    }

    /// <summary>Notes that a number was used, so that it is not used again.</summary>
    /// <param name="number">The number.</param>
    public void NoteNumber(ulong number) => numberMax = Math.Max(numberMax, number);

    /// <summary>Makes a new tail in new room.</summary>
    public Segment Create()
    {
        var number = ++numberMax;
        Segment? segment = null;
        try
        {
            segment = Segment.Create(card, prefix, number, segmentBytes);
            card.SyncFolder();
            Restore(segment);
            return segment;
        }
        catch (IOException)
        {
            segment?.Dispose();
            TryDelete(Segment.NameOf(prefix, number));
            throw;
        }
    }

    /// <summary>Makes a new tail in the room of an old segment.</summary>
    /// <param name="victim">The old segment.</param>
    /// <param name="from">The ring that it is taken from: this one or another.</param>
    /// <exception cref="IOException">The card fails. Where it takes bytes and changes no names, the segment stays in a ring,
    /// so that the next try takes it again and none that still holds something.</exception>
    public Segment Recycle(Segment victim, SegmentRing from)
    {
        var number = ++numberMax;
        try
        {
            victim.Wipe(number);
        }
        catch (IOException)
        {
            from.Drop(victim);
            throw;
        }

        victim.Rename(card, prefix, number);
        from.Release(victim);
        segments.Add(victim);
        card.SyncFolder();
        Tail = victim;
        return victim;
    }

    /// <summary>Gives the room of an old segment back. Where even that fails, the next opening tries again.</summary>
    /// <param name="victim">The old segment.</param>
    public void Drop(Segment victim)
    {
        Release(victim);
        victim.Dispose();
        TryDelete(victim.Name);
    }

    /// <summary>Writes no more to the tail: it is full.</summary>
    public void Close()
    {
        Tail?.Close();
        Tail = null;
    }

    /// <summary>Writes no more to the tail: the card fails there.</summary>
    public void Retire() => Tail = null;

    /// <summary>Goes on writing to a segment.</summary>
    /// <param name="tail">The segment, one of these; null where a new one is needed.</param>
    public void Resume(Segment? tail) => Tail = tail;

    /// <summary>Finds where a number lies.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="number">The number.</param>
    public (Segment Segment, Stretch Stretch)? Find(string epoch, long number)
    {
        foreach (var segment in segments)
        {
            foreach (var stretch in segment.Stretches)
            {
                if (stretch.Range.Contains(number) && string.Equals(stretch.Epoch, epoch, StringComparison.Ordinal))
                {
                    return (segment, stretch);
                }
            }
        }

        return null;
    }

    /// <summary>The lowest number of an epoch above a given one that lies in a segment.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="number">The given one.</param>
    public long? FirstAbove(string epoch, long number) => segments
        .SelectMany(segment => segment.Stretches)
        .Where(stretch => stretch.Range.First > number && string.Equals(stretch.Epoch, epoch, StringComparison.Ordinal))
        .Min(stretch => (long?)stretch.Range.First);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var segment in segments)
        {
            segment.Dispose();
        }
    }

    private void Release(Segment victim)
    {
        segments.Remove(victim);
        if (Tail == victim)
        {
            Tail = null;
        }
    }

    // What is left holds nothing that is not accounted for; the next opening deletes it.
    private void TryDelete(string name)
    {
        try
        {
            card.Delete(name);
        }
        catch (IOException)
        {
            // The failure that led here is the one to report.
        }
    }
}

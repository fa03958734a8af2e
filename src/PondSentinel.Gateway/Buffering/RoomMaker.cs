using Microsoft.Extensions.Logging;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Finds room for new frames: within the bound and above the floor, by sacrifice where there is no other way.
/// Settled oldest first, then the oldest records are thinned, then the oldest go.</summary>
/// <remarks>What is given up is written into the ledger, durably, before a byte of it is touched; what is thinned is on the
/// card before. Not thread-safe; the ledger is touched under the gate.</remarks>
/// <param name="card">The card.</param>
/// <param name="floorBytes">Bytes of the file system left free for others.</param>
/// <param name="gate">Guards the ledger.</param>
/// <param name="saveLedger">Writes the ledger durably.</param>
/// <param name="log">The journal.</param>
internal sealed class RoomMaker(ICard card, long floorBytes, Lock gate, Action saveLedger, ILogger log)
{
    // Below this a stream takes room even under the floor: a buffer that holds nothing is of no use to anybody.
    private const int SegmentsMin = 2;

    private readonly Thinning thinning = new(gate, log);

    /// <summary>The segment that a frame goes to.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="size">Bytes of the frame.</param>
    /// <param name="isDoubtful">Whether the card has just failed: then nothing is given up before the card has shown that it
    /// takes a write in its place, or a failing card would cost all that is held.</param>
    /// <exception cref="IOException">There is no room, or the card fails.</exception>
    public Segment TailFor(NumberedStream stream, int size, bool isDoubtful)
    {
        if (stream.Ring.Tail is { } tail && tail.Fits(size))
        {
            return tail;
        }

        // Each turn but the last leaves fewer segments, or makes the room for thinning ready.
        stream.Ring.Close();
        Segment? made;
        do
        {
            if (!isDoubtful)
            {
                TryMakeSpare(stream);
            }

            made = Shortage(stream) is { } cause ? Sacrifice(stream, cause, isDoubtful) : Create(stream, isDoubtful);
        }
        while (made is null);

        return made;
    }

    private static bool HasVictim(NumberedStream stream) => stream.Rings.Any(ring => ring.Segments.Count > 0);

    // Why no segment may be made in new room; null where one may.
    private LossCause? Shortage(NumberedStream stream) =>
        !HasVictim(stream) ? null
        : stream.Bytes + stream.Ring.SegmentBytes > stream.BytesMax ? LossCause.Full
        : stream.Rings.Sum(ring => ring.Segments.Count) >= SegmentsMin && IsUnderFloor(stream) ? LossCause.Space
        : null;

    private bool IsUnderFloor(NumberedStream stream) => card.FreeBytes - stream.Ring.SegmentBytes < floorBytes;

    private Segment? Create(NumberedStream stream, bool isDoubtful)
    {
        try
        {
            return stream.Ring.Create();
        }
        catch (IOException e) when (CardErrors.IsFull(e) && HasVictim(stream))
        {
            return Sacrifice(stream, LossCause.Space, isDoubtful);
        }
    }

    // Early, while there is room: when there is none it is too late.
    private void TryMakeSpare(NumberedStream stream)
    {
        if (stream.Thinned is not { IsReady: false } thinned
            || stream.Ring.Segments.Count < SegmentsMin
            || !MayGrow(stream, thinned, stream.BytesMax)
            || Shortage(stream) is not null)
        {
            return;
        }

        try
        {
            thinned.MakeSpare();
        }
        catch (IOException e)
        {
            log.LogWarning("buffer: no room can be kept ready for thinning, the next segment tries again: {Reason}", e.Message);
        }
    }

    // Thinned records get at most half of the room.
    private static bool MayGrow(NumberedStream stream, ThinnedRing thinned, long bytes) =>
        2 * (thinned.Ring.Bytes + stream.Ring.SegmentBytes) <= bytes;

    // Frees one segment, and uses its room.
    private Segment? Sacrifice(NumberedStream stream, LossCause cause, bool isDoubtful)
    {
        var (from, victim) = Free(stream, cause, isDoubtful);
        stream.Thinned?.Forget(victim);
        if (victim.Length != stream.Ring.SegmentBytes || stream.Bytes > stream.BytesMax)
        {
            from.Drop(victim);
            return null;
        }

        if (stream.Thinned is { IsReady: false } thinned && MayTake(stream, thinned, from))
        {
            thinned.MakeSpare(victim, from);
            return null;
        }

        return stream.Ring.Recycle(victim, from);
    }

    // Two segments are always left to whole records.
    private static bool MayTake(NumberedStream stream, ThinnedRing thinned, SegmentRing from) =>
        from == thinned.Ring
            ? stream.Ring.Segments.Count >= SegmentsMin
            : stream.Ring.Segments.Count > SegmentsMin && MayGrow(stream, thinned, stream.Bytes);

    // A segment that nothing is lost with any more that is not declared, durably.
    private (SegmentRing From, Segment Victim) Free(NumberedStream stream, LossCause cause, bool isDoubtful)
    {
        var choice = Settled(stream) ?? Thinned(stream, cause, ref isDoubtful) ?? Oldest(stream);
        if (choice.IsHeld)
        {
            if (isDoubtful)
            {
                choice.Victim.Try();
                saveLedger();
            }

            GiveUp(stream, choice, cause);
        }

        saveLedger();
        return (choice.From, choice.Victim);
    }

    private Choice? Settled(NumberedStream stream)
    {
        lock (gate)
        {
            foreach (var ring in stream.Rings)
            {
                var candidates = ring == stream.Thinned?.Ring ? stream.Thinned.Old : ring.Segments;
                var settled = candidates.FirstOrDefault(segment => segment.Stretches.All(
                    stretch => stream.Ledger.Find(stretch.Epoch) is not { } epoch || epoch.IsSettledOrGone(stretch.Range)));
                if (settled is not null)
                {
                    return new Choice(ring, settled, IsHeld: true);
                }
            }

            return null;
        }
    }

    private Choice? Thinned(NumberedStream stream, LossCause cause, ref bool isDoubtful)
    {
        if (stream.Thinned is not { } thinned || stream.Ring.Segments is not [var victim, ..])
        {
            return null;
        }

        if (isDoubtful)
        {
            victim.Try();
        }

        // Where there is no room for more of them and may be none, the oldest make room for newer ones. A power cut in the
        // middle of a thinning may have left little room and part of a segment to be thinned: that mostly fits.
        var oldest = thinned.Old.FirstOrDefault() is { } old ? new Choice(thinned.Ring, old, IsHeld: true) : null;
        var outcome = thinning.Thin(stream, thinned, victim, cause);
        isDoubtful |= outcome == ThinningOutcome.Failed;
        return outcome switch
        {
            ThinningOutcome.Thinned => new Choice(stream.Ring, victim, IsHeld: false),
            ThinningOutcome.NotWorthIt => oldest,
            ThinningOutcome.NoRoom when !MayTake(stream, thinned, stream.Ring) => oldest,
            _ => null,
        };
    }

    private static Choice Oldest(NumberedStream stream)
    {
        var ring = stream.Ring.Segments.Count > 0 ? stream.Ring : stream.Rings.First(other => other.Segments.Count > 0);
        return new Choice(ring, ring.Segments[0], IsHeld: true);
    }

    private void GiveUp(NumberedStream stream, Choice choice, LossCause cause)
    {
        var isThinned = choice.From == stream.Thinned?.Ring;
        var numbers = isThinned ? [] : Whole(stream, choice.Victim);
        var records = isThinned ? ThinnedIn(choice.Victim) : [];
        long lost;
        lock (gate)
        {
            lost = -stream.Ledger.Lost[cause];
            foreach (var (name, range) in numbers)
            {
                if (stream.Ledger.Find(name) is { } epoch)
                {
                    stream.Ledger.Lose(epoch, range, cause);
                }
            }

            foreach (var (name, thinned) in records)
            {
                if (stream.Ledger.Find(name) is { } epoch)
                {
                    stream.Ledger.GiveUpThinned(epoch, thinned, cause);
                }
            }

            lost += stream.Ledger.Lost[cause];
        }

        if (lost > 0)
        {
            log.LogWarning(
                "buffer: no room ({Cause}); {Lost} {Kind}s that the backend does not have were given up, the oldest first",
                cause.Token, lost, stream.Kind == FrameKind.Record ? "record" : "event");
        }
    }

    // What is in a segment but for what has a thinned record in its place.
    private static List<(string Epoch, SequenceRange Range)> Whole(NumberedStream stream, Segment victim) =>
    [
        .. victim.Stretches.SelectMany(stretch =>
            NumberRanges.Outside(stretch.Range, stream.Thinned?.NumbersWithin(stretch.Epoch, stretch.Range) ?? new HashSet<long>())
                .Select(range => (stretch.Epoch, range))),
    ];

    private static List<(string Epoch, List<(long Number, IReadOnlyList<long> Replaced)> Records)> ThinnedIn(Segment victim) =>
    [
        .. victim.Stretches.GroupBy(stretch => stretch.Epoch).Select(stretches => (
            stretches.Key,
            stretches.SelectMany(stretch => victim.Read(stretch, stretch.Range.First))
                .Select(frame => (frame.Number, ThinnedBody.ReplacedIn(frame)))
                .ToList())),
    ];

    private sealed record Choice(SegmentRing From, Segment Victim, bool IsHeld);
}

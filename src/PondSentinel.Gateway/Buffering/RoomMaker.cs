using Microsoft.Extensions.Logging;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Finds room for new frames: within the bound and above the floor, by sacrifice where there is no other way.</summary>
/// <remarks>What is given up is written into the ledger, durably, before a byte of it is touched. Not thread-safe; the
/// ledger is touched under the gate.</remarks>
/// <param name="card">The card.</param>
/// <param name="floorBytes">Bytes of the file system left free for others.</param>
/// <param name="gate">Guards the ledger.</param>
/// <param name="saveLedger">Writes the ledger durably.</param>
/// <param name="log">The journal.</param>
internal sealed class RoomMaker(ICard card, long floorBytes, Lock gate, Action saveLedger, ILogger log)
{
    // Below this a stream takes room even under the floor: a buffer that holds nothing is of no use to anybody.
    private const int SegmentsMin = 2;

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

        stream.Ring.Close();
        var ring = stream.Ring;
        while (ring.Segments.Count > 0 && ring.Bytes + ring.SegmentBytes > stream.BytesMax)
        {
            var victim = Victim(stream);
            GiveUp(stream, victim, LossCause.Full, isDoubtful);
            if (victim.Length == ring.SegmentBytes && ring.Bytes <= stream.BytesMax)
            {
                return ring.Recycle(victim);
            }

            ring.Drop(victim);
        }

        if (ring.Segments.Count >= SegmentsMin && card.FreeBytes - ring.SegmentBytes < floorBytes)
        {
            return Replace(stream, isDoubtful);
        }

        try
        {
            return ring.Create();
        }
        catch (IOException e) when (CardErrors.IsFull(e) && ring.Segments.Count > 0)
        {
            return Replace(stream, isDoubtful);
        }
    }

    private Segment Replace(NumberedStream stream, bool isDoubtful)
    {
        var victim = Victim(stream);
        GiveUp(stream, victim, LossCause.Space, isDoubtful);
        if (victim.Length >= stream.Ring.SegmentBytes)
        {
            return stream.Ring.Recycle(victim);
        }

        stream.Ring.Drop(victim);
        return stream.Ring.Create();
    }

    // Settled oldest first, then the oldest.
    private Segment Victim(NumberedStream stream)
    {
        lock (gate)
        {
            return stream.Ring.Segments.FirstOrDefault(segment => segment.Stretches.All(
                    stretch => stream.Ledger.Find(stretch.Epoch) is not { } epoch || epoch.IsSettledOrGone(stretch.Range)))
                ?? stream.Ring.Segments[0];
        }
    }

    private void GiveUp(NumberedStream stream, Segment victim, LossCause cause, bool isDoubtful)
    {
        if (isDoubtful)
        {
            victim.Try();
            saveLedger();
        }

        long lost;
        lock (gate)
        {
            lost = -stream.Ledger.Lost[cause];
            foreach (var stretch in victim.Stretches)
            {
                if (stream.Ledger.Find(stretch.Epoch) is { } epoch)
                {
                    stream.Ledger.Lose(epoch, stretch.Range, cause);
                }
            }

            lost += stream.Ledger.Lost[cause];
        }

        saveLedger();
        if (lost > 0)
        {
            log.LogWarning(
                "buffer: no room ({Cause}); {Lost} {Kind}s that the backend does not have were given up, the oldest first",
                cause.Token, lost, stream.Kind == FrameKind.Record ? "record" : "event");
        }
    }
}

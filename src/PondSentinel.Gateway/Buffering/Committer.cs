using Microsoft.Extensions.Logging;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Writes frames to the card, as many as have come together in one write and one fdatasync.</summary>
/// <remarks>Not thread-safe: whoever calls it holds the card. The ledger is touched under the gate.</remarks>
/// <param name="rooms">Finds room.</param>
/// <param name="fault">Remembers whether the card takes them.</param>
/// <param name="gate">Guards the ledger.</param>
/// <param name="log">The journal.</param>
internal sealed class Committer(RoomMaker rooms, MediumFault fault, Lock gate, ILogger log)
{
    // The place where the card fails, and another.
    private const int TriesMax = 2;

    /// <summary>Commits frames and completes their tickets.</summary>
    /// <param name="frames">The frames, those of a stream in the order of their numbers.</param>
    /// <returns>Those that the card does not take, in the same order, and why; null where it takes all.</returns>
    public Refused? Commit(IReadOnlyList<PendingFrame> frames)
    {
        // Each stream, whatever becomes of the other.
        List<PendingFrame> refused = [];
        IOException? failure = null;
        foreach (var stream in frames.GroupBy(frame => frame.Stream))
        {
            List<PendingFrame> left = [.. stream];
            failure = Commit(stream.Key, left) ?? failure;
            refused.AddRange(left);
        }

        if (frames.Count > 0)
        {
            fault.Note(failure);
        }

        return failure is null ? null : new Refused(refused, failure);
    }

    // Takes out of the list what has become durable.
    private IOException? Commit(NumberedStream stream, List<PendingFrame> frames)
    {
        IOException? failure = null;
        for (var tries = 0; frames.Count > 0 && tries < TriesMax;)
        {
            try
            {
                var tail = rooms.TailFor(
                    stream, frames[0].Bytes.Length, isDoubtful: failure is not null || fault.Line is not null);
                var batch = ThatFit(tail, frames);
                tail.Append(batch);
                Reach(batch);
                batch.ForEach(frame => frame.Ticket.TrySetResult());
                frames.RemoveRange(0, batch.Count);
            }
            catch (IOException e)
            {
                // After a failed sync the kernel has forgotten what it could not write: nothing of the write may be taken
                // for durable, and nothing may be written behind it. The same frames in another place are another matter.
                // Where there was no room the write was refused, and another segment would have to be given up for nothing.
                if (!CardErrors.IsFull(e))
                {
                    stream.Ring.Retire();
                }

                failure = e;
                tries++;
            }
        }

        if (failure is not null && frames.Count == 0)
        {
            log.LogWarning("buffer: a segment did not take what was written ({Reason}); another did", failure.Message);
            return null;
        }

        return failure;
    }

    private static List<PendingFrame> ThatFit(Segment tail, List<PendingFrame> frames)
    {
        var size = 0;
        return [.. frames.TakeWhile(frame => tail.Fits(size += frame.Bytes.Length))];
    }

    private void Reach(List<PendingFrame> frames)
    {
        lock (gate)
        {
            foreach (var frame in frames)
            {
                frame.Epoch.Reach(frame.Number);
            }
        }
    }
}

/// <summary>What the card does not take.</summary>
/// <param name="Frames">The frames.</param>
/// <param name="Reason">Why.</param>
internal sealed record Refused(IReadOnlyList<PendingFrame> Frames, IOException Reason);

using Microsoft.Extensions.Logging;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Writes frames to the card, as many as have come together in one write and one fdatasync.</summary>
/// <remarks>Not thread-safe: whoever calls it holds the card. The ledger is touched under the gate.</remarks>
/// <param name="rooms">Finds room.</param>
/// <param name="gate">Guards the ledger.</param>
/// <param name="log">The journal.</param>
internal sealed class Committer(RoomMaker rooms, Lock gate, ILogger log)
{
    private readonly MediumFault fault = new("the card", "new records are lost until it can be.", log);

    /// <summary>What is wrong with the card, in one line for people; null when nothing is.</summary>
    public string? Fault => fault.Line;

    /// <summary>Commits frames of one stream, and completes their tickets.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="frames">The frames, in the order of their numbers.</param>
    /// <returns>Whether all of them are durable; the others are gone, and the ledger has to be saved.</returns>
    public bool Commit(NumberedStream stream, IReadOnlyList<PendingFrame> frames)
    {
        IOException? failure = null;
        for (var next = 0; next < frames.Count;)
        {
            var batch = frames.Skip(next).ToList();
            try
            {
                var tail = rooms.TailFor(stream, batch[0].Bytes.Length);
                batch = ThatFit(tail, batch);
                tail.Append(batch);
                Reach(batch);
                foreach (var frame in batch)
                {
                    frame.Ticket.TrySetResult();
                }
            }
            catch (IOException e)
            {
                // After a failed sync the kernel has forgotten what it could not write: nothing of the write may be taken
                // for durable, and nothing may be written behind it.
                stream.Ring.Retire();
                failure = e;
                Fail(stream, batch, e);
            }

            next += batch.Count;
        }

        if (frames.Count > 0)
        {
            fault.Note(failure);
        }

        return failure is null;
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

    private void Fail(NumberedStream stream, List<PendingFrame> frames, IOException failure)
    {
        var cause = CardErrors.IsFull(failure) ? LossCause.Space : LossCause.Bad;
        lock (gate)
        {
            foreach (var frame in frames)
            {
                stream.Ledger.Lose(frame.Epoch, new SequenceRange(frame.Number, frame.Number), cause);
            }
        }

        Reach(frames);
        foreach (var frame in frames)
        {
            frame.Ticket.TrySetException(failure);

            // Not everybody looks at a ticket; a loss that is accounted for is no unobserved exception.
            _ = frame.Ticket.Task.Exception;
        }
    }
}

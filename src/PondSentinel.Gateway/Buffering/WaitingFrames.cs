namespace PondSentinel.Gateway.Buffering;

/// <summary>Frames that are in memory alone: those since the last commit, and while the card fails those it did not take,
/// which can be read from here meanwhile.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class WaitingFrames
{
    /// <summary>Most bytes: 4 MiB, a day of a usual site. A commit on its way holds as many once more.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    private readonly LinkedList<PendingFrame> frames = [];
    private readonly Dictionary<(NumberedStream Stream, string Epoch, long Number), PendingFrame> refused = [];

    /// <summary>Bytes of all of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of those that no commit has tried to write yet.</summary>
    public long NewBytes { get; private set; }

    /// <summary>Puts a new frame at the end.</summary>
    /// <param name="frame">The frame.</param>
    public void Add(PendingFrame frame)
    {
        frames.AddLast(frame);
        Bytes += frame.Bytes.Length;
        NewBytes += frame.Bytes.Length;
    }

    /// <summary>Takes all out, oldest first, to be committed.</summary>
    public List<PendingFrame> TakeAll()
    {
        List<PendingFrame> all = [.. frames];
        frames.Clear();
        refused.Clear();
        (Bytes, NewBytes) = (0, 0);
        return all;
    }

    /// <summary>Takes back what the card did not take, before what has come since.</summary>
    /// <param name="back">The frames, oldest first.</param>
    public void PutBack(IReadOnlyList<PendingFrame> back)
    {
        foreach (var frame in back.Reverse())
        {
            frames.AddFirst(frame);
            refused[(frame.Stream, frame.Epoch.Epoch, frame.Number)] = frame;
            Bytes += frame.Bytes.Length;
        }
    }

    /// <summary>Puts another frame in the place of each, under the same number.</summary>
    /// <param name="other">Gives the other.</param>
    public void Replace(Func<PendingFrame, PendingFrame> other)
    {
        for (var node = frames.First; node is not null; node = node.Next)
        {
            var before = node.Value;
            node.Value = other(before);
            Bytes += node.Value.Bytes.Length - before.Bytes.Length;
            var key = (before.Stream, before.Epoch.Epoch, before.Number);
            if (refused.ContainsKey(key))
            {
                refused[key] = node.Value;
            }
        }
    }

    /// <summary>Makes room by taking frames out for good: the oldest, events only where there is no record.</summary>
    /// <param name="size">Bytes that have to find room.</param>
    public List<PendingFrame> MakeRoom(int size)
    {
        List<PendingFrame> given = [];
        foreach (var kind in new[] { FrameKind.Record, FrameKind.Event })
        {
            for (var node = frames.First; node is not null && Bytes + size > BytesMax;)
            {
                var next = node.Next;
                if (node.Value.Stream.Kind == kind)
                {
                    frames.Remove(node);
                    refused.Remove((node.Value.Stream, node.Value.Epoch.Epoch, node.Value.Number));
                    Bytes -= node.Value.Bytes.Length;
                    given.Add(node.Value);
                }

                node = next;
            }
        }

        return given;
    }

    /// <summary>Finds a frame that the card did not take.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="number">Its number.</param>
    public PendingFrame? Find(NumberedStream stream, string epoch, long number) =>
        refused.GetValueOrDefault((stream, epoch, number));

    /// <summary>The lowest number above a given one of which the card did not take the frame.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="number">The given one.</param>
    public long? FirstAbove(NumberedStream stream, string epoch, long number) => refused.Keys
        .Where(key => key.Stream == stream && key.Number > number && string.Equals(key.Epoch, epoch, StringComparison.Ordinal))
        .Min(key => (long?)key.Number);
}

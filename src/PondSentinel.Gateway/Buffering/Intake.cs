using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Numbers what is appended and keeps it until it is on the card.</summary>
/// <remarks>Not thread-safe: whoever calls it holds the gate.</remarks>
/// <param name="ledger">What is known of each number.</param>
/// <param name="records">The records.</param>
/// <param name="events">The events.</param>
/// <param name="clock">Says when to commit.</param>
internal sealed class Intake(BufferLedger ledger, NumberedStream records, NumberedStream events, CommitClock clock)
{
    private bool isLiveFromTheStart;
    private IOException? failure;

    /// <summary>The epoch of this process; null before its first append.</summary>
    public string? Epoch { get; private set; }

    /// <summary>What is in memory alone.</summary>
    public WaitingFrames Waiting { get; } = new();

    /// <summary>Takes a record in.</summary>
    /// <param name="record">The record.</param>
    /// <param name="urgent">Whether it cannot wait for the commit window.</param>
    /// <param name="refusal">Why nothing is taken any more; null where it is.</param>
    public AppendTicket Take(BufferedRecord record, bool urgent, Exception? refusal)
    {
        var placed = ledger.Times.Place(record.Clock);
        ledger.Times.NoteAppended(placed);
        return Take(records, record.Site, RecordBody.VersionOf(record), RecordBody.Write(record with { Clock = placed }), urgent, refusal);
    }

    /// <summary>Takes an event in.</summary>
    /// <param name="happening">The event.</param>
    /// <param name="refusal">Why nothing is taken any more; null where it is.</param>
    public AppendTicket Take(BufferedEvent happening, Exception? refusal)
    {
        var placed = ledger.Times.Place(happening.Clock);
        ledger.Times.NoteAppended(placed);
        return Take(
            events, happening.Site, EventBody.Version, EventBody.Write(happening with { Clock = placed }), urgent: true, refusal);
    }

    /// <summary>Draws the line: what is appended from now on is live.</summary>
    public void StartLive()
    {
        foreach (var epoch in ledger.Records.Epochs)
        {
            epoch.EndLive();
        }

        isLiveFromTheStart = true;
        Own(records)?.StartLive();
    }

    /// <summary>Keeps in memory what the card did not take, from where it can be read; beyond the bound the oldest are lost.
    /// </summary>
    /// <param name="frames">The frames, oldest first.</param>
    /// <param name="reason">Why the card did not.</param>
    public void PutBack(IReadOnlyList<PendingFrame> frames, IOException reason)
    {
        failure = reason;
        Waiting.PutBack([.. frames.Select(Placed)]);
        foreach (var frame in frames)
        {
            frame.Epoch.Reach(frame.Number);
        }

        GiveUp(Waiting.MakeRoom(0));
    }

    /// <summary>Gives what is in memory alone its time, where it is known by now. It takes it along to the card, so that it
    /// never has another.</summary>
    public void Place() => Waiting.Replace(Placed);

    /// <summary>Gives up everything that is in memory alone.</summary>
    /// <param name="reason">Why.</param>
    /// <returns>How many that is.</returns>
    public int GiveUpAll(IOException reason)
    {
        failure = reason;
        var all = Waiting.TakeAll();
        GiveUp(all);
        return all.Count;
    }

    private static SequenceRange RangeOf(PendingFrame frame) => new(frame.Number, frame.Number);

    private PendingFrame Placed(PendingFrame frame)
    {
        var fields = new FieldReader(Frame.BodyOf(frame.Bytes));
        var clock = ClockFields.Read(ref fields);
        var placed = ledger.Times.Place(clock);
        if (placed == clock)
        {
            return frame;
        }

        var body = new FieldWriter();
        ClockFields.Write(body, placed);
        return frame with
        {
            Bytes = Frame.Make(
                frame.Stream.Kind, frame.Bytes[Frame.VersionAt], frame.Epoch.Epoch, frame.Number, [.. body.Written, .. fields.Rest]),
        };
    }

    private AppendTicket Take(
        NumberedStream stream, string site, byte version, byte[] body, bool urgent, Exception? refusal)
    {
        var epoch = Begin(stream, site);
        var id = new RecordId(epoch.Epoch, epoch.Give());
        var frame = new PendingFrame(
            stream,
            epoch,
            id.Sequence,
            Frame.Make(stream.Kind, version, epoch.Epoch, id.Sequence, body),
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        refusal ??= body.Length > Frame.BodyBytesMax || frame.Bytes.Length > Segment.RoomOf(stream.Ring.SegmentBytes)
            ? new IOException($"{body.Length} bytes are more than the buffer takes in one piece.")
            : null;
        if (refusal is not null)
        {
            GiveUp(frame, LossCause.Bad, refusal);
        }
        else
        {
            GiveUp(Waiting.MakeRoom(frame.Bytes.Length));
            Waiting.Add(frame);
            clock.NoteAppend(urgent || Waiting.NewBytes >= SegmentedLog.CommitBytes);
        }

        return new AppendTicket(id, frame.Ticket.Task);
    }

    private void GiveUp(IEnumerable<PendingFrame> frames)
    {
        var reason = failure ?? new IOException("The card has not answered for so long that no more can wait for it.");
        var cause = CardErrors.IsFull(reason) ? LossCause.Space : LossCause.Bad;
        foreach (var frame in frames)
        {
            GiveUp(frame, cause, reason);
        }
    }

    private void GiveUp(PendingFrame frame, LossCause cause, Exception reason)
    {
        frame.Stream.Ledger.Lose(frame.Epoch, RangeOf(frame), cause);
        if (frame.Number == frame.Epoch.Last + 1)
        {
            frame.Epoch.Reach(frame.Number);
        }

        clock.SaveLater();
        frame.Ticket.TrySetException(reason);

        // Not everybody looks at a ticket; a loss that is accounted for is no unobserved exception.
        _ = frame.Ticket.Task.Exception;
    }

    // A site belongs to an epoch, and an epoch to one process.
    private EpochLedger Begin(NumberedStream stream, string site)
    {
        if (Own(stream) is { } own && string.Equals(own.Site, site, StringComparison.Ordinal))
        {
            return own;
        }

        if (Epoch is null || Own(stream) is not null)
        {
            Epoch = Names.NewEpoch();
        }

        var epoch = new EpochLedger(Epoch, site, isOwn: true);
        if (isLiveFromTheStart)
        {
            epoch.StartLive();
        }

        stream.Ledger.Add(epoch);
        return epoch;
    }

    private EpochLedger? Own(NumberedStream stream) => Epoch is null ? null : stream.Ledger.Find(Epoch);
}

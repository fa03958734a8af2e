using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What a reader of frames makes of one.</summary>
internal enum FrameVerdict
{
    /// <summary>It took it, and goes on.</summary>
    Taken,

    /// <summary>It did not take it, and ends.</summary>
    Ended,

    /// <summary>The bytes make no sense.</summary>
    Unreadable,
}

/// <summary>Whoever reads numbers in order.</summary>
internal interface IFrameReader
{
    /// <summary>Offers a frame.</summary>
    /// <param name="frame">The frame.</param>
    FrameVerdict Take(StoredFrame frame);

    /// <summary>Tells of numbers that are gone.</summary>
    /// <param name="gone">The numbers, and why.</param>
    /// <returns>Whether to go on.</returns>
    bool TakeGone(GoneRange gone);
}

/// <summary>Reads numbers of a stream back from the card. What cannot be read is declared gone on the way.</summary>
/// <remarks>Used by whoever holds the card; the ledger is touched under the gate.</remarks>
/// <param name="stream">The stream.</param>
/// <param name="waiting">What the card did not take.</param>
/// <param name="gate">Guards the ledger and what waits.</param>
internal sealed class StreamReader(NumberedStream stream, WaitingFrames waiting, Lock gate)
{
    /// <summary>Whether anything had to be declared gone, so that the ledger has to be saved.</summary>
    public bool FoundBad { get; private set; }

    /// <summary>Whether it ended at a number that may be read once the card is back.</summary>
    public bool IsCardAway { get; private set; }

    /// <summary>Offers every number of a range, in order, each as a frame or as gone.</summary>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="range">The numbers, all of them durable or gone.</param>
    /// <param name="reader">Whom to offer them.</param>
    public void Read(EpochLedger epoch, SequenceRange range, IFrameReader reader)
    {
        try
        {
            ReadAll(epoch, range, reader);
        }
        catch (IOException)
        {
            IsCardAway = true;
        }
    }

    private void ReadAll(EpochLedger epoch, SequenceRange range, IFrameReader reader)
    {
        var next = range.First;
        while (next <= range.Last)
        {
            GoneRange? gone;
            lock (gate)
            {
                gone = epoch.GoneAt(next);
            }

            if (gone is { } known)
            {
                var (part, cause) = known;
                part = part with { Last = Math.Min(part.Last, range.Last) };
                if (!reader.TakeGone(new GoneRange(part, cause)))
                {
                    return;
                }

                next = part.Last + 1;
            }
            else if (!ReadHeld(epoch, range with { First = next }, reader, out next))
            {
                return;
            }
        }
    }

    private bool ReadHeld(EpochLedger epoch, SequenceRange range, IFrameReader reader, out long next)
    {
        SequenceRange held;
        lock (gate)
        {
            held = epoch.UntilGone(range);
        }

        next = held.First;
        if (stream.Thinned?.FirstFrom(epoch.Epoch, held) is { } thinned)
        {
            if (thinned.Number == next)
            {
                return Offer(epoch, thinned, reader, ref next);
            }

            held = held with { Last = thinned.Number - 1 };
        }

        if (stream.Ring.Find(epoch.Epoch, next) is not var (segment, stretch))
        {
            return ReadUnsaved(epoch, held, reader, ref next);
        }

        var last = Math.Min(held.Last, stretch.Range.Last);
        foreach (var frame in segment.Read(stretch, next))
        {
            if (frame.Number > last)
            {
                break;
            }

            if (frame.Number < next)
            {
                continue;
            }

            if (frame.Number > next && !Lose(epoch, new SequenceRange(next, frame.Number - 1), reader, ref next))
            {
                return false;
            }

            if (!Offer(epoch, frame, reader, ref next))
            {
                return false;
            }
        }

        return next > last || Lose(epoch, new SequenceRange(next, last), reader, ref next);
    }

    private bool Offer(EpochLedger epoch, StoredFrame frame, IFrameReader reader, ref long next)
    {
        var isOfStream = frame.Kind == stream.Kind || (frame.Kind == FrameKind.Thinned && stream.Thinned is not null);
        switch (isOfStream ? reader.Take(frame) : FrameVerdict.Unreadable)
        {
            case FrameVerdict.Ended:
                return false;
            case FrameVerdict.Unreadable:
                return Lose(epoch, new SequenceRange(frame.Number, frame.Number), reader, ref next);
            default:
                next = frame.Number + 1;
                return true;
        }
    }

    private bool ReadUnsaved(EpochLedger epoch, SequenceRange held, IFrameReader reader, ref long next)
    {
        PendingFrame? unsaved;
        long? above = null;
        lock (gate)
        {
            unsaved = waiting.Find(stream, epoch.Epoch, next);
            if (unsaved is null)
            {
                above = waiting.FirstAbove(stream, epoch.Epoch, next);
            }
        }

        if (unsaved is not null)
        {
            // It was made in this process, so it can be read.
            next++;
            return reader.Take(Frame.Unsaved(unsaved.Bytes)) == FrameVerdict.Taken;
        }

        var known = Math.Min(above ?? long.MaxValue, stream.Ring.FirstAbove(epoch.Epoch, next) ?? long.MaxValue);
        return Lose(epoch, new SequenceRange(next, Math.Min(held.Last, known - 1)), reader, ref next);
    }

    private bool Lose(EpochLedger epoch, SequenceRange range, IFrameReader reader, ref long next)
    {
        lock (gate)
        {
            stream.Ledger.Lose(epoch, range, LossCause.Bad);
        }

        FoundBad = true;
        next = range.Last + 1;
        return reader.TakeGone(new GoneRange(range, LossCause.Bad));
    }
}

using Microsoft.Extensions.Logging;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What became of the thinning of a segment.</summary>
internal enum ThinningOutcome
{
    /// <summary>All that the segment held is in thinned records or gone: it may be overwritten once the ledger is saved.
    /// </summary>
    Thinned,

    /// <summary>It would have become hardly less.</summary>
    NotWorthIt,

    /// <summary>There is no room for what it would have become.</summary>
    NoRoom,

    /// <summary>The card failed.</summary>
    Failed,
}

/// <summary>Thins the records of a segment that the backend does not have.</summary>
/// <remarks>Used by whoever holds the card; the ledger is touched under the gate.</remarks>
/// <param name="gate">Guards the ledger.</param>
/// <param name="log">The journal.</param>
internal sealed class Thinning(Lock gate, ILogger log)
{
    /// <summary>Writes durably what stands for the records of a segment, and declares the others gone.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="thinned">Where to.</param>
    /// <param name="victim">The segment.</param>
    /// <param name="cause">Why what is settled goes.</param>
    public ThinningOutcome Thin(NumberedStream stream, ThinnedRing thinned, Segment victim, LossCause cause)
    {
        List<Share> shares = [];
        foreach (var stretches in victim.Stretches.GroupBy(stretch => stretch.Epoch))
        {
            if (stream.Ledger.Find(stretches.Key) is { } epoch)
            {
                shares.Add(ShareOf(epoch, thinned, victim, [.. stretches]));
            }
        }

        var frames = shares.SelectMany(share => share.Outcome.Select(record => new PendingFrame(
            stream, share.Epoch, record.Number, ThinnedBody.Frame(share.Epoch.Epoch, record), new TaskCompletionSource()))).ToList();
        var size = frames.Sum(frame => frame.Bytes.Length);
        if (size > thinned.OutcomeBytesMax)
        {
            return ThinningOutcome.NotWorthIt;
        }

        if (size > 0 && !thinned.Takes(size))
        {
            return ThinningOutcome.NoRoom;
        }

        try
        {
            if (frames.Count > 0)
            {
                thinned.Append(frames);
            }
        }
        catch (IOException e)
        {
            log.LogError("buffer: thinned records cannot be written to the card: {Reason}", e.Message);
            return ThinningOutcome.Failed;
        }

        long before;
        long after;
        lock (gate)
        {
            before = stream.Ledger.Lost[LossCause.Thin];
            shares.ForEach(share => Account(stream.Ledger, share, cause));
            after = stream.Ledger.Lost[LossCause.Thin];
        }

        if (after > before)
        {
            log.LogWarning(
                "buffer: no room ({Cause}); of {Thinned} old records only means, lowest and highest are kept, in {Kept} records",
                cause.Token, after - before + frames.Count, frames.Count);
        }

        return ThinningOutcome.Thinned;
    }

    private Share ShareOf(EpochLedger epoch, ThinnedRing thinned, Segment victim, List<Stretch> stretches)
    {
        // An earlier thinning of this segment may have been cut off before it was overwritten.
        var elsewhere = stretches.SelectMany(stretch => thinned.NumbersWithin(epoch.Epoch, stretch.Range)).ToHashSet();
        List<ThinnedRecord> whole = [];
        var thin = Thinner.Thin(Unsettled(epoch, victim, stretches, elsewhere, whole));
        return new Share(epoch, stretches, [.. thin.Concat(whole).OrderBy(record => record.Number)], elsewhere);
    }

    // Stretch by stretch, so that the records of a segment are never in memory all at once. What may be with the backend
    // stays whole: a receipt for it would settle the thinned record of the same number, which nobody has.
    private IEnumerable<(long Number, BufferedRecord Record)> Unsettled(
        EpochLedger epoch, Segment victim, List<Stretch> stretches, HashSet<long> elsewhere, List<ThinnedRecord> whole)
    {
        foreach (var frame in stretches.SelectMany(stretch => victim.Read(stretch, stretch.Range.First)))
        {
            bool isUnsettled;
            bool isOut;
            lock (gate)
            {
                (isUnsettled, isOut) = (epoch.IsUnsettled(frame.Number), epoch.IsOut(frame.Number));
            }

            if (!isUnsettled
                || frame.Kind != FrameKind.Record
                || elsewhere.Contains(frame.Number)
                || RecordBody.Read(frame.Version, frame.Body) is not { } record)
            {
                continue;
            }

            if (isOut)
            {
                whole.Add(new ThinnedRecord(frame.Number, record, CoveredMs: null, []));
            }
            else
            {
                yield return (frame.Number, record);
            }
        }
    }

    // A receipt may have come meanwhile: what it settled is not lost. What is neither settled nor thinned could not be read.
    private static void Account(StreamLedger ledger, Share share, LossCause cause)
    {
        var (epoch, stretches, outcome, elsewhere) = share;
        foreach (var record in outcome)
        {
            ledger.Thin(epoch, record.Replaced.Where(number => !epoch.Settled.Contains(number)));
        }

        var kept = outcome.Select(record => record.Number).Concat(elsewhere).ToHashSet();
        foreach (var range in stretches.SelectMany(stretch => NumberRanges.Outside(stretch.Range, kept)))
        {
            foreach (var settled in epoch.Settled.Within(range).ToList())
            {
                ledger.Lose(epoch, settled, cause);
            }

            ledger.Lose(epoch, range, LossCause.Bad);
        }
    }

    private sealed record Share(
        EpochLedger Epoch, List<Stretch> Stretches, IReadOnlyList<ThinnedRecord> Outcome, IReadOnlySet<long> Elsewhere);
}

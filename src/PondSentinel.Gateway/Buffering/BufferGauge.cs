using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Tells how much of the records is not settled.</summary>
/// <param name="records">The records.</param>
/// <param name="reader">Reads the time of the oldest.</param>
/// <param name="gate">Guards the ledger.</param>
internal sealed class BufferGauge(NumberedStream records, LogReader reader, Lock gate)
{
    private (RecordId Id, long? TimeMs)? oldest;

    /// <summary>Final time of the oldest record not settled, UTC ms since 1970; null where there is none or it has no time.
    /// </summary>
    /// <remarks>For whoever holds the card, and not the gate.</remarks>
    public long? OldestUnsettledMs()
    {
        EpochLedger epoch;
        long number;
        lock (gate)
        {
            if (records.Ledger.Epochs.FirstOrDefault(candidate => candidate.Unsettled.Any()) is not { } found)
            {
                return null;
            }

            (epoch, number) = (found, found.Unsettled.First().First);
        }

        var id = new RecordId(epoch.Epoch, number);
        if (oldest is not { TimeMs: not null } known || known.Id != id)
        {
            oldest = (id, reader.TimeOf(epoch, number));
        }

        return oldest.Value.TimeMs;
    }

    /// <summary>Bytes on the card of the records not settled, about.</summary>
    /// <remarks>For whoever holds both the card and the gate.</remarks>
    public long UnsettledBytes()
    {
        double bytes = 0;
        foreach (var (name, range, taken) in records.Rings.SelectMany(ring => ring.Segments).SelectMany(InARow))
        {
            if (records.Ledger.Find(name) is { } epoch && epoch.CountHeld(range) is var held and > 0)
            {
                bytes += (double)taken * epoch.CountUnsettled(range) / held;
            }
        }

        return (long)bytes;
    }

    // A full buffer has tens of thousands of stretches, and whoever appends waits meanwhile. Those of a segment mostly follow
    // each other.
    private static IEnumerable<(string Epoch, SequenceRange Range, long Bytes)> InARow(Segment segment)
    {
        (string Epoch, SequenceRange Range, long Bytes)? row = null;
        foreach (var stretch in segment.Stretches)
        {
            if (row is var (epoch, range, bytes)
                && range.Last + 1 == stretch.Range.First
                && string.Equals(epoch, stretch.Epoch, StringComparison.Ordinal))
            {
                row = (epoch, range with { Last = stretch.Range.Last }, bytes + stretch.Bytes);
                continue;
            }

            if (row is { } ended)
            {
                yield return ended;
            }

            row = (stretch.Epoch, stretch.Range, stretch.Bytes);
        }

        if (row is { } last)
        {
            yield return last;
        }
    }
}

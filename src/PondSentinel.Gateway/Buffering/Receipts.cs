using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Applies receipts to the ledger, in the order that generation and number give them.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="ledger">The ledger.</param>
internal sealed class Receipts(BufferLedger ledger)
{
    /// <summary>Applies a receipt.</summary>
    /// <param name="receipt">The receipt; its origin is checked.</param>
    /// <param name="replacesBelief">Whether it comes from another store than those before, so that nothing they said holds
    /// any more.</param>
    public ReceiptOutcome Apply(Receipt receipt, out bool replacesBelief)
    {
        var mark = ReceiptMark.Of(receipt);
        replacesBelief = false;
        if (ledger.Receipt is { } before)
        {
            // Another backend's generation says nothing beside that of the one before: the owner changed receipts_from.
            var isSame = string.Equals(before.By, mark.By, StringComparison.Ordinal);
            if (isSame && (mark.Generation, mark.Number).CompareTo((before.Generation, before.Number)) < 0)
            {
                return ReceiptOutcome.Stale;
            }

            // Of another process of that backend, which has lost this one's memory: what it says now is no addition.
            if (isSame && mark.Generation == before.Generation && receipt.Unused.Any(range => range.Contains(before.Number)))
            {
                return ReceiptOutcome.SetBack;
            }

            replacesBelief = !isSame || mark.Generation > before.Generation;
        }

        ledger.Receipt = mark;
        if (replacesBelief)
        {
            Unsettle(ledger.Records);
            Unsettle(ledger.Events);
        }

        var (recordsChanged, recordsPlausible) = Settle(
            ledger.Records.Find(receipt.Epoch),
            receipt.UpTo,
            receipt.Gaps,
            [.. receipt.Rejected.Select(rejected => rejected.Range)]);
        var (eventsChanged, eventsPlausible) = receipt.Events is { } told
            ? Settle(ledger.Events.Find(receipt.Epoch), told.UpTo, told.Gaps, [])
            : (false, true);
        return !recordsPlausible || !eventsPlausible ? ReceiptOutcome.Unknown
            : recordsChanged || eventsChanged || replacesBelief ? ReceiptOutcome.Applied
            : ReceiptOutcome.Unchanged;
    }

    private static void Unsettle(StreamLedger stream)
    {
        foreach (var epoch in stream.Epochs)
        {
            epoch.Unsettle();
        }
    }

    private static (bool Changed, bool Plausible) Settle(
        EpochLedger? epoch, long upTo, IReadOnlyList<SequenceRange> gaps, IReadOnlyList<SequenceRange> rejected)
    {
        if (epoch is null)
        {
            return (false, upTo < 0 && rejected.Count == 0);
        }

        var settled = new IntervalSet(int.MaxValue);
        if (upTo >= 0)
        {
            settled.Add(new SequenceRange(0, upTo));
        }

        foreach (var gap in gaps.Where(IsRange))
        {
            settled.Remove(gap);
        }

        foreach (var range in rejected.Where(IsRange))
        {
            settled.Add(range);
        }

        var (changed, plausible) = (false, true);
        foreach (var range in settled.Intervals)
        {
            var (rangeChanged, rangePlausible) = epoch.Settle(range);
            changed |= rangeChanged;
            plausible &= rangePlausible;
        }

        return (changed, plausible);
    }

    private static bool IsRange(SequenceRange range) => range.First >= 0 && range.First <= range.Last;
}

using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>All that the buffer knows beside the records and events themselves. It is kept in a <see cref="LedgerFile"/>.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class BufferLedger
{
    /// <summary>Of the records.</summary>
    public StreamLedger Records { get; } = new();

    /// <summary>Of the events.</summary>
    public StreamLedger Events { get; } = new();

    /// <summary>What gives records of untrusted clocks their time.</summary>
    public BootTimes Times { get; } = new();

    /// <summary>The newest receipt that was applied; null before the first.</summary>
    public ReceiptMark? Receipt { get; set; }

    /// <summary>Looks again at epochs whose next item waits for a time.</summary>
    public void OfferAgain()
    {
        foreach (var epoch in Records.Epochs.Concat(Events.Epochs))
        {
            epoch.AwaitsTime = false;
        }
    }

    /// <summary>Looks again at epochs whose next item could not be read.</summary>
    public void TryCard()
    {
        foreach (var epoch in Records.Epochs.Concat(Events.Epochs))
        {
            epoch.TryCard();
        }
    }
}

/// <summary>What orders receipts.</summary>
/// <param name="By">The backend that spoke.</param>
/// <param name="Generation">Generation of its store.</param>
/// <param name="Number">Number of the receipt.</param>
internal readonly record struct ReceiptMark(string By, long Generation, long Number)
{
    /// <summary>The mark of a receipt.</summary>
    /// <param name="receipt">The receipt.</param>
    public static ReceiptMark Of(Receipt receipt) => new(receipt.By, receipt.Generation, receipt.Number);
}

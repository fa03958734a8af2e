using PondSentinel.Backend.Broker;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Brings receipts that are due to the gateways, one round at a time.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="link">The way to the gateways.</param>
internal sealed class ReceiptLane(IngestParts parts, IBrokerLink link)
{
    private static readonly TimeSpan Expiry = TimeSpan.FromMinutes(10);

    private List<(Topic Topic, Receipt Receipt)> round = [];

    /// <summary>The round under way; null before the first.</summary>
    public Task<int>? Publishing { get; private set; }

    /// <summary>Closes a round that is over and begins the next, where anything is due.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (Publishing is { } over)
        {
            if (!over.IsCompleted)
            {
                return;
            }

            foreach (var (topic, receipt) in round.Skip(await over))
            {
                parts.Receipts.Fail(topic.Gateway, receipt);
            }

            Publishing = null;
        }

        if (!parts.Receipts.IsAnyDue)
        {
            return;
        }

        List<(Topic Topic, Receipt Receipt)> due = [];
        await parts.State.CommitAsync(
            transaction => due = parts.Receipts.Due(transaction), parts.Receipts.ForgetNumbers, cancellationToken);
        foreach (var (topic, receipt) in due)
        {
            parts.Receipts.Give(topic.Gateway, receipt);
        }

        round = due;
        Publishing = PublishAsync(due, cancellationToken);
    }

    // Stops at the first that the broker does not take: without a connection the rest would fare no better.
    private async Task<int> PublishAsync(
        List<(Topic Topic, Receipt Receipt)> receipts, CancellationToken cancellationToken)
    {
        for (var count = 0; count < receipts.Count; count++)
        {
            var (topic, receipt) = receipts[count];
            if (!await link.PublishAsync(
                topic.ToString(), AckCodec.Encode(receipt), retain: false, Expiry, cancellationToken))
            {
                return count;
            }
        }

        return receipts.Count;
    }
}

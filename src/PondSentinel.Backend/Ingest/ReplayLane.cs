using PondSentinel.Backend.Broker;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Asks gateways to send again what <see cref="ReplayBook"/> misses. What does not reach the broker is asked again in its
/// time.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="link">The way to the gateways.</param>
internal sealed class ReplayLane(IngestParts parts, IBrokerLink link)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Expiry = TimeSpan.FromMinutes(10);

    private long lookedAt = parts.Time.GetTimestamp();

    /// <summary>The round under way; null before the first.</summary>
    public Task? Publishing { get; private set; }

    /// <summary>Looks every 10 s whether anything is to be asked, and begins to ask.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public void Begin(CancellationToken cancellationToken)
    {
        if (Publishing is { IsCompleted: false } || parts.Time.GetElapsedTime(lookedAt) < Every)
        {
            return;
        }

        lookedAt = parts.Time.GetTimestamp();
        var due = parts.State.Read(parts.Replays.Due);
        Publishing = due.Count > 0 ? PublishAsync(due, cancellationToken) : null;
    }

    private async Task PublishAsync(List<(Topic Topic, ReplayCommand Wish)> due, CancellationToken cancellationToken)
    {
        foreach (var (topic, wish) in due)
        {
            parts.Logger.LogInformation(
                "{Gateway} holds records {First} to {Last} of epoch {Epoch}, which never came here: it is asked for them.",
                topic.Gateway, wish.Range.First, wish.Range.Last, wish.Epoch);
            if (!await link.PublishAsync(topic.ToString(), ReplayCodec.Encode(wish), retain: false, Expiry, cancellationToken))
            {
                return;
            }
        }
    }
}

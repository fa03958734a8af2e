using PondSentinel.Backend.Broker;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Answers gateways that ask for the time, at once and only while this machine knows it. A question that is not
/// answered is asked again by the gateway.</summary>
/// <param name="link">The way to the gateways.</param>
/// <param name="wallClock">Whether the machine's time may be given away.</param>
/// <param name="time">The clock that is given away.</param>
internal sealed class TimeAnswers(IBrokerLink link, IWallClock wallClock, TimeProvider time)
{
    // A gateway takes an answer within 10 s only, so more than these are worth nothing. One for each gateway.
    private const int UnderWayMax = 64;

    // No longer than a gateway takes it.
    private static readonly TimeSpan Expiry = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Task> underWay = new(StringComparer.Ordinal);

    /// <summary>Answers, if it can; does not wait.</summary>
    public void Answer(ReadOnlySpan<byte> question, Topic topic, CancellationToken cancellationToken)
    {
        foreach (var (gateway, _) in underWay.Where(pair => pair.Value.IsCompleted).ToList())
        {
            underWay.Remove(gateway);
        }

        if (underWay.Count < UnderWayMax
            && !underWay.ContainsKey(topic.Gateway)
            && wallClock.IsSynchronised
            && TimeCodec.Decode(question).Value is { } request)
        {
            underWay[topic.Gateway] = PublishAsync(request.Nonce, topic with { Kind = TopicKind.Ack }, cancellationToken);
        }
    }

    private async Task PublishAsync(string nonce, Topic topic, CancellationToken cancellationToken)
    {
        try
        {
            var answer = new TimeAnswer(nonce, time.GetUtcNow().ToUnixTimeMilliseconds(), wallClock.ErrorMs);
            await link.PublishAsync(topic.ToString(), AckCodec.Encode(answer), retain: false, Expiry, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}

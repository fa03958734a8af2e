using System.Buffers;
using System.Threading.Channels;
using PondSentinel.Backend.Broker;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>A broker without a socket: hands in what the test sends, and remembers what was acknowledged and published.</summary>
internal sealed class FakeBroker(TimeProvider time, GatewayQuota? quota = null) : IBrokerLink
{
    private readonly Channel<Ack> acks = Channel.CreateUnbounded<Ack>();
    private readonly Channel<ReplayCommand> wishes = Channel.CreateUnbounded<ReplayCommand>();

    public Inbox Incoming { get; } = new(quota ?? new GatewayQuota(), time);

    public DateTimeOffset? ConnectedSince { get; set; } = time.GetUtcNow();

    /// <summary>Whether publications arrive.</summary>
    public bool IsUp { get; set; } = true;

    public List<(string Topic, TimeSpan? Expiry)> Published { get; } = [];

    public List<Receipt> Receipts { get; } = [];

    public async Task RunAsync(CancellationToken cancellationToken) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public Task<bool> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, bool retain, TimeSpan? expiry, CancellationToken cancellationToken)
    {
        lock (Published)
        {
            if (!IsUp)
            {
                return Task.FromResult(false);
            }

            Published.Add((topic, expiry));
            if (topic.EndsWith("/cmd/replay", StringComparison.Ordinal))
            {
                wishes.Writer.TryWrite(ReplayCodec.Decode(payload.Span).Value!);
                return Task.FromResult(true);
            }

            var ack = AckCodec.Decode(payload.Span).Value!;
            if (ack.Receipt is { } receipt)
            {
                Receipts.Add(receipt);
            }

            acks.Writer.TryWrite(ack);
            return Task.FromResult(true);
        }
    }

    /// <summary>Hands a message in.</summary>
    /// <returns>Completes when it is acknowledged.</returns>
    public Task Send(Topic topic, ReadOnlyMemory<byte> payload, Func<bool>? isStale = null, bool isRetained = false)
    {
        var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Incoming.Offer(
            topic.ToString(), new ReadOnlySequence<byte>(payload), () => acknowledged.TrySetResult(), isStale ?? (() => false),
            isRetained);
        return acknowledged.Task;
    }

    /// <summary>The next wish for what is held.</summary>
    public ValueTask<ReplayCommand> NextWishAsync(CancellationToken cancellationToken) => wishes.Reader.ReadAsync(cancellationToken);

    /// <summary>The next receipt or time answer.</summary>
    public ValueTask<Ack> NextAsync(CancellationToken cancellationToken) => acks.Reader.ReadAsync(cancellationToken);
}

using System.Buffers;
using PondSentinel.Backend.Broker;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>A broker in memory that always has the next message, and a few of them under way.</summary>
internal sealed class FullBroker : IBrokerLink, IDisposable
{
    private const int UnderWayMax = 64;

    private readonly SemaphoreSlim room = new(UnderWayMax);

    /// <inheritdoc/>
    public Inbox Incoming { get; } = new(
        new GatewayQuota { BytesPerSecond = 1L << 40, BytesPerDay = 1L << 50 }, TimeProvider.System);

    /// <inheritdoc/>
    public DateTimeOffset? ConnectedSince => null;

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, bool retain, TimeSpan? expiry, CancellationToken cancellationToken) =>
        Task.FromResult(true);

    /// <inheritdoc/>
    public void Dispose() => room.Dispose();

    /// <summary>Hands messages in and waits until all are acknowledged.</summary>
    /// <param name="topic">Their topic.</param>
    /// <param name="payloads">The messages.</param>
    public async Task DeliverAsync(string topic, IEnumerable<ReadOnlyMemory<byte>> payloads)
    {
        foreach (var payload in payloads)
        {
            await room.WaitAsync();
            var isDone = 0;
            Incoming.Offer(
                topic,
                new ReadOnlySequence<byte>(payload),
                () =>
                {
                    if (Interlocked.Exchange(ref isDone, 1) == 0)
                    {
                        room.Release();
                    }
                },
                () => false);
        }

        for (var taken = 0; taken < UnderWayMax; taken++)
        {
            await room.WaitAsync();
        }

        room.Release(UnderWayMax);
    }
}

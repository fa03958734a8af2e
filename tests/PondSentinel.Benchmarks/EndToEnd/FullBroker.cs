using System.Threading.Channels;
using PondSentinel.Backend.Broker;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>A broker in memory that always has the next message, as many at a time as the backend's Receive Maximum allows.
/// </summary>
internal sealed class FullBroker : IBrokerLink, IDisposable
{
    private readonly Channel<Delivery> incoming = Channel.CreateUnbounded<Delivery>();
    private readonly SemaphoreSlim room = new(BrokerSession.ReceiveMaximum);

    /// <inheritdoc/>
    public ChannelReader<Delivery> Incoming => incoming.Reader;

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
            incoming.Writer.TryWrite(new Delivery(
                topic,
                payload,
                () =>
                {
                    if (Interlocked.Exchange(ref isDone, 1) == 0)
                    {
                        room.Release();
                    }
                },
                () => false));
        }

        for (var taken = 0; taken < BrokerSession.ReceiveMaximum; taken++)
        {
            await room.WaitAsync();
        }

        room.Release(BrokerSession.ReceiveMaximum);
    }
}

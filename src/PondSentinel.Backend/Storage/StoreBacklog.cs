using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Storage;

/// <summary>What stands in the state database and has still to be written to the measurement store, which may be away for as long as
/// it likes. It runs by itself, so that a store that is away holds up nobody.</summary>
/// <remarks>What is written is noted so after the store has answered: whatever crashes, it is written once more, which changes
/// nothing.</remarks>
/// <param name="connection">The state database; closed with this.</param>
/// <param name="what">What waits, for the journal: begins a sentence.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">Told what goes wrong.</param>
internal abstract class StoreBacklog(SqliteConnection connection, string what, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>How long a change waits at most, while the store answers.</summary>
    internal static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private bool isAway;

    /// <summary>Most that is written at once.</summary>
    protected abstract int AtOnce { get; }

    /// <summary>The state database.</summary>
    protected SqliteConnection Connection => connection;

    /// <summary>Told what goes wrong.</summary>
    protected ILogger Logger => logger;

    /// <summary>Writes what has changed, until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await TryWriteAsync(cancellationToken);
                await Task.Delay(WriteEvery, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    /// <summary>Writes what is not written yet.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot take it now; it stays as it is.</exception>
    internal async Task WriteAsync(CancellationToken cancellationToken)
    {
        while (await WriteSomeAsync(cancellationToken) == AtOnce)
        {
            // There are more.
        }
    }

    /// <summary>Writes some of it, and notes that it is written.</summary>
    /// <returns>How much there was, at most <see cref="AtOnce"/>.</returns>
    protected abstract Task<int> WriteSomeAsync(CancellationToken cancellationToken);

    private async Task TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
            isAway = false;
        }
        catch (Exception e) when (e is StoreUnavailableException or SqliteException or InvalidDataException)
        {
            if (!isAway)
            {
                isAway = true;
                logger.LogWarning("{What} for the store: {Reason}. It is tried again each minute.", what, e.Message);
            }
        }
    }
}

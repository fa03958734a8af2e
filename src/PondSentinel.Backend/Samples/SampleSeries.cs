using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Samples;

/// <summary>Writes grab samples to the measurement store, which may be away for as long as it likes.</summary>
/// <remarks>A sample is noted as written after the store has answered: whatever crashes, it is written once more, which changes
/// nothing.</remarks>
/// <param name="connection">The state database; closed with this.</param>
/// <param name="store">The store.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">Told what goes wrong.</param>
internal sealed class SampleSeries(
    SqliteConnection connection, IMeasurementStore store, TimeProvider time, ILogger<SampleSeries> logger) : IDisposable
{
    private const int AtOnce = 500;

    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private bool isAway;

    /// <summary>Writes what is new, until told to stop.</summary>
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

    /// <summary>Writes what is not written yet.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot take it now; it stays as it is.</exception>
    internal async Task WriteAsync(CancellationToken cancellationToken)
    {
        while (await WriteSomeAsync(cancellationToken) == AtOnce)
        {
            // There are more.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

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
                logger.LogWarning("Grab samples wait for the store: {Reason}. It is tried again each minute.", e.Message);
            }
        }
    }

    private async Task<int> WriteSomeAsync(CancellationToken cancellationToken)
    {
        List<SamplePoint> samples;
        using (var transaction = connection.BeginTransaction(deferred: true))
        {
            samples = new SampleTable(transaction).Unwritten(AtOnce);
        }

        if (samples.Count == 0)
        {
            return 0;
        }

        foreach (var refused in await store.WriteSamplesAsync(samples, cancellationToken))
        {
            logger.LogWarning(
                "The store refuses the grab sample {Number} of {Gateway} for ever ({Cause}): {Detail}. pond-backend samples has it.",
                refused.Sample.Sequence, refused.Sample.Beside.Gateway, refused.Cause, refused.Detail);
        }

        using (var transaction = connection.BeginTransaction())
        {
            samples.ForEach(new SampleTable(transaction).SetWritten);
            transaction.Commit();
        }

        return samples.Count;
    }
}

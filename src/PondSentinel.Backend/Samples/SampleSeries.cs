using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Samples;

/// <summary>Writes grab samples to the measurement store.</summary>
/// <param name="connection">The state database; closed with this.</param>
/// <param name="store">The store.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">Told what goes wrong.</param>
internal sealed class SampleSeries(
    SqliteConnection connection, IMeasurementStore store, TimeProvider time, ILogger<SampleSeries> logger)
    : StoreBacklog(connection, "Grab samples wait", time, logger)
{
    private long unknown;

    /// <inheritdoc/>
    protected override int AtOnce => 500;

    private void NoteUnknown(long count)
    {
        if (count > unknown)
        {
            Logger.LogWarning("{Count} grab samples are of measurands that this version does not know; they wait for a later one.", count);
        }

        unknown = count;
    }

    /// <inheritdoc/>
    protected override async Task<int> WriteSomeAsync(CancellationToken cancellationToken)
    {
        List<SamplePoint> samples;
        using (var transaction = Connection.BeginTransaction(deferred: true))
        {
            var table = new SampleTable(transaction);
            samples = table.Unwritten(AtOnce);
            NoteUnknown(table.Unknown);
        }

        if (samples.Count == 0)
        {
            return 0;
        }

        foreach (var refused in await store.WriteSamplesAsync(samples, cancellationToken))
        {
            Logger.LogWarning(
                "The store refuses the grab sample {Number} of {Gateway} for ever ({Cause}): {Detail}. pond-backend samples has it.",
                refused.Sample.Sequence, refused.Sample.Beside.Gateway, refused.Cause, refused.Detail);
        }

        using (var transaction = Connection.BeginTransaction())
        {
            samples.ForEach(new SampleTable(transaction).SetWritten);
            transaction.Commit();
        }

        return samples.Count;
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>Keeps the history of alerts as a series in the measurement store: one point for each episode, written again when late
/// values, its end or another text change it.</summary>
/// <remarks>What has to be written is marked in the transaction that changes the episode.</remarks>
/// <param name="connection">The state database; closed with this.</param>
/// <param name="store">The store.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">Told what goes wrong.</param>
internal sealed class EpisodeSeries(
    SqliteConnection connection, IMeasurementStore store, TimeProvider time, ILogger<EpisodeSeries> logger)
    : StoreBacklog(connection, "The history of alerts waits", time, logger)
{
    /// <inheritdoc/>
    protected override int AtOnce => 500;

    /// <inheritdoc/>
    protected override async Task<int> WriteSomeAsync(CancellationToken cancellationToken)
    {
        List<UnwrittenEpisode> unwritten;
        List<EpisodePoint> points;
        using (var transaction = Connection.BeginTransaction(deferred: true))
        {
            unwritten = new UnwrittenEpisodes(transaction).Some(AtOnce);
            var tables = new AlertTables(transaction);
            points = [.. unwritten.Select(episode => tables.EpisodePoint(episode.Id)).OfType<EpisodePoint>()];
        }

        if (unwritten.Count == 0)
        {
            return 0;
        }

        foreach (var refused in await store.WriteEpisodesAsync(points, cancellationToken))
        {
            Logger.LogWarning(
                "The store refuses the alert {Id} for ever ({Cause}): {Detail}. The state database has it.",
                refused.Episode.Id, refused.Cause, refused.Detail);
        }

        using (var transaction = Connection.BeginTransaction())
        {
            unwritten.ForEach(new UnwrittenEpisodes(transaction).Remove);
            transaction.Commit();
        }

        return unwritten.Count;
    }
}

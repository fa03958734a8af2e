using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>What fires now, as people were last told of it. Read-only; any connection after <see cref="AlertEngine.Open"/>.</summary>
public static class FiringAlerts
{
    /// <summary>Most that are read: more are no news but a fault.</summary>
    public const int CountMax = 10_000;

    /// <summary>Reads the last notice of each.</summary>
    /// <param name="connection">The state database.</param>
    public static IReadOnlyList<AlertNotice> Read(SqliteConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        using var transaction = connection.BeginTransaction(deferred: true);
        return transaction.Query(
            $"SELECT last_notice FROM alert_episode WHERE standing = {(int)EpisodeStanding.Firing} AND last_notice IS NOT NULL ORDER BY id LIMIT $most",
            reader => AlertNotice.FromJson(reader.GetString(0)),
            ("$most", CountMax));
    }
}

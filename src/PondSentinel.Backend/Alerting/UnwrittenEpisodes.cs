using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>Which episodes the measurement store does not have as they now are, within one transaction of the state database.
/// </summary>
/// <param name="transaction">The transaction.</param>
internal sealed class UnwrittenEpisodes(SqliteTransaction transaction)
{
    private const string Name = "alert_unwritten";

    /// <summary>Creates the table. Where it is new every episode is unwritten.</summary>
    public void Create()
    {
        var isNew = transaction.Query($"SELECT 1 FROM sqlite_master WHERE name = '{Name}'", _ => true).Count == 0;
        transaction.Execute($"CREATE TABLE IF NOT EXISTS {Name}(id TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID");
        if (isNew)
        {
            transaction.Execute($"INSERT INTO {Name} SELECT id, 0 FROM alert_episode");
        }
    }

    /// <summary>An episode that has changed.</summary>
    /// <param name="id">Its id.</param>
    public void Add(string id) => transaction.Execute(
        $"INSERT INTO {Name} VALUES ($id, 0) ON CONFLICT DO UPDATE SET version = version + 1", ("$id", id));

    /// <summary>Some of them.</summary>
    /// <param name="most">At most so many.</param>
    public List<UnwrittenEpisode> Some(int most) => transaction.Query(
        $"SELECT id, version FROM {Name} ORDER BY id LIMIT $most",
        reader => new UnwrittenEpisode(reader.GetString(0), reader.GetInt64(1)),
        ("$most", most));

    /// <summary>Notes that one was written as it stood at its version.</summary>
    /// <param name="episode">The episode.</param>
    public void Remove(UnwrittenEpisode episode) => transaction.Execute(
        $"DELETE FROM {Name} WHERE id = $id AND version = $version", ("$id", episode.Id), ("$version", episode.Version));
}

/// <summary>An episode that has to be written, and what tells whether it was marked again.</summary>
internal readonly record struct UnwrittenEpisode(string Id, long Version);

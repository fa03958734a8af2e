using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Completeness;

/// <summary>Which days the measurement store does not have as the ledger has them, within one transaction of the state database.
/// </summary>
/// <param name="transaction">The transaction.</param>
internal sealed class UnwrittenTable(SqliteTransaction transaction)
{
    private const string Name = "completeness_unwritten";

    /// <summary>Creates it. Where it is new every row of the ledger is unwritten.</summary>
    /// <param name="grid">The calendar of the rows.</param>
    public void Create(DayGrid grid)
    {
        var isNew = transaction.Query(
            $"SELECT count(*) FROM sqlite_master WHERE name = '{Name}'", reader => reader.GetInt64(0))[0] == 0;
        transaction.Execute($"""
            CREATE TABLE IF NOT EXISTS {Name}(
              gateway TEXT NOT NULL, start_ms INTEGER NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, site TEXT NOT NULL,
              station TEXT NOT NULL, version INTEGER NOT NULL,
              PRIMARY KEY(gateway, start_ms, device, channel, site, station)) STRICT, WITHOUT ROWID;
            """);
        if (isNew)
        {
            AddAll(grid);
        }
    }

    /// <summary>All rows of the ledger.</summary>
    /// <param name="grid">Their calendar.</param>
    public void AddAll(DayGrid grid) => transaction.Execute(
        $"""
        INSERT INTO {Name} SELECT gateway, day * $length - $offset, device, channel, site, station, 0 FROM completeness_day WHERE true
        ON CONFLICT DO UPDATE SET version = version + 1
        """,
        ("$length", DayGrid.DayMs), ("$offset", grid.OffsetMs));

    /// <summary>A row that has changed, or is no more.</summary>
    /// <param name="row">The row.</param>
    /// <param name="startMs">When its day begins, UTC ms since 1970.</param>
    public void Add(LedgerRow row, long startMs) => transaction.Execute(
        $"""
        INSERT INTO {Name} VALUES ($gateway, $start, $device, $channel, $site, $station, 0)
        ON CONFLICT DO UPDATE SET version = version + 1
        """,
        ("$gateway", row.Gateway), ("$start", startMs), ("$device", row.Channel.Device), ("$channel", row.Channel.Channel),
        ("$site", row.Site), ("$station", row.Station));

    /// <summary>Some of them, the newest first.</summary>
    /// <param name="most">At most so many.</param>
    public List<UnwrittenDay> Some(int most) => transaction.Query(
        $"SELECT gateway, start_ms, device, channel, site, station, version FROM {Name} ORDER BY start_ms DESC LIMIT $most",
        reader => new UnwrittenDay(
            reader.GetString(0), reader.GetInt64(1), new LedgerChannel(reader.GetString(2), reader.GetString(3)),
            reader.GetString(4), reader.GetString(5), reader.GetInt64(6)),
        ("$most", most));

    /// <summary>Notes that one was written as it stood at its version.</summary>
    public void Remove(UnwrittenDay day) => transaction.Execute(
        $"""
        DELETE FROM {Name} WHERE gateway = $gateway AND start_ms = $start AND device = $device AND channel = $channel
          AND site = $site AND station = $station AND version = $version
        """,
        ("$gateway", day.Gateway), ("$start", day.StartMs), ("$device", day.Channel.Device), ("$channel", day.Channel.Channel),
        ("$site", day.Site), ("$station", day.Station), ("$version", day.Version));

    /// <summary>Forgets what began before an instant: its rows are gone, and the store keeps what it has.</summary>
    public void Forget(long startMs) => transaction.Execute($"DELETE FROM {Name} WHERE start_ms < $start", ("$start", startMs));
}

/// <summary>The key of a point that has to be written, and what tells whether it was marked again.</summary>
internal readonly record struct UnwrittenDay(
    string Gateway, long StartMs, LedgerChannel Channel, string Site, string Station, long Version);

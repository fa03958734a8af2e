using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Completeness;

/// <summary>The ledger's rows, and which days have to be counted anew, within one transaction of the state database.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class RowTables(SqliteTransaction transaction)
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS completeness_day(
          gateway TEXT NOT NULL, day INTEGER NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, site TEXT NOT NULL,
          station TEXT NOT NULL, measurand TEXT, interval_ms INTEGER NOT NULL, expected INTEGER NOT NULL, fates TEXT NOT NULL,
          late INTEGER NOT NULL, extra INTEGER NOT NULL,
          PRIMARY KEY(gateway, day, device, channel)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS completeness_dirty(
          gateway TEXT NOT NULL, day INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(gateway, day)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS completeness_gateway(
          gateway TEXT PRIMARY KEY, aged_ms INTEGER NOT NULL, stopped TEXT, outside INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS completeness_setting(offset_ms INTEGER NOT NULL, event INTEGER NOT NULL) STRICT;
        """;

    private const string Columns =
        "gateway, day, device, channel, site, station, measurand, interval_ms, expected, fates, late, extra";

    /// <summary>Creates what is missing. Where the calendar is another than before, every day is to be counted anew.</summary>
    public void Create(DayGrid grid)
    {
        transaction.Execute(Schema);
        var unwritten = new UnwrittenTable(transaction);
        var before = transaction.Query("SELECT offset_ms FROM completeness_setting", reader => reader.GetInt64(0));
        if (before.Count == 0)
        {
            transaction.Execute("INSERT INTO completeness_setting VALUES ($offset, 0)", ("$offset", grid.OffsetMs));
        }

        var old = before.Count == 0 ? grid : new DayGrid(before[0]);
        unwritten.Create(old);
        if (old != grid)
        {
            unwritten.AddAll(old);
            transaction.Execute("UPDATE completeness_setting SET offset_ms = $offset", ("$offset", grid.OffsetMs));
            transaction.Execute("""
                INSERT OR IGNORE INTO completeness_dirty
                SELECT gateway, day + step, 0 FROM completeness_day, (SELECT -1 AS step UNION SELECT 0 UNION SELECT 1)
                WHERE device <> '' GROUP BY gateway, day + step;
                DELETE FROM completeness_day;
                """);
        }
    }

    /// <summary>Whether a backend that keeps a ledger has run on this database.</summary>
    public bool AreThere => transaction.Query(
        "SELECT count(*) FROM sqlite_master WHERE name = 'completeness_day'", reader => reader.GetInt64(0))[0] > 0;

    /// <summary>The newest event that was looked at.</summary>
    public long EventCursor
    {
        get => transaction.Query("SELECT event FROM completeness_setting", reader => reader.GetInt64(0))[0];
        set => transaction.Execute("UPDATE completeness_setting SET event = $event", ("$event", value));
    }

    /// <summary>Marks days as to be counted anew.</summary>
    public void MarkDirty(string gateway, long first, long last)
    {
        if (first <= last)
        {
            transaction.Execute(
                """
                WITH RECURSIVE days(day) AS (SELECT $first UNION ALL SELECT day + 1 FROM days WHERE day < $last)
                INSERT INTO completeness_dirty SELECT $gateway, day, 0 FROM days WHERE true
                ON CONFLICT DO UPDATE SET version = version + 1
                """,
                ("$gateway", gateway), ("$first", first), ("$last", last));
        }
    }

    /// <summary>The days of a gateway that are to be counted anew, each with what tells whether it was marked again.</summary>
    public List<(long Day, long Version)> Dirty(string gateway) => transaction.Query(
        "SELECT day, version FROM completeness_dirty WHERE gateway = $gateway ORDER BY day DESC",
        reader => (reader.GetInt64(0), reader.GetInt64(1)), ("$gateway", gateway));

    /// <summary>The gateways with such days.</summary>
    public List<string> DirtyGateways() => transaction.Query(
        "SELECT DISTINCT gateway FROM completeness_dirty", reader => reader.GetString(0));

    /// <summary>Notes that a day was counted as it stood at a version.</summary>
    public void Clean(string gateway, long day, long version) => transaction.Execute(
        "DELETE FROM completeness_dirty WHERE gateway = $gateway AND day = $day AND version = $version",
        ("$gateway", gateway), ("$day", day), ("$version", version));

    /// <summary>Makes these rows the account of days; what is as before is left alone. What is not has to be written to the
    /// measurement store.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Replace(string gateway, long firstDay, long lastDay, DayGrid grid, IReadOnlyList<LedgerRow> rows)
    {
        var unwritten = new UnwrittenTable(transaction);
        var before = Rows(gateway, firstDay, lastDay).ToDictionary(row => (row.Day, row.Channel));
        var changed = false;
        foreach (var row in rows)
        {
            if (!before.Remove((row.Day, row.Channel), out var old) || !IsSame(old, row))
            {
                changed = true;
                unwritten.Add(row, grid.StartOf(row.Day));
                if (old is not null && (old.Site, old.Station) != (row.Site, row.Station))
                {
                    unwritten.Add(old, grid.StartOf(old.Day));
                }

                transaction.Execute(
                    $"INSERT OR REPLACE INTO completeness_day({Columns}) VALUES ($gateway, $day, $device, $channel, $site, $station, $measurand, $interval, $expected, $fates, $late, $extra)",
                    ("$gateway", gateway), ("$day", row.Day), ("$device", row.Channel.Device), ("$channel", row.Channel.Channel),
                    ("$site", row.Site), ("$station", row.Station), ("$measurand", row.Measurand?.WireName),
                    ("$interval", row.IntervalMs), ("$expected", row.Expected), ("$fates", row.Counts.ToString()),
                    ("$late", row.Late), ("$extra", row.Extra));
            }
        }

        foreach (var gone in before.Values)
        {
            changed = true;
            unwritten.Add(gone, grid.StartOf(gone.Day));
            transaction.Execute(
                "DELETE FROM completeness_day WHERE gateway = $gateway AND day = $day AND device = $device AND channel = $channel",
                ("$gateway", gateway), ("$day", gone.Day), ("$device", gone.Channel.Device), ("$channel", gone.Channel.Channel));
        }

        return changed;
    }

    /// <summary>The rows of some days, by gateway, day and channel.</summary>
    /// <param name="gateway">Of this gateway; null for all.</param>
    /// <param name="firstDay">First day.</param>
    /// <param name="lastDay">Last day.</param>
    public List<LedgerRow> Rows(string? gateway, long firstDay, long lastDay) => transaction.Query(
        gateway is null
            ? $"SELECT {Columns} FROM completeness_day WHERE day BETWEEN $first AND $last ORDER BY gateway, day, device, channel"
            : $"SELECT {Columns} FROM completeness_day WHERE gateway = $gateway AND day BETWEEN $first AND $last ORDER BY day, device, channel",
        RowOf, ("$gateway", gateway ?? ""), ("$first", firstDay), ("$last", lastDay));

    /// <summary>The row of a channel and day; null where there is none.</summary>
    public LedgerRow? Find(string gateway, long day, LedgerChannel channel) => transaction.Query(
        $"SELECT {Columns} FROM completeness_day WHERE gateway = $gateway AND day = $day AND device = $device AND channel = $channel",
        RowOf, ("$gateway", gateway), ("$day", day), ("$device", channel.Device), ("$channel", channel.Channel)) is [var row] ? row : null;

    /// <summary>The rows of each gateway's newest day.</summary>
    /// <param name="gateway">Of this gateway; null for all.</param>
    public List<LedgerRow> Newest(string? gateway) => transaction.Query(
        $"""
        SELECT {Columns} FROM completeness_day d
        WHERE ($gateway IS NULL OR gateway = $gateway)
          AND day = (SELECT max(day) FROM completeness_day WHERE gateway = d.gateway)
        ORDER BY gateway, device, channel
        """,
        RowOf, ("$gateway", gateway));

    /// <summary>The gateways with rows from a day on.</summary>
    public List<string> Gateways(long firstDay) => transaction.Query(
        "SELECT DISTINCT gateway FROM completeness_day WHERE day >= $day", reader => reader.GetString(0), ("$day", firstDay));

    /// <summary>Counts records whose time lies beyond what is accounted for.</summary>
    public void CountOutside(string gateway, long count) => transaction.Execute(
        "INSERT INTO completeness_gateway VALUES ($gateway, 0, NULL, $count) ON CONFLICT DO UPDATE SET outside = outside + $count",
        ("$gateway", gateway), ("$count", count));

    /// <summary>Records whose time lies beyond what is accounted for, by gateway, of those that have any.</summary>
    public Dictionary<string, long> Outside() => transaction.Query(
        "SELECT gateway, outside FROM completeness_gateway WHERE outside > 0",
        reader => KeyValuePair.Create(reader.GetString(0), reader.GetInt64(1))).ToDictionary(StringComparer.Ordinal);

    /// <summary>The epoch that a gateway's newest state said was stopped.</summary>
    public string? Stopped(string gateway) => transaction.Query(
        "SELECT stopped FROM completeness_gateway WHERE gateway = $gateway",
        reader => reader.IsDBNull(0) ? null : reader.GetString(0), ("$gateway", gateway)) is [var epoch] ? epoch : null;

    /// <summary>Notes it.</summary>
    public void SetStopped(string gateway, string? epoch) => transaction.Execute(
        "INSERT INTO completeness_gateway VALUES ($gateway, 0, $epoch, 0) ON CONFLICT DO UPDATE SET stopped = $epoch",
        ("$gateway", gateway), ("$epoch", epoch));

    /// <summary>Gateways that were not looked at since an instant, with when they were.</summary>
    public List<(string Gateway, long AgedMs)> NotAgedSince(long timeMs) => transaction.Query(
        "SELECT gateway, aged_ms FROM completeness_gateway WHERE aged_ms <= $time",
        reader => (reader.GetString(0), reader.GetInt64(1)), ("$time", timeMs));

    /// <summary>Notes that a gateway was looked at.</summary>
    public void SetAged(string gateway, long timeMs) => transaction.Execute(
        "INSERT INTO completeness_gateway VALUES ($gateway, $time, NULL, 0) ON CONFLICT DO UPDATE SET aged_ms = $time",
        ("$gateway", gateway), ("$time", timeMs));

    /// <summary>Makes a gateway one that is looked at.</summary>
    public void Know(string gateway) => transaction.Execute(
        "INSERT OR IGNORE INTO completeness_gateway VALUES ($gateway, 0, NULL, 0)", ("$gateway", gateway));

    /// <summary>Forgets what is older than a day.</summary>
    public void Forget(long day)
    {
        transaction.Execute("DELETE FROM completeness_day WHERE day < $day", ("$day", day));
        transaction.Execute("DELETE FROM completeness_dirty WHERE day < $day", ("$day", day));
    }

    private static bool IsSame(LedgerRow old, LedgerRow row) =>
        (old.Site, old.Station, old.Measurand, old.IntervalMs, old.Expected, old.Late, old.Extra)
            == (row.Site, row.Station, row.Measurand, row.IntervalMs, row.Expected, row.Late, row.Extra)
        && old.Counts.ToString() == row.Counts.ToString();

    private static LedgerRow RowOf(SqliteDataReader reader) => new()
    {
        Gateway = reader.GetString(0),
        Day = reader.GetInt64(1),
        Channel = new LedgerChannel(reader.GetString(2), reader.GetString(3)),
        Site = reader.GetString(4),
        Station = reader.GetString(5),
        Measurand = !reader.IsDBNull(6) && MeasurandNames.TryParse(reader.GetString(6), out var measurand) ? measurand : null,
        IntervalMs = reader.GetInt64(7),
        Expected = reader.GetInt64(8),
        Counts = FateCounts.Parse(reader.GetString(9)),
        Late = reader.GetInt64(10),
        Extra = reader.GetInt64(11),
    };
}

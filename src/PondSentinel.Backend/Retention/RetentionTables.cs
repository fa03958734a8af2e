using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Retention;

/// <summary>An hour of a series whose means have to be made.</summary>
/// <param name="Series">The series.</param>
/// <param name="HourMs">When the hour begins, UTC ms since 1970.</param>
/// <param name="Version">Tells whether it was marked again.</param>
/// <param name="DueMs">Not before this time; 0 where it need not wait.</param>
internal sealed record RetentionMark(SeriesKey Series, long HourMs, long Version, long DueMs);

/// <summary>What a day is being deleted by: the means before, and the records that are in them already.</summary>
/// <param name="Means">The means, which the store has.</param>
/// <param name="Counted">Keys in time of records that these count, and that may still be in the store; rising.</param>
internal sealed record ExpiryIntent(DayMeans Means, long[] Counted);

/// <summary>The tables of means and of what was deleted in the state database, within one transaction.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class RetentionTables(SqliteTransaction transaction)
{
    private const string Key = "gateway, device, channel, measurand, station, site";
    private const string IsSeries =
        "(gateway, device, channel, measurand, station, site) = ($gateway, $device, $channel, $measurand, $station, $site)";

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS retention_mark(
          gateway TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, measurand TEXT NOT NULL, station TEXT NOT NULL,
          site TEXT NOT NULL, hour_ms INTEGER NOT NULL, version INTEGER NOT NULL, due_ms INTEGER NOT NULL,
          PRIMARY KEY(gateway, device, channel, measurand, station, site, hour_ms)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS retention_intent(
          gateway TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, measurand TEXT NOT NULL, station TEXT NOT NULL,
          site TEXT NOT NULL, day_ms INTEGER NOT NULL, means BLOB NOT NULL, counted BLOB NOT NULL,
          PRIMARY KEY(gateway, device, channel, measurand, station, site, day_ms)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS retention_expired(
          gateway TEXT PRIMARY KEY, records INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS retention_start(
          id INTEGER PRIMARY KEY CHECK(id = 1), time_ms INTEGER NOT NULL) STRICT;
        """;

    /// <summary>Creates them.</summary>
    public void Create() => transaction.Execute(Schema);

    /// <summary>Whether they are there: a backend of an earlier version has none.</summary>
    public bool AreThere => transaction.Query(
        "SELECT count(*) FROM sqlite_master WHERE name = 'retention_expired'", reader => reader.GetInt64(0))[0] > 0;

    /// <summary>Notes that something came to an hour.</summary>
    public void Mark(SeriesKey series, long hourMs) => transaction.Execute(
        $"""
        INSERT INTO retention_mark({Key}, hour_ms, version, due_ms)
        VALUES ($gateway, $device, $channel, $measurand, $station, $site, $hour, 0, 0) ON CONFLICT DO UPDATE SET version = version + 1
        """,
        [.. series.Parameters, ("$hour", hourMs)]);

    /// <summary>When deletion might first have begun here, ms since 1970; noted as now where it is asked for the first time.</summary>
    public long Start(long nowMs)
    {
        transaction.Execute("INSERT INTO retention_start VALUES (1, $now) ON CONFLICT DO NOTHING", ("$now", nowMs));
        return transaction.Query("SELECT time_ms FROM retention_start", reader => reader.GetInt64(0))[0];
    }

    /// <summary>Some hours that are due, those of a series by time, from behind one on; null: from the first on.</summary>
    public List<RetentionMark> Due(long nowMs, RetentionMark? after, int most) => transaction.Query(
        $"""
        SELECT {Key}, hour_ms, version, due_ms FROM retention_mark WHERE due_ms <= $now
        {(after is null ? "" : $"AND ({Key}, hour_ms) > ($gateway, $device, $channel, $measurand, $station, $site, $hour)")}
        ORDER BY {Key}, hour_ms LIMIT $most
        """,
        reader => MeasurandNames.TryParse(reader.GetString(3), out var measurand)
            ? new RetentionMark(
                new SeriesKey(
                    measurand, reader.GetString(5), reader.GetString(4), reader.GetString(0), reader.GetString(1), reader.GetString(2)),
                reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8))
            : null,
        [("$now", nowMs), ("$most", most), .. Behind(after)]).OfType<RetentionMark>().ToList();

    /// <summary>Notes that an hour is done as it stood at its version.</summary>
    public void SetDone(RetentionMark mark) => transaction.Execute(
        $"DELETE FROM retention_mark WHERE {IsSeries} AND hour_ms = $hour AND version = $version",
        [.. mark.Series.Parameters, ("$hour", mark.HourMs), ("$version", mark.Version)]);

    /// <summary>Puts an hour off.</summary>
    public void PutOff(RetentionMark mark, long dueMs) => transaction.Execute(
        $"UPDATE retention_mark SET due_ms = $due WHERE {IsSeries} AND hour_ms = $hour",
        [.. mark.Series.Parameters, ("$hour", mark.HourMs), ("$due", dueMs)]);

    /// <summary>What a day is being deleted by; null where it is not.</summary>
    public ExpiryIntent? Intent(SeriesKey series, long dayMs) => transaction.Query(
        $"SELECT means, counted FROM retention_intent WHERE {IsSeries} AND day_ms = $day",
        reader => new ExpiryIntent(
            IntentBlob.Means(series, reader.GetFieldValue<byte[]>(0)), IntentBlob.Times(reader.GetFieldValue<byte[]>(1))),
        [.. series.Parameters, ("$day", dayMs)]) is [var intent] ? intent : null;

    /// <summary>Days that are being deleted.</summary>
    public List<(SeriesKey Series, long DayMs)> Intents() => transaction.Query(
        $"SELECT {Key}, day_ms FROM retention_intent",
        reader => MeasurandNames.TryParse(reader.GetString(3), out var measurand)
            ? (Series: (SeriesKey?)new SeriesKey(
                measurand, reader.GetString(5), reader.GetString(4), reader.GetString(0), reader.GetString(1), reader.GetString(2)),
                DayMs: reader.GetInt64(6))
            : default).Where(intent => intent.Series is not null).Select(intent => (intent.Series!.Value, intent.DayMs)).ToList();

    /// <summary>Keeps it.</summary>
    public void SetIntent(SeriesKey series, long dayMs, ExpiryIntent intent) => transaction.Execute(
        $"""
        INSERT OR REPLACE INTO retention_intent({Key}, day_ms, means, counted)
        VALUES ($gateway, $device, $channel, $measurand, $station, $site, $day, $means, $counted)
        """,
        [.. series.Parameters, ("$day", dayMs), ("$means", IntentBlob.Of(intent.Means)), ("$counted", IntentBlob.Of(intent.Counted))]);

    /// <summary>Forgets it: the day is deleted.</summary>
    public void EndIntent(SeriesKey series, long dayMs) => transaction.Execute(
        $"DELETE FROM retention_intent WHERE {IsSeries} AND day_ms = $day", [.. series.Parameters, ("$day", dayMs)]);

    /// <summary>Counts what is deleted.</summary>
    public void CountExpired(string gateway, long records) => transaction.Execute(
        "INSERT INTO retention_expired VALUES ($gateway, $records) ON CONFLICT DO UPDATE SET records = records + excluded.records",
        ("$gateway", gateway), ("$records", records));

    /// <summary>Records that were deleted for their age so far, by gateway: one for each channel of a record.</summary>
    public Dictionary<string, long> Expired() => transaction.Query(
        "SELECT gateway, records FROM retention_expired ORDER BY gateway",
        reader => KeyValuePair.Create(reader.GetString(0), reader.GetInt64(1))).ToDictionary();

    private static (string, object?)[] Behind(RetentionMark? mark) => mark is null ? [] : [.. mark.Series.Parameters, ("$hour", mark.HourMs)];
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Averages;

/// <summary>A channel whose hours are kept.</summary>
/// <param name="Id">Its number here.</param>
/// <param name="Key">The channel.</param>
/// <param name="ShiftMinutes">How far its hours begin after those of UTC.</param>
/// <param name="Newest">The newest hour with a sample.</param>
/// <param name="Told">The last hour that is over and whose windows were told; null before the first.</param>
/// <param name="Dropped">The last hour that was dropped because the channel was gone; null where none was.</param>
internal sealed record HoursRow(long Id, SeriesKey Key, int ShiftMinutes, long Newest, long? Told, long? Dropped);

/// <summary>A window as it was last told.</summary>
/// <param name="EndHour">Its last hour.</param>
/// <param name="Value">What it came to.</param>
internal readonly record struct ToldWindow(long EndHour, WindowValue Value);

/// <summary>The tables of averages in the state database, within one transaction.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class AverageTables(SqliteTransaction transaction)
{
    private const string SeriesColumns = "id, measurand, site, station, gateway, device, channel, shift_min, newest_hour, told_hour, dropped_hour";
    private const string WindowColumns = "end_hour, value, mean, valid, extrapolated";

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS average_series(
          id INTEGER PRIMARY KEY, measurand TEXT NOT NULL, site TEXT NOT NULL, station TEXT NOT NULL, gateway TEXT NOT NULL,
          device TEXT NOT NULL, channel TEXT NOT NULL, shift_min INTEGER NOT NULL, newest_hour INTEGER NOT NULL, told_hour INTEGER,
          waits INTEGER NOT NULL, dropped_hour INTEGER,
          UNIQUE(gateway, device, channel, measurand, station, site, shift_min)) STRICT;
        CREATE INDEX IF NOT EXISTS average_series_waits ON average_series(id) WHERE waits = 1;
        CREATE TABLE IF NOT EXISTS average_hour(
          series INTEGER NOT NULL REFERENCES average_series(id) ON DELETE CASCADE, hour INTEGER NOT NULL, mean REAL,
          changed INTEGER NOT NULL, samples BLOB NOT NULL,
          PRIMARY KEY(series, hour)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS average_hour_changed ON average_hour(series, hour) WHERE changed = 1;
        CREATE TABLE IF NOT EXISTS average_window(
          average TEXT NOT NULL, series INTEGER NOT NULL REFERENCES average_series(id) ON DELETE CASCADE, end_hour INTEGER NOT NULL,
          value REAL, mean REAL, valid INTEGER NOT NULL, extrapolated INTEGER NOT NULL,
          PRIMARY KEY(average, series, end_hour)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS average_window_series ON average_window(series);
        CREATE TABLE IF NOT EXISTS average_unwritten(
          average TEXT NOT NULL, series INTEGER NOT NULL, end_hour INTEGER NOT NULL, version INTEGER NOT NULL,
          PRIMARY KEY(average, series, end_hour),
          FOREIGN KEY(average, series, end_hour) REFERENCES average_window(average, series, end_hour) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS average_definition(id TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """;

    /// <summary>Creates them.</summary>
    public void Create()
    {
        transaction.Execute(Schema);
        if (transaction.Query("SELECT 1 FROM pragma_table_info('average_series') WHERE name = 'dropped_hour'", _ => true).Count == 0)
        {
            transaction.Execute("ALTER TABLE average_series ADD COLUMN dropped_hour INTEGER");
        }
    }

    /// <summary>Makes what is kept fit the averages of the configuration: windows of one that is gone or means something else by now are
    /// forgotten, and hours that nothing needs.</summary>
    /// <param name="averages">The averages.</param>
    public void Fit(IReadOnlyList<AverageDefinition> averages)
    {
        var known = transaction.Query("SELECT id, definition FROM average_definition", reader => (Id: reader.GetString(0), Text: reader.GetString(1)));
        foreach (var (id, _) in known.Where(old => !averages.Any(average => (average.Id, average.Text) == old)))
        {
            transaction.Execute("DELETE FROM average_window WHERE average = $id", ("$id", id));
            transaction.Execute("DELETE FROM average_definition WHERE id = $id", ("$id", id));
        }

        foreach (var average in averages)
        {
            transaction.Execute("INSERT OR IGNORE INTO average_definition VALUES ($id, $text)", ("$id", average.Id), ("$text", average.Text));
        }

        // What a later version has begun, of a measurand that this one does not know.
        var names = $"[{string.Join(',', MeasurandNames.All.Select(measurand => $"\"{measurand.WireName}\""))}]";
        transaction.Execute("DELETE FROM average_series WHERE measurand NOT IN (SELECT value FROM json_each($known))", ("$known", names));
        foreach (var row in All().Where(row => !averages.Any(average => average.ShiftMinutes == row.ShiftMinutes && average.Takes(row.Key))))
        {
            transaction.Execute("DELETE FROM average_series WHERE id = $id", ("$id", row.Id));
        }
    }

    /// <summary>All channels whose measurand this version knows.</summary>
    public List<HoursRow> All() => Rows("", []);

    /// <summary>A channel by its number.</summary>
    /// <param name="id">The number.</param>
    public HoursRow Find(long id) => Rows("WHERE id = $id", [("$id", id)])[0];

    /// <summary>Channels of a gateway at a site, with hours of a shift.</summary>
    public List<HoursRow> Of(string site, string gateway, int shiftMinutes) => Rows(
        "WHERE gateway = $gateway AND site = $site AND shift_min = $shift",
        [("$gateway", gateway), ("$site", site), ("$shift", (long)shiftMinutes)]);

    /// <summary>A channel; it begins with an hour where it is new.</summary>
    /// <param name="key">The channel.</param>
    /// <param name="shiftMinutes">How far its hours begin after those of UTC.</param>
    /// <param name="hour">The hour.</param>
    public HoursRow Enter(SeriesKey key, int shiftMinutes, long hour)
    {
        ReadOnlySpan<(string, object?)> parameters =
        [
            ("$measurand", key.Measurand.WireName), ("$site", key.Site), ("$station", key.Station), ("$gateway", key.Gateway),
            ("$device", key.Device), ("$channel", key.Channel), ("$shift", (long)shiftMinutes),
        ];
        const string Where = """
            WHERE gateway = $gateway AND device = $device AND channel = $channel AND measurand = $measurand AND station = $station
              AND site = $site AND shift_min = $shift
            """;
        if (Rows(Where, parameters) is [var known])
        {
            return known;
        }

        transaction.Execute(
            """
            INSERT INTO average_series(measurand, site, station, gateway, device, channel, shift_min, newest_hour, waits)
            VALUES ($measurand, $site, $station, $gateway, $device, $channel, $shift, $hour, 0)
            """,
            [.. parameters, ("$hour", hour)]);
        return Rows(Where, parameters)[0];
    }

    /// <summary>Notes how far a channel has come.</summary>
    /// <param name="row">The channel.</param>
    /// <param name="waits">Whether hours are left to be computed.</param>
    public void Save(HoursRow row, bool waits) => transaction.Execute(
        "UPDATE average_series SET newest_hour = $newest, told_hour = $told, waits = $waits WHERE id = $id",
        ("$id", row.Id), ("$newest", row.Newest), ("$told", row.Told), ("$waits", waits ? 1L : 0L));

    /// <summary>Channels with hours that are left to be computed.</summary>
    /// <param name="most">At most so many.</param>
    public List<long> Waiting(int most) => transaction.Query(
        "SELECT id FROM average_series WHERE waits = 1 ORDER BY id LIMIT $most", reader => reader.GetInt64(0), ("$most", most));

    /// <summary>Channels that have not told of an hour which is over by the clock, and had values lately.</summary>
    /// <param name="shiftMinutes">Those with hours of this shift.</param>
    /// <param name="hour">The hour.</param>
    /// <param name="since">Since when they had values.</param>
    public List<long> Behind(int shiftMinutes, long hour, long since) => transaction.Query(
        "SELECT id FROM average_series WHERE shift_min = $shift AND newest_hour >= $since AND (told_hour IS NULL OR told_hour < $hour)",
        reader => reader.GetInt64(0), ("$shift", (long)shiftMinutes), ("$since", since), ("$hour", hour));

    /// <summary>Channels that had no value for long, and of which more is kept than that they were there. Those of which the measurement
    /// store lacks a window are none of them.</summary>
    /// <param name="shiftMinutes">Those with hours of this shift.</param>
    /// <param name="before">No value in this hour or later.</param>
    /// <param name="most">At most so many.</param>
    public List<HoursRow> Gone(int shiftMinutes, long before, int most) => Rows(
        """
        AS s WHERE shift_min = $shift AND newest_hour < $before AND (dropped_hour IS NULL OR dropped_hour <= newest_hour)
          AND NOT EXISTS (SELECT 1 FROM average_unwritten u WHERE u.series = s.id) LIMIT $most
        """,
        [("$shift", (long)shiftMinutes), ("$before", before), ("$most", most)]);

    /// <summary>Drops all hours and windows of a channel, and notes how far: one hour beyond its newest, which would begin with a value of
    /// before.</summary>
    /// <param name="row">The channel.</param>
    public void Drop(HoursRow row)
    {
        transaction.Execute("DELETE FROM average_hour WHERE series = $series", ("$series", row.Id));
        transaction.Execute("DELETE FROM average_window WHERE series = $series", ("$series", row.Id));
        transaction.Execute(
            "UPDATE average_series SET dropped_hour = $hour, waits = 0 WHERE id = $series", ("$series", row.Id), ("$hour", row.Newest + 1));
    }

    /// <summary>Channels that have told of hours after their newest sample which are not over by the clock: it was ahead when they did.
    /// </summary>
    /// <param name="shiftMinutes">Those with hours of this shift.</param>
    /// <param name="hour">The last hour that may have been told.</param>
    public List<HoursRow> Ahead(int shiftMinutes, long hour) => Rows(
        "WHERE shift_min = $shift AND told_hour > $hour AND told_hour >= newest_hour", [("$shift", (long)shiftMinutes), ("$hour", hour)]);

    /// <summary>Takes back what a channel has told after an hour.</summary>
    /// <param name="series">The channel.</param>
    /// <param name="hour">The last hour that is over.</param>
    public void TakeBack(long series, long hour)
    {
        transaction.Execute("DELETE FROM average_window WHERE series = $series AND end_hour > $hour", ("$series", series), ("$hour", hour));
        transaction.Execute("UPDATE average_series SET told_hour = $hour WHERE id = $series", ("$series", series), ("$hour", hour));
    }

    /// <summary>The samples of an hour; none where there is no such hour.</summary>
    public List<KeyedSample> Samples(long series, long hour) => transaction.Query(
        "SELECT samples FROM average_hour WHERE series = $series AND hour = $hour",
        reader => SampleBlob.Read(reader.GetFieldValue<byte[]>(0)), ("$series", series), ("$hour", hour)) is [var samples] ? samples : [];

    /// <summary>Keeps the samples of an hour, which have changed.</summary>
    public void Save(long series, long hour, IReadOnlyList<KeyedSample> samples) => transaction.Execute(
        """
        INSERT INTO average_hour VALUES ($series, $hour, NULL, 1, $samples)
        ON CONFLICT DO UPDATE SET changed = 1, samples = excluded.samples
        """,
        ("$series", series), ("$hour", hour), ("$samples", SampleBlob.Of(samples)));

    /// <summary>Notes that an hour has to be computed again, if it is there: a neighbour has changed.</summary>
    public void Touch(long series, long hour) => transaction.Execute(
        "UPDATE average_hour SET changed = 1 WHERE series = $series AND hour = $hour", ("$series", series), ("$hour", hour));

    /// <summary>Hours that have to be computed, the oldest first.</summary>
    /// <param name="series">The channel.</param>
    /// <param name="last">Up to this one.</param>
    /// <param name="most">At most so many.</param>
    public List<long> Changed(long series, long last, int most) => transaction.Query(
        "SELECT hour FROM average_hour WHERE series = $series AND changed = 1 AND hour <= $last ORDER BY hour LIMIT $most",
        reader => reader.GetInt64(0), ("$series", series), ("$last", last), ("$most", most));

    /// <summary>Keeps the mean of an hour.</summary>
    public void SetMean(long series, long hour, double? mean) => transaction.Execute(
        "UPDATE average_hour SET mean = $mean, changed = 0 WHERE series = $series AND hour = $hour",
        ("$series", series), ("$hour", hour), ("$mean", mean));

    /// <summary>Hours of which something came, with their means; null where too little of it counts.</summary>
    public Dictionary<long, double?> Hours(long series, long first, long last) => transaction.Query(
        "SELECT hour, mean FROM average_hour WHERE series = $series AND hour BETWEEN $first AND $last",
        reader => KeyValuePair.Create(reader.GetInt64(0), reader.Optional<double>(1)),
        ("$series", series), ("$first", first), ("$last", last)).ToDictionary();

    /// <summary>Windows as they were last told.</summary>
    public Dictionary<long, WindowValue> Windows(string average, long series, long first, long last) => transaction.Query(
        $"SELECT {WindowColumns} FROM average_window WHERE average = $average AND series = $series AND end_hour BETWEEN $first AND $last",
        reader => KeyValuePair.Create(reader.GetInt64(0), ValueOf(reader, 1)),
        ("$average", average), ("$series", series), ("$first", first), ("$last", last)).ToDictionary();

    /// <summary>Keeps a window, which the measurement store does not have so yet.</summary>
    public void Save(string average, long series, ToldWindow window)
    {
        transaction.Execute(
            """
            INSERT INTO average_window VALUES ($average, $series, $end, $value, $mean, $valid, $extrapolated)
            ON CONFLICT DO UPDATE SET value = excluded.value, mean = excluded.mean, valid = excluded.valid, extrapolated = excluded.extrapolated
            """,
            ("$average", average), ("$series", series), ("$end", window.EndHour), ("$value", window.Value.Value), ("$mean", window.Value.Mean),
            ("$valid", (long)window.Value.Valid), ("$extrapolated", window.Value.IsExtrapolated ? 1L : 0L));
        transaction.Execute(
            "INSERT INTO average_unwritten VALUES ($average, $series, $end, 0) ON CONFLICT DO UPDATE SET version = version + 1",
            ("$average", average), ("$series", series), ("$end", window.EndHour));
    }

    /// <summary>Forgets samples and hours of a channel that can change no more, and windows that were written.</summary>
    /// <param name="series">The channel.</param>
    /// <param name="samplesFrom">The first hour whose samples are needed.</param>
    /// <param name="hoursFrom">The first hour whose mean is needed.</param>
    public void Forget(long series, long samplesFrom, long hoursFrom)
    {
        transaction.Execute(
            "UPDATE average_hour SET samples = x'' WHERE series = $series AND hour < $from AND changed = 0 AND samples <> x''",
            ("$series", series), ("$from", samplesFrom));
        transaction.Execute(
            "DELETE FROM average_hour WHERE series = $series AND hour < $from AND changed = 0", ("$series", series), ("$from", hoursFrom));
        transaction.Execute(
            """
            DELETE FROM average_window AS w WHERE series = $series AND end_hour < $from AND NOT EXISTS (
              SELECT 1 FROM average_unwritten u WHERE (u.average, u.series, u.end_hour) = (w.average, w.series, w.end_hour))
            """,
            ("$series", series), ("$from", samplesFrom));
    }

    /// <summary>The newest windows of each average and channel, whatever their number.</summary>
    public List<(string Average, HoursRow Of, ToldWindow Window)> Newest()
    {
        var rows = All().ToDictionary(row => row.Id);
        return [.. transaction.Query(
            $"""
            SELECT average, series, {WindowColumns} FROM average_window AS w
            WHERE end_hour = (SELECT max(end_hour) FROM average_window n WHERE n.average = w.average AND n.series = w.series)
            """,
            reader => (Average: reader.GetString(0), Series: reader.GetInt64(1), Window: new ToldWindow(reader.GetInt64(2), ValueOf(reader, 3))))
            .Where(window => rows.ContainsKey(window.Series))
            .Select(window => (window.Average, rows[window.Series], window.Window))];
    }

    /// <summary>Some of the windows that the measurement store does not have as they are, the oldest first.</summary>
    /// <param name="most">At most so many.</param>
    public List<UnwrittenWindow> Unwritten(int most) => transaction.Query(
        """
        SELECT u.average, u.series, u.version, w.end_hour, w.value, w.mean, w.valid, w.extrapolated
        FROM average_unwritten u JOIN average_window w ON (w.average, w.series, w.end_hour) = (u.average, u.series, u.end_hour)
        ORDER BY u.average, u.series, u.end_hour LIMIT $most
        """,
        reader => new UnwrittenWindow(
            reader.GetString(0), reader.GetInt64(1), new ToldWindow(reader.GetInt64(3), ValueOf(reader, 4)), reader.GetInt64(2)),
        ("$most", most));

    /// <summary>Notes that one was written as it stood at its version.</summary>
    public void SetWritten(UnwrittenWindow window) => transaction.Execute(
        "DELETE FROM average_unwritten WHERE average = $average AND series = $series AND end_hour = $end AND version = $version",
        ("$average", window.Average), ("$series", window.Series), ("$end", window.Window.EndHour), ("$version", window.Version));

    private static WindowValue ValueOf(SqliteDataReader reader, int from) => new(
        reader.Optional<double>(from), reader.Optional<double>(from + 1), reader.GetInt32(from + 2), reader.GetInt64(from + 3) != 0);

    private List<HoursRow> Rows(string where, ReadOnlySpan<(string, object?)> parameters) => [.. transaction.Query(
        $"SELECT {SeriesColumns} FROM average_series {where}",
        reader => MeasurandNames.TryParse(reader.GetString(1), out var measurand)
            ? new HoursRow(
                reader.GetInt64(0),
                new SeriesKey(measurand, reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6)),
                reader.GetInt32(7),
                reader.GetInt64(8),
                reader.Optional<long>(9),
                reader.Optional<long>(10))
            : null,
        parameters).OfType<HoursRow>()];
}

/// <summary>A window that has to be written, and what tells whether it was marked again.</summary>
internal readonly record struct UnwrittenWindow(string Average, long Series, ToldWindow Window, long Version);

using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Storage;

/// <summary>The store that needs no server: one SQLite file of its own, WAL, synchronous FULL.</summary>
/// <remarks>Key (measurand, tags, ns). A revision replaces what it revises, and no original ever replaces a revision.
/// Thread-safe: one writer at a time, readers beside it.</remarks>
public sealed partial class EmbeddedStore : IStore
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS series(
          id INTEGER PRIMARY KEY, measurand TEXT NOT NULL, site TEXT NOT NULL, station TEXT NOT NULL,
          gateway TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL,
          UNIQUE(gateway, device, channel, measurand, station, site)) STRICT;
        CREATE TABLE IF NOT EXISTS point(
          series INTEGER NOT NULL REFERENCES series(id), time_ns INTEGER NOT NULL,
          value REAL, raw REAL, lo REAL, hi REAL, qc INTEGER NOT NULL, seq INTEGER NOT NULL,
          ep TEXT NOT NULL, clk TEXT NOT NULL, cal TEXT NOT NULL, why TEXT NOT NULL, revision INTEGER NOT NULL,
          PRIMARY KEY(series, time_ns)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS adjusted(
          series INTEGER NOT NULL REFERENCES series(id), time_ns INTEGER NOT NULL, adj REAL NOT NULL, adj_cal TEXT NOT NULL,
          PRIMARY KEY(series, time_ns)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS completeness(
          gateway TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, time_ns INTEGER NOT NULL, site TEXT NOT NULL,
          station TEXT NOT NULL, fields TEXT NOT NULL,
          PRIMARY KEY(gateway, device, channel, time_ns, site, station)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS sample(
          series INTEGER NOT NULL REFERENCES series(id), time_ns INTEGER NOT NULL, method TEXT NOT NULL, value REAL NOT NULL,
          who TEXT NOT NULL, lab TEXT NOT NULL, note TEXT NOT NULL, ep TEXT NOT NULL, seq INTEGER NOT NULL,
          PRIMARY KEY(series, time_ns, method)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert(
          series INTEGER NOT NULL REFERENCES series(id), rule TEXT NOT NULL, time_ns INTEGER NOT NULL, id TEXT NOT NULL,
          standing TEXT NOT NULL, severity TEXT NOT NULL, since_ms INTEGER NOT NULL, raised_ms INTEGER NOT NULL,
          cleared_ms INTEGER NOT NULL, peak REAL NOT NULL, notices INTEGER NOT NULL, summary TEXT NOT NULL,
          peak_bound INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(series, rule, time_ns)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS average(
          series INTEGER NOT NULL REFERENCES series(id), average TEXT NOT NULL, time_ns INTEGER NOT NULL, state TEXT NOT NULL,
          value REAL, mean REAL, hours INTEGER NOT NULL, needed INTEGER NOT NULL, length INTEGER NOT NULL,
          PRIMARY KEY(series, average, time_ns)) STRICT, WITHOUT ROWID;
        """ + MeanTable.Schema;

    private readonly string path;
    private readonly SqliteConnection writer;
    private readonly SemaphoreSlim gate = new(1);
    private readonly Dictionary<SeriesKey, long> series = [];

    /// <summary>Opens the store.</summary>
    /// <param name="path">The file; created where it is missing.</param>
    /// <exception cref="IOException">It cannot be used; the message says why and what to do.</exception>
    public EmbeddedStore(string path)
    {
        this.path = path;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            writer = SqliteFile.Open(path);
            using var transaction = writer.BeginTransaction();
            transaction.Execute(Schema);
            if (transaction.Query("SELECT 1 FROM pragma_table_info('alert') WHERE name = 'peak_bound'", _ => true).Count == 0)
            {
                transaction.Execute("ALTER TABLE alert ADD COLUMN peak_bound INTEGER NOT NULL DEFAULT 0");
            }

            transaction.Commit();
        }
        catch (SqliteException e)
        {
            writer?.Dispose();
            throw new IOException(SqliteFile.Explain(path, e), e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: no permission. Give the folder to the user that runs the backend.", e);
        }
    }

    /// <inheritdoc/>
    public async Task WriteAsync(PointWrite write, CancellationToken cancellationToken)
    {
        await RunAsync(() => Write(write.Left), cancellationToken);
        write.Advance([], []);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedDay>> WriteDaysAsync(IReadOnlyList<DayPoint> days, CancellationToken cancellationToken)
    {
        await RunAsync(() => Write(days), cancellationToken);
        return [];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedSample>> WriteSamplesAsync(
        IReadOnlyList<SamplePoint> samples, CancellationToken cancellationToken)
    {
        await RunAsync(() => Write(samples), cancellationToken);
        return [];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedEpisode>> WriteEpisodesAsync(
        IReadOnlyList<EpisodePoint> episodes, CancellationToken cancellationToken)
    {
        await RunAsync(() => Write(episodes), cancellationToken);
        return [];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedAverage>> WriteAveragesAsync(
        IReadOnlyList<AveragePoint> averages, CancellationToken cancellationToken)
    {
        await RunAsync(() => Write(averages), cancellationToken);
        return [];
    }

    /// <inheritdoc/>
    public async Task<NearValue?> NearestAsync(
        SeriesKey series, long timeNs, TimeSpan apartMax, CancellationToken cancellationToken)
    {
        var (from, to) = NearValue.Around(timeNs, apartMax);
        try
        {
            var near = await Task.Run(
                () => Read(
                    """
                    SELECT p.time_ns, p.value, p.qc, p.why FROM series s JOIN point p ON p.series = s.id
                    WHERE s.gateway = $gateway AND s.device = $device AND s.channel = $channel AND s.measurand = $measurand
                      AND s.station = $station AND s.site = $site AND p.time_ns BETWEEN $from AND $to AND p.value IS NOT NULL
                    """,
                    reader => new NearValue(
                        reader.GetInt64(0), reader.GetDouble(1), (QualityFlag)reader.GetInt64(2), PointText.ParseWhy(reader.GetString(3))),
                    ("$measurand", series.Measurand.WireName), ("$site", series.Site), ("$station", series.Station),
                    ("$gateway", series.Gateway), ("$device", series.Device), ("$channel", series.Channel), ("$from", from), ("$to", to)),
                cancellationToken);
            return NearValue.Of(near, timeNs);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(() => Read("SELECT id FROM series LIMIT 1", reader => reader.GetInt64(0)), cancellationToken);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<HistoryPoint>> ReadAsync(
        SeriesKey series, long fromNs, long toNs, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(
                () => Read(
                    """
                    SELECT p.time_ns, p.value, p.raw, p.cal, a.adj, a.adj_cal, p.qc, p.why, p.lo, p.hi FROM series s CROSS JOIN point p ON p.series = s.id
                    LEFT JOIN adjusted a ON a.series = p.series AND a.time_ns = p.time_ns
                    WHERE s.gateway = $gateway AND s.device = $device AND s.channel = $channel AND s.measurand = $measurand
                      AND s.station = $station AND s.site = $site AND p.time_ns >= $from AND p.time_ns < $to
                    ORDER BY p.time_ns LIMIT $most
                    """,
                    reader => new HistoryPoint(
                        reader.GetInt64(0), reader.Optional<double>(1), reader.Optional<double>(2), reader.GetString(3),
                        reader.Optional<double>(4), reader.IsDBNull(5) ? null : reader.GetString(5),
                        (QualityFlag)reader.GetInt64(6), PointText.ParseWhy(reader.GetString(7)))
                    {
                        Low = reader.Optional<double>(8),
                        High = reader.Optional<double>(9),
                    },
                    ("$gateway", series.Gateway), ("$device", series.Device), ("$channel", series.Channel),
                    ("$measurand", series.Measurand.WireName), ("$station", series.Station), ("$site", series.Site),
                    ("$from", fromNs), ("$to", toNs), ("$most", IHistoryStore.PointsMax)),
                cancellationToken);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SeriesBucket>> SketchAsync(
        SeriesKey series, long fromNs, long toNs, long bucketMs, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(
                () =>
                {
                    using var connection = SqliteFile.Open(path);
                    return SeriesScan.Read(connection, series, fromNs, toNs, bucketMs, cancellationToken);
                },
                cancellationToken);
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException(SqliteFile.Explain(path, e), e);
        }
    }

    /// <inheritdoc/>
    public Task AdjustAsync(SeriesKey series, IReadOnlyList<AdjustedPoint> points, CancellationToken cancellationToken) =>
        RunAsync(() => Adjust(series, points), cancellationToken);

    /// <summary>All series there are.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyList<SeriesKey> Series() => Read(
        "SELECT measurand, site, station, gateway, device, channel FROM series ORDER BY id", SeriesOf);

    /// <summary>The points of a series as they were written, oldest first.</summary>
    /// <param name="series">The series.</param>
    /// <param name="afterNs">Later than this, ns since 1970.</param>
    /// <param name="most">Most of them.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyList<Point> Points(SeriesKey series, long afterNs, int most) => Read(
        """
        SELECT p.time_ns, p.value, p.raw, p.lo, p.hi, p.qc, p.seq, p.ep, p.clk, p.cal, p.why, p.revision
        FROM series s CROSS JOIN point p ON p.series = s.id
        WHERE s.gateway = $gateway AND s.device = $device AND s.channel = $channel AND s.measurand = $measurand
          AND s.station = $station AND s.site = $site AND p.time_ns > $after
        ORDER BY p.time_ns LIMIT $most
        """,
        reader => PointOf(series, reader),
        ("$gateway", series.Gateway), ("$device", series.Device), ("$channel", series.Channel),
        ("$measurand", series.Measurand.WireName), ("$station", series.Station), ("$site", series.Site),
        ("$after", afterNs), ("$most", most));

    /// <summary>All grab samples, by time.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyList<SamplePoint> Samples() => Read(
        """
        SELECT s.measurand, s.site, s.station, s.gateway, s.device, s.channel, g.time_ns, g.method, g.value, g.who, g.lab, g.note, g.ep, g.seq
        FROM sample g JOIN series s ON s.id = g.series ORDER BY g.time_ns, g.method
        """,
        reader => new SamplePoint
        {
            Beside = SeriesOf(reader),
            TimeNs = reader.GetInt64(6),
            Method = reader.GetString(7),
            Value = reader.GetDouble(8),
            Who = reader.GetString(9),
            Laboratory = reader.GetString(10),
            Note = reader.GetString(11),
            Epoch = reader.GetString(12),
            Sequence = reader.GetInt64(13),
        });

    /// <summary>All episodes of alerts, by time.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyList<EpisodePoint> Episodes() => Read(
        """
        SELECT s.measurand, s.site, s.station, s.gateway, s.device, s.channel, a.rule, a.time_ns, a.id, a.standing, a.severity,
          a.since_ms, a.raised_ms, a.cleared_ms, a.peak, a.notices, a.summary, a.peak_bound
        FROM alert a JOIN series s ON s.id = a.series ORDER BY a.time_ns, a.rule
        """,
        reader => new EpisodePoint
        {
            Of = SeriesOf(reader),
            Rule = reader.GetString(6),
            TimeNs = reader.GetInt64(7),
            Id = reader.GetString(8),
            Standing = reader.GetString(9),
            Severity = reader.GetString(10),
            SinceMs = reader.GetInt64(11),
            RaisedMs = reader.GetInt64(12),
            ClearedMs = reader.GetInt64(13),
            Peak = reader.GetDouble(14),
            Notices = reader.GetInt64(15),
            Summary = reader.GetString(16),
            IsPeakBound = reader.GetBoolean(17),
        });

    /// <summary>All averages, by time.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyList<AveragePoint> Averages() => Read(
        """
        SELECT s.measurand, s.site, s.station, s.gateway, s.device, s.channel, a.average, a.time_ns, a.value, a.mean, a.hours, a.needed,
          a.length, a.state
        FROM average a JOIN series s ON s.id = a.series ORDER BY a.time_ns, a.average
        """,
        reader => new AveragePoint
        {
            Of = SeriesOf(reader),
            Average = reader.GetString(6),
            EndMs = reader.GetInt64(7) / 1_000_000,
            Value = reader.Optional<double>(8),
            Mean = reader.Optional<double>(9),
            Hours = reader.GetInt32(10),
            Needed = reader.GetInt32(11),
            Length = reader.GetInt32(12),
            IsExtrapolated = reader.GetString(13) == AveragePoint.Extrapolated,
        });

    /// <summary>All days of the completeness series that are not all zeros, by gateway, device, channel and time.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyList<DayPoint> Days() => Read(
        """
        SELECT gateway, device, channel, time_ns, site, station, fields FROM completeness WHERE fields <> '{}'
        ORDER BY gateway, device, channel, time_ns, site, station
        """,
        reader => new DayPoint
        {
            Gateway = reader.GetString(0),
            Device = reader.GetString(1),
            Channel = reader.GetString(2),
            StartMs = reader.GetInt64(3) / 1_000_000,
            Site = reader.GetString(4),
            Station = reader.GetString(5),
            Fields = [.. JsonElement.Parse(reader.GetString(6)).EnumerateObject().Select(field => new DayField(field.Name, field.Value.GetInt64()))],
        });

    /// <summary>How many records of an epoch have at least one value here.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="fromNs">When its first record was measured, or earlier, ns since 1970: nothing before is looked at.
    /// </param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public long CountRecords(string epoch, long fromNs) => Read(
        """
        SELECT count(DISTINCT p.seq) FROM series s CROSS JOIN point p ON p.series = s.id
        WHERE p.time_ns >= $from AND p.ep = $epoch
        """,
        reader => reader.GetInt64(0),
        ("$epoch", epoch), ("$from", fromNs))[0];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await gate.WaitAsync();
        await writer.DisposeAsync();
        gate.Dispose();
    }

    private async Task RunAsync(Action write, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            // SQLite has no waiting that a thread could be spared.
            await Task.Run(write, cancellationToken);
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException(SqliteFile.Explain(path, e), e);
        }
        finally
        {
            gate.Release();
        }
    }

    // As an object of JSON, without its zeros.
    private void Write(IReadOnlyList<DayPoint> days)
    {
        using var transaction = writer.BeginTransaction();
        foreach (var day in days)
        {
            transaction.Execute(
                "INSERT OR REPLACE INTO completeness VALUES ($gateway, $device, $channel, $time, $site, $station, $fields)",
                ("$gateway", day.Gateway), ("$device", day.Device), ("$channel", day.Channel), ("$time", day.StartMs * 1_000_000),
                ("$site", day.Site), ("$station", day.Station),
                ("$fields", "{" + string.Join(',', day.Fields.Where(field => field.Count != 0)
                    .Select(field => string.Create(CultureInfo.InvariantCulture, $"\"{field.Name}\":{field.Count}"))) + "}"));
        }

        transaction.Commit();
    }

    private void Adjust(SeriesKey key, IReadOnlyList<AdjustedPoint> points)
    {
        using var transaction = writer.BeginTransaction();
        var ids = transaction.Query(
            """
            SELECT id FROM series WHERE gateway = $gateway AND device = $device AND channel = $channel AND measurand = $measurand
              AND station = $station AND site = $site
            """,
            reader => reader.GetInt64(0),
            ("$gateway", key.Gateway), ("$device", key.Device), ("$channel", key.Channel), ("$measurand", key.Measurand.WireName),
            ("$station", key.Station), ("$site", key.Site));
        foreach (var point in ids.Count == 1 ? points : [])
        {
            transaction.Execute(
                """
                INSERT OR REPLACE INTO adjusted SELECT series, time_ns, $adj, $cal FROM point WHERE series = $series AND time_ns = $time
                """,
                ("$adj", point.Value), ("$cal", point.Calibration), ("$series", ids[0]), ("$time", point.TimeNs));
        }

        transaction.Commit();
    }

    private void Write(IReadOnlyList<SamplePoint> samples) => WriteSeries((transaction, added) =>
    {
        foreach (var sample in samples)
        {
            transaction.Execute(
                "INSERT OR REPLACE INTO sample VALUES ($series, $time, $method, $value, $who, $lab, $note, $ep, $seq)",
                ("$series", SeriesId(transaction, sample.Beside, added)), ("$time", sample.TimeNs), ("$method", sample.Method),
                ("$value", sample.Value), ("$who", sample.Who), ("$lab", sample.Laboratory), ("$note", sample.Note),
                ("$ep", sample.Epoch), ("$seq", sample.Sequence));
        }
    });

    private void Write(IReadOnlyList<EpisodePoint> episodes) => WriteSeries((transaction, added) =>
    {
        foreach (var episode in episodes)
        {
            transaction.Execute(
                """
                INSERT OR REPLACE INTO alert VALUES (
                  $series, $rule, $time, $id, $standing, $severity, $since, $raised, $cleared, $peak, $notices, $summary, $bound)
                """,
                ("$series", SeriesId(transaction, episode.Of, added)), ("$rule", episode.Rule), ("$time", episode.TimeNs),
                ("$id", episode.Id), ("$standing", episode.Standing), ("$severity", episode.Severity),
                ("$since", episode.SinceMs), ("$raised", episode.RaisedMs), ("$cleared", episode.ClearedMs),
                ("$peak", episode.Peak), ("$notices", episode.Notices), ("$summary", episode.Summary), ("$bound", episode.IsPeakBound));
        }
    });

    private void Write(IReadOnlyList<AveragePoint> averages) => WriteSeries((transaction, added) =>
    {
        foreach (var average in averages)
        {
            transaction.Execute(
                "INSERT OR REPLACE INTO average VALUES ($series, $average, $time, $state, $value, $mean, $hours, $needed, $length)",
                ("$series", SeriesId(transaction, average.Of, added)), ("$average", average.Average),
                ("$time", average.EndMs * 1_000_000), ("$state", average.State), ("$value", average.Value), ("$mean", average.Mean),
                ("$hours", average.Hours), ("$needed", average.Needed), ("$length", average.Length));
        }
    });

    private void Write(IReadOnlyList<Point> points) => WriteSeries((transaction, added) =>
    {
        using var insert = PointInsert.Prepare(transaction);
        foreach (var point in points)
        {
            insert.Run(SeriesId(transaction, SeriesKey.Of(point), added), point);
        }
    });

    private SeriesKey SeriesOf(SqliteDataReader reader) => new(
        MeasurandNames.TryParse(reader.GetString(0), out var measurand) ? measurand : throw new IOException($"{path}: unknown measurand"),
        reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5));

    private Point PointOf(SeriesKey key, SqliteDataReader reader) => new()
    {
        Measurand = key.Measurand,
        Site = key.Site,
        Station = key.Station,
        Gateway = key.Gateway,
        Device = key.Device,
        Channel = key.Channel,
        TimeNs = reader.GetInt64(0),
        Sequence = reader.GetInt64(6),
        Epoch = reader.GetString(7),
        Clock = ClockSourceTokens.TryParse(reader.GetString(8), out var clock)
            ? clock
            : throw new IOException($"{path}: {reader.GetString(8)} is a source of time that this version does not know. Run the version that wrote it."),
        IsRevision = reader.GetInt64(11) != 0,
        Value = new ChannelValue
        {
            Channel = key.Channel,
            Measurand = key.Measurand,
            Value = reader.Optional<double>(1),
            Raw = reader.Optional<double>(2),
            Low = reader.Optional<double>(3),
            High = reader.Optional<double>(4),
            Flag = (QualityFlag)reader.GetInt64(5),
            Calibration = reader.GetString(9) is { Length: > 0 } calibration ? calibration : null,
            Why = PointText.ParseWhy(reader.GetString(10)),
        },
    };

    private void WriteSeries(Action<SqliteTransaction, Dictionary<SeriesKey, long>> write)
    {
        Dictionary<SeriesKey, long> added = [];
        using (var transaction = writer.BeginTransaction())
        {
            write(transaction, added);
            transaction.Commit();
        }

        foreach (var (key, id) in added)
        {
            series[key] = id;
        }
    }

    private long SeriesId(SqliteTransaction transaction, SeriesKey key, Dictionary<SeriesKey, long> added)
    {
        if (series.TryGetValue(key, out var id) || added.TryGetValue(key, out id))
        {
            return id;
        }

        // The update that changes nothing makes the row come back whether it is new or not.
        id = transaction.Query(
            """
            INSERT INTO series(measurand, site, station, gateway, device, channel)
            VALUES ($measurand, $site, $station, $gateway, $device, $channel)
            ON CONFLICT DO UPDATE SET site = excluded.site RETURNING id
            """,
            reader => reader.GetInt64(0),
            ("$measurand", key.Measurand.WireName), ("$site", key.Site), ("$station", key.Station),
            ("$gateway", key.Gateway), ("$device", key.Device), ("$channel", key.Channel))[0];
        added[key] = id;
        return id;
    }

    private List<T> Read<T>(
        string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        try
        {
            using var connection = SqliteFile.Open(path);
            using var transaction = connection.BeginTransaction(deferred: true);
            return transaction.Query(sql, row, parameters);
        }
        catch (SqliteException e)
        {
            throw new IOException(SqliteFile.Explain(path, e), e);
        }
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>Means in the embedded store, within one transaction.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class MeanTable(SqliteTransaction transaction)
{
    /// <summary>Creates it.</summary>
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS mean(
          series INTEGER NOT NULL REFERENCES series(id), length_ms INTEGER NOT NULL, time_ns INTEGER NOT NULL, records INTEGER NOT NULL,
          count INTEGER NOT NULL, mean REAL, min REAL, max REAL, adj REAL, worst INTEGER NOT NULL, expired INTEGER NOT NULL,
          PRIMARY KEY(series, length_ms, time_ns)) STRICT, WITHOUT ROWID;
        """;

    private const string OfSeries = """
        s.gateway = $gateway AND s.device = $device AND s.channel = $channel AND s.measurand = $measurand AND s.station = $station
        AND s.site = $site
        """;

    /// <summary>Puts one in.</summary>
    public void Write(long series, MeanPoint point) => transaction.Execute(
        "INSERT OR REPLACE INTO mean VALUES ($series, $length, $time, $records, $count, $mean, $min, $max, $adj, $worst, $expired)",
        ("$series", series), ("$length", point.Resolution.LengthMs), ("$time", point.StartMs * 1_000_000),
        ("$records", point.Value.Records), ("$count", point.Value.Count), ("$mean", point.Value.Mean), ("$min", point.Value.Min),
        ("$max", point.Value.Max), ("$adj", point.Value.Adjusted), ("$worst", (long)point.Value.Worst), ("$expired", point.Expired));

    /// <summary>Those of a series in a stretch, oldest first.</summary>
    public List<MeanPoint> Read(SeriesKey key, Resolution resolution, long fromMs, long toMs) => transaction.Query(
        $"""
        SELECT m.time_ns, m.records, m.count, m.mean, m.min, m.max, m.adj, m.worst, m.expired
        FROM series s CROSS JOIN mean m ON m.series = s.id
        WHERE {OfSeries} AND m.length_ms = $length AND m.time_ns >= $from AND m.time_ns < $to ORDER BY m.time_ns
        """,
        reader => new MeanPoint
        {
            Of = key,
            Resolution = resolution,
            StartMs = reader.GetInt64(0) / 1_000_000,
            Value = new MeanValue(
                reader.GetInt64(1), reader.GetInt64(2), reader.Optional<double>(3), reader.Optional<double>(4), reader.Optional<double>(5),
                reader.Optional<double>(6), (QualityFlag)reader.GetInt64(7)),
            Expired = reader.GetInt64(8),
        },
        [.. key.Parameters, ("$length", resolution.LengthMs), ("$from", fromMs * 1_000_000), ("$to", toMs * 1_000_000)]);

    /// <summary>Series that have something before a time.</summary>
    public List<SeriesKey> SeriesBefore(Resolution resolution, long beforeNs, Func<SqliteDataReader, SeriesKey> series) => transaction.Query(
        $"""
        SELECT s.measurand, s.site, s.station, s.gateway, s.device, s.channel FROM series s
        WHERE EXISTS (SELECT 1 FROM {Rows(resolution)} AND p.time_ns < $before) ORDER BY s.id
        """,
        series, ("$before", beforeNs));

    /// <summary>The first time of a series in a stretch.</summary>
    public long? First(SeriesKey key, Resolution resolution, long fromNs, long toNs) => transaction.Query(
        $"SELECT (SELECT min(p.time_ns) FROM {Rows(resolution)} AND p.time_ns >= $from AND p.time_ns < $to) FROM series s WHERE {OfSeries}",
        reader => reader.Optional<long>(0),
        [.. key.Parameters, ("$from", fromNs), ("$to", toNs)]) is [var first] ? first : null;

    /// <summary>Deletes all of a series in a stretch, what stands beside its points too.</summary>
    public void Delete(SeriesKey key, Resolution resolution, long fromNs, long toNs)
    {
        (string, object?)[] stretch = [.. key.Parameters, ("$from", fromNs), ("$to", toNs)];
        var series = $"series = (SELECT id FROM series s WHERE {OfSeries}) AND time_ns >= $from AND time_ns < $to";
        if (resolution == Resolution.Record)
        {
            transaction.Execute($"DELETE FROM adjusted WHERE {series}", stretch);
            transaction.Execute($"DELETE FROM point WHERE {series}", stretch);
        }
        else
        {
            transaction.Execute($"DELETE FROM mean WHERE {series} AND length_ms = $length", [.. stretch, ("$length", resolution.LengthMs)]);
        }
    }

    private static string Rows(Resolution resolution) => resolution == Resolution.Record
        ? "point p WHERE p.series = s.id"
        : FormattableString.Invariant($"mean p WHERE p.series = s.id AND p.length_ms = {resolution.LengthMs}");
}

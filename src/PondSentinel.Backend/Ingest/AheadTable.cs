using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Values whose time this clock has not reached, within one transaction of the state database.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class AheadTable(SqliteTransaction transaction)
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS ahead_value(
          site TEXT NOT NULL, gateway TEXT NOT NULL, station TEXT NOT NULL, device TEXT NOT NULL, channel TEXT NOT NULL, measurand TEXT NOT NULL,
          time_ns INTEGER NOT NULL, ep TEXT NOT NULL, seq INTEGER NOT NULL, clk TEXT NOT NULL, value REAL, qc INTEGER NOT NULL, why TEXT NOT NULL,
          lo REAL, hi REAL, covered_ms INTEGER, revision INTEGER NOT NULL,
          PRIMARY KEY(site, gateway, station, device, channel, measurand, time_ns)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS ahead_value_by_time ON ahead_value(time_ns);
        """;

    private const string Names = "site, gateway, station, device, channel, measurand";
    private const long NsPerMs = 1_000_000;

    private const string IsSeries =
        "site = $site AND gateway = $gateway AND station = $station AND device = $device AND channel = $channel AND measurand = $measurand";

    private const string OfSeries = IsSeries + " AND time_ns <= $through";

    /// <summary>Makes the table where there is none.</summary>
    public void Create() => transaction.Execute(Schema);

    /// <summary>How many there are.</summary>
    public long Count => transaction.Query("SELECT count(*) FROM ahead_value", reader => reader.GetInt64(0))[0];

    /// <summary>How many there are of a gateway, as far as it matters.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="most">More than that are not counted.</param>
    public long CountOf(GatewayName gateway, long most) => transaction.Query(
        "SELECT count(*) FROM (SELECT 1 FROM ahead_value WHERE site = $site AND gateway = $gateway LIMIT $most)",
        reader => reader.GetInt64(0),
        ("$site", gateway.Site), ("$gateway", gateway.Gateway), ("$most", most))[0];

    /// <summary>Keeps one. What revises one that is kept here takes its place: nobody has seen that.</summary>
    /// <param name="point">The value.</param>
    public void Add(Point point) => transaction.Execute(
        """
        INSERT INTO ahead_value VALUES (
          $site, $gateway, $station, $device, $channel, $measurand, $time, $ep, $seq, $clk, $value, $qc, $why, $lo, $hi, $covered, $revision)
        ON CONFLICT DO UPDATE SET value = excluded.value, qc = excluded.qc, why = excluded.why, lo = excluded.lo, hi = excluded.hi
        """,
        [
            .. SeriesKey.Of(point).Parameters, ("$time", point.TimeNs), ("$ep", point.Epoch), ("$seq", point.Sequence), ("$clk", point.Clock.Token),
            ("$value", point.Value.Value), ("$qc", (int)point.Value.Flag), ("$why", PointText.OfWhy(point.Value.Why)), ("$lo", point.Value.Low),
            ("$hi", point.Value.High), ("$covered", point.CoveredMs), ("$revision", point.IsRevision),
        ]);

    /// <summary>Drops those of a channel that a clock ahead has measured which has been set back since: they are later than a value that has a
    /// higher number, or one of a later epoch. Of an earlier epoch a backlog comes after what is new.</summary>
    /// <param name="now">That value; its epoch is known to ingest.</param>
    /// <returns>How many.</returns>
    public int DropOvertakenBy(Point now) => transaction.Execute(
        $"""
        DELETE FROM ahead_value WHERE {IsSeries} AND time_ns > $time AND CASE WHEN ep = $ep THEN seq < $seq ELSE
          coalesce((SELECT id FROM ingest_epoch WHERE gateway = $gateway AND epoch = ep), 0)
            < coalesce((SELECT id FROM ingest_epoch WHERE gateway = $gateway AND epoch = $ep), 0) END
        """,
        [.. SeriesKey.Of(now).Parameters, ("$time", now.TimeNs), ("$ep", now.Epoch), ("$seq", now.Sequence)]);

    /// <summary>Whether a value of the same transaction would be dropped. Of two epochs nobody waits here to know which is the later: what
    /// should be dropped is so by the next value.</summary>
    /// <param name="now">The value of the earlier time.</param>
    /// <param name="ahead">The one in question.</param>
    public static bool IsOvertaken(Point now, Point ahead) => SeriesKey.Of(now) == SeriesKey.Of(ahead)
        && ahead.TimeNs > now.TimeNs && ahead.Epoch == now.Epoch && ahead.Sequence < now.Sequence;

    /// <summary>Takes those out that are due: of one channel after the other, the one that waits longest first, oldest first.</summary>
    /// <param name="throughMs">Up to this time, ms since 1970.</param>
    /// <param name="most">No further channel once there are so many.</param>
    public List<Point> TakeDue(long throughMs, int most)
    {
        List<Point> due = [];
        var throughNs = Point.KeyNs(throughMs, 0) + NsPerMs - 1;
        while (due.Count < most && First(throughNs) is var (measurand, key))
        {
            (string, object?)[] which = [.. key, ("$through", throughNs)];
            due.AddRange(transaction.Query(
                $"SELECT time_ns, ep, seq, clk, value, qc, why, lo, hi, covered_ms, revision, {Names} FROM ahead_value WHERE {OfSeries} ORDER BY time_ns",
                reader => Read(measurand, reader),
                which).OfType<Point>());
            transaction.Execute($"DELETE FROM ahead_value WHERE {OfSeries}", which);
        }

        return due;
    }

    // Of a measurand that only a later version knows there is a name alone, and its values go.
    private (Measurand? Measurand, (string, object?)[] Key)? First(long throughNs) => transaction.Query(
        $"SELECT {Names} FROM ahead_value WHERE time_ns <= $through ORDER BY time_ns LIMIT 1",
        reader => (
            MeasurandNames.TryParse(reader.GetString(5), out var measurand) ? measurand : (Measurand?)null,
            Names.Split(", ").Select((name, i) => ($"${name}", (object?)reader.GetString(i))).ToArray()),
        ("$through", throughNs)) is [var first] ? first : null;

    private static Point? Read(Measurand? known, SqliteDataReader reader) => known is not { } measurand ? null : new Point
    {
        Measurand = measurand,
        Site = reader.GetString(11),
        Gateway = reader.GetString(12),
        Station = reader.GetString(13),
        Device = reader.GetString(14),
        Channel = reader.GetString(15),
        TimeNs = reader.GetInt64(0),
        Epoch = reader.GetString(1),
        Sequence = reader.GetInt64(2),
        Clock = ClockSourceTokens.TryParse(reader.GetString(3), out var clock) ? clock : ClockSource.Est,
        Value = new ChannelValue
        {
            Channel = reader.GetString(15),
            Measurand = measurand,
            Value = reader.Optional<double>(4),
            Flag = (QualityFlag)reader.GetInt32(5),
            Why = PointText.ParseWhy(reader.GetString(6)),
            Low = reader.Optional<double>(7),
            High = reader.Optional<double>(8),
        },
        CoveredMs = reader.Optional<long>(9),
        IsRevision = reader.GetBoolean(10),
    };
}

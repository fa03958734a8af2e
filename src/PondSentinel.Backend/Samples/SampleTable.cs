using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Samples;

/// <summary>The grab samples that the backend knows of, within one transaction of the state database.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class SampleTable(SqliteTransaction transaction)
{
    /// <summary>The newest of a gateway that are kept; the measurement store has all.</summary>
    public const int KeptMax = 10_000;

    private const string IsKnown = "measurand IN (SELECT value FROM json_each($known))";

    private const string Columns = "gateway, epoch, number, site, station, device, channel, measurand, value, time_ns, method, lab, who, note";

    private static string Known { get; } = $"[{string.Join(',', MeasurandNames.All.Select(measurand => $"\"{measurand.WireName}\""))}]";

    /// <summary>Creates it.</summary>
    public void Create() => transaction.Execute(
        """
        CREATE TABLE IF NOT EXISTS grab_sample(
          gateway TEXT NOT NULL, epoch TEXT NOT NULL, number INTEGER NOT NULL, site TEXT NOT NULL, station TEXT NOT NULL,
          device TEXT NOT NULL, channel TEXT NOT NULL, measurand TEXT NOT NULL, value REAL NOT NULL, time_ns INTEGER NOT NULL,
          method TEXT NOT NULL, lab TEXT NOT NULL, who TEXT NOT NULL, note TEXT NOT NULL, written INTEGER NOT NULL,
          PRIMARY KEY(gateway, epoch, number)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS grab_sample_time ON grab_sample(gateway, time_ns);
        """);

    /// <summary>Whether it is there: a backend of an earlier version has none.</summary>
    public bool IsThere =>
        transaction.Query("SELECT count(*) FROM sqlite_master WHERE name = 'grab_sample'", reader => reader.GetInt64(0))[0] > 0;

    /// <summary>Enters a sample that the measurement store does not have yet. The oldest of the gateway make room, where they are
    /// written.</summary>
    /// <param name="sample">The sample.</param>
    public void Add(SamplePoint sample)
    {
        transaction.Execute(
            $"""
            INSERT OR REPLACE INTO grab_sample({Columns}, written) VALUES (
              $gateway, $epoch, $number, $site, $station, $device, $channel, $measurand, $value, $time, $method, $lab, $who, $note, 0)
            """,
            ("$gateway", sample.Beside.Gateway), ("$epoch", sample.Epoch), ("$number", sample.Sequence), ("$site", sample.Beside.Site),
            ("$station", sample.Beside.Station), ("$device", sample.Beside.Device), ("$channel", sample.Beside.Channel),
            ("$measurand", sample.Beside.Measurand.WireName), ("$value", sample.Value), ("$time", sample.TimeNs),
            ("$method", sample.Method), ("$lab", sample.Laboratory), ("$who", sample.Who), ("$note", sample.Note));
        transaction.Execute(
            """
            DELETE FROM grab_sample WHERE gateway = $gateway AND written = 1 AND time_ns <= (
              SELECT time_ns FROM grab_sample WHERE gateway = $gateway ORDER BY time_ns DESC LIMIT 1 OFFSET $most)
            """,
            ("$gateway", sample.Beside.Gateway), ("$most", KeptMax));
    }

    /// <summary>Some of those that the measurement store does not have, the oldest first. What a later version has entered, of a
    /// measurand that this one does not know, waits for that version and holds up none.</summary>
    /// <param name="most">At most so many.</param>
    public List<SamplePoint> Unwritten(int most) => transaction.Query(
        $"SELECT {Columns} FROM grab_sample WHERE written = 0 AND {IsKnown} ORDER BY time_ns LIMIT $most", Read, ("$most", most), ("$known", Known));

    /// <summary>Notes that the measurement store has one, or will never have it.</summary>
    /// <param name="sample">The sample.</param>
    public void SetWritten(SamplePoint sample) => transaction.Execute(
        "UPDATE grab_sample SET written = 1 WHERE gateway = $gateway AND epoch = $epoch AND number = $number",
        ("$gateway", sample.Beside.Gateway), ("$epoch", sample.Epoch), ("$number", sample.Sequence));

    /// <summary>The newest, the newest first.</summary>
    /// <param name="gateway">Of this gateway; null for all.</param>
    /// <param name="most">At most so many.</param>
    public List<SamplePoint> Newest(string? gateway, int most) => transaction.Query(
        $"SELECT {Columns} FROM grab_sample WHERE ($gateway IS NULL OR gateway = $gateway) AND {IsKnown} ORDER BY time_ns DESC LIMIT $most",
        Read, ("$gateway", gateway), ("$most", most), ("$known", Known));

    /// <summary>Those that stand beside a series in a stretch of time, oldest first; the latest of them.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="most">At most so many.</param>
    public List<SamplePoint> Between(SeriesKey series, long fromNs, long toNs, int most)
    {
        var latest = transaction.Query(
            $"""
            SELECT {Columns} FROM grab_sample WHERE gateway = $gateway AND time_ns >= $from AND time_ns < $to AND site = $site
              AND station = $station AND device = $device AND channel = $channel AND measurand = $measurand
            ORDER BY time_ns DESC LIMIT $most
            """,
            Read,
            ("$gateway", series.Gateway), ("$from", fromNs), ("$to", toNs), ("$site", series.Site), ("$station", series.Station),
            ("$device", series.Device), ("$channel", series.Channel), ("$measurand", series.Measurand.WireName), ("$most", most));
        latest.Reverse();
        return latest;
    }

    /// <summary>How many there are of a measurand that this version does not know.</summary>
    public long Unknown => transaction.Query(
        $"SELECT count(*) FROM grab_sample WHERE NOT {IsKnown}", reader => reader.GetInt64(0), ("$known", Known))[0];

    private static SamplePoint Read(SqliteDataReader reader) => new()
    {
        Beside = new SeriesKey(
            MeasurandNames.TryParse(reader.GetString(7), out var measurand)
                ? measurand
                : throw new InvalidDataException($"a grab sample of an unknown measurand: {reader.GetString(7)}"),
            reader.GetString(3), reader.GetString(4), reader.GetString(0), reader.GetString(5), reader.GetString(6)),
        Epoch = reader.GetString(1),
        Sequence = reader.GetInt64(2),
        Value = reader.GetDouble(8),
        TimeNs = reader.GetInt64(9),
        Method = reader.GetString(10),
        Laboratory = reader.GetString(11),
        Who = reader.GetString(12),
        Note = reader.GetString(13),
    };
}

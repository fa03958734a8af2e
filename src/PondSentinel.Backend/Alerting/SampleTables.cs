using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>The values that are kept to be stepped again: those of the channel itself, and of the other channels that a rule looks at.
/// </summary>
internal sealed class SampleTables(SqliteTransaction transaction)
{
    // A selector for everything must not make each channel keep the values of all others.
    private const int SourcesMax = 16;
    private const long NsPerMs = 1_000_000;

    private const string Own = "INTO alert_sample(subject, time_ns, value, flag, why, low, high, covered_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    private const string Other =
        "INTO alert_input(subject, time_ns, value, flag, why, low, high, covered_ms, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private HotStatement? addOwn;
    private HotStatement? addOther;

    /// <summary>Keeps a value, in place of what was kept under its time key.</summary>
    /// <returns>Whether nothing was.</returns>
    public bool Save(long subject, long timeNs, in AlertSample sample)
    {
        var isOwn = sample.Origin.IsOwn;
        var add = isOwn
            ? addOwn ??= transaction.Hot($"INSERT OR IGNORE {Own}")
            : addOther ??= transaction.Hot($"INSERT OR IGNORE {Other}");
        if (Run(add, subject, timeNs, sample) > 0)
        {
            return true;
        }

        Run(transaction.Hot(isOwn ? $"REPLACE {Own}" : $"REPLACE {Other}"), subject, timeNs, sample);
        return false;
    }

    private static int Run(HotStatement statement, long subject, long timeNs, in AlertSample sample)
    {
        statement.Bind(1, subject);
        statement.Bind(2, timeNs);
        statement.Bind(3, sample.Value);
        statement.Bind(4, (long)sample.Flag);
        statement.Bind(5, (long)sample.Why);
        statement.Bind(6, sample.Low);
        statement.Bind(7, sample.High);
        statement.Bind(8, (long)sample.Covered.TotalMilliseconds);
        if (!sample.Origin.IsOwn)
        {
            statement.Bind(9, sample.Origin.Source);
        }

        return statement.Run();
    }

    /// <summary>Kept values in order of time; those of one millisecond with the channel's own last.</summary>
    /// <param name="subject">The channel.</param>
    /// <param name="throughNs">Up to this time key.</param>
    /// <param name="most">How many at most.</param>
    public List<(long TimeNs, AlertSample Sample)> Read(long subject, long throughNs, long most)
    {
        var samples = transaction.Query(
            """
            SELECT time_ns, 0 AS source, value, flag, why, low, high, covered_ms FROM alert_sample
              WHERE subject = $subject AND time_ns <= $through
            UNION ALL
            SELECT time_ns, source, value, flag, why, low, high, covered_ms FROM alert_input
              WHERE subject = $subject AND time_ns <= $through
            ORDER BY time_ns, source LIMIT $most
            """,
            reader => (
                reader.GetInt64(0),
                new AlertSample(
                    DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0) / NsPerMs),
                    reader.Optional<double>(2),
                    (QualityFlag)reader.GetInt32(3),
                    (Why)reader.GetInt64(4),
                    reader.Optional<double>(5),
                    reader.Optional<double>(6),
                    TimeSpan.FromMilliseconds(reader.GetInt64(7)),
                    new SampleOrigin(reader.GetInt64(1), 0))),
            ("$subject", subject), ("$through", throughNs), ("$most", most));
        return samples.TrueForAll(sample => sample.Item2.Origin.IsOwn) ? samples : InOrder(samples);
    }

    /// <summary>Puts values in the order in which rules take them: by time, at one time those of other channels first, so that what is
    /// measured together is compared with each other.</summary>
    public static List<(long TimeNs, AlertSample Sample)> InOrder(List<(long TimeNs, AlertSample Sample)> samples) => IsRising(samples) ? samples :
    [
        .. samples.OrderBy(value => value.TimeNs / NsPerMs).ThenBy(value => value.Sample.Origin.IsOwn)
            .ThenBy(value => value.TimeNs).ThenBy(value => value.Sample.Origin.Source),
    ];

    // As the values of one channel come, but after an outage.
    private static bool IsRising(List<(long TimeNs, AlertSample Sample)> samples)
    {
        for (var i = 1; i < samples.Count; i++)
        {
            if (samples[i].TimeNs <= samples[i - 1].TimeNs || !samples[i].Sample.Origin.IsOwn || !samples[i - 1].Sample.Origin.IsOwn)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Time of the newest value of the channel itself; null where none is kept.</summary>
    public DateTimeOffset? NewestOwn(long subject) => transaction.Query(
        "SELECT max(time_ns) FROM alert_sample WHERE subject = $subject",
        reader => reader.Optional<long>(0),
        ("$subject", subject)) is [{ } ns] ? DateTimeOffset.FromUnixTimeMilliseconds(ns / NsPerMs) : null;

    /// <summary>The newest value of another channel, good or not, and the time between it and the one before; null where none is kept.</summary>
    /// <param name="subject">The channel under which it is kept.</param>
    /// <param name="source">The channel.</param>
    public (DateTimeOffset At, TimeSpan Gap)? NewestOf(long subject, long source)
    {
        var newest = transaction.Query(
            "SELECT time_ns FROM alert_input WHERE subject = $subject AND source = $source ORDER BY time_ns DESC LIMIT 2",
            reader => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0) / NsPerMs),
            ("$subject", subject), ("$source", source));
        return newest.Count == 0 ? null : (newest[0], newest[0] - newest[^1]);
    }

    /// <summary>The usual time between two values of the channel itself: the median of the last three. Of one that was read
    /// only once nobody knows, and it is taken for an hour.</summary>
    public TimeSpan UsualGap(long subject)
    {
        var newest = transaction.Query(
            "SELECT time_ns FROM alert_sample WHERE subject = $subject ORDER BY time_ns DESC LIMIT 4",
            reader => reader.GetInt64(0),
            ("$subject", subject));
        var gaps = newest.Zip(newest.Skip(1), static (later, earlier) => later - earlier).Order().ToList();
        return gaps.Count == 0 ? TimeSpan.FromHours(1) : TimeSpan.FromMilliseconds(gaps[(gaps.Count - 1) / 2] / NsPerMs);
    }

    /// <summary>Time of the first value of the channel itself, counting or not, after the last hole since a time; null where there is none.</summary>
    /// <param name="subject">The channel.</param>
    /// <param name="since">The time.</param>
    /// <param name="gap">A longer time between two is a hole.</param>
    public DateTimeOffset? LastBeginning(long subject, DateTimeOffset since, TimeSpan gap) => transaction.Query(
        """
        SELECT max(time_ns) FROM (
          SELECT time_ns, time_ns - lag(time_ns, 1, $since) OVER (ORDER BY time_ns) AS gap
          FROM alert_sample WHERE subject = $subject AND time_ns > $since)
        WHERE gap > $gap
        """,
        reader => reader.Optional<long>(0),
        ("$subject", subject), ("$since", (since.ToUnixTimeMilliseconds() * NsPerMs) + NsPerMs - 1), ("$gap", (long)gap.TotalMilliseconds * NsPerMs))
        is [{ } ns] ? DateTimeOffset.FromUnixTimeMilliseconds(ns / NsPerMs) : null;

    /// <summary>Time key of the oldest kept value; null where none is.</summary>
    public long? OldestNs(long subject) => transaction.Query(
        """
        SELECT min(time_ns) FROM (
          SELECT min(time_ns) AS time_ns FROM alert_sample WHERE subject = $subject
          UNION ALL
          SELECT min(time_ns) FROM alert_input WHERE subject = $subject)
        """,
        reader => reader.Optional<long>(0),
        ("$subject", subject))[0];

    /// <summary>Keeps none any more up to a time key.</summary>
    public void Delete(long subject, long throughNs) => transaction.Execute(
        """
        DELETE FROM alert_sample WHERE subject = $subject AND time_ns <= $through;
        DELETE FROM alert_input WHERE subject = $subject AND time_ns <= $through;
        """,
        ("$subject", subject), ("$through", throughNs));

    /// <summary>Keeps none any more, of what the backend itself has noticed, after a time key.</summary>
    /// <param name="row">The channel; all of a gateway or a certificate is noticed.</param>
    /// <param name="afterNs">The time key.</param>
    /// <returns>The channel without it.</returns>
    public SubjectRow DeleteNoticed(SubjectRow row, long afterNs)
    {
        var deleted = transaction.Execute(
            $"DELETE FROM alert_input WHERE subject = $subject AND time_ns > $after AND source = {SampleOrigin.Tick}",
            ("$subject", row.Id), ("$after", afterNs));
        if (row.Subject.IsNoticed)
        {
            deleted += transaction.Execute(
                "DELETE FROM alert_sample WHERE subject = $subject AND time_ns > $after", ("$subject", row.Id), ("$after", afterNs));
        }

        var newest = transaction.Query(
            """
            SELECT max(time_ns) FROM (
              SELECT max(time_ns) AS time_ns FROM alert_sample WHERE subject = $subject
              UNION ALL
              SELECT max(time_ns) FROM alert_input WHERE subject = $subject)
            """,
            reader => reader.Optional<long>(0),
            ("$subject", row.Id)) is [{ } ns] ? ns : row.FoldedNs;
        return row with { Kept = row.Kept - deleted, NewestNs = newest };
    }

    /// <summary>The time key up to which every channel that has kept values here has brought them. What was noticed is of none.</summary>
    public long BroughtBy(long subject) => transaction.Query(
        $"""
        SELECT min(newest) FROM (
          SELECT max(time_ns) AS newest FROM alert_sample WHERE subject = $subject
          UNION ALL
          SELECT max(time_ns) FROM alert_input WHERE subject = $subject AND source <> {SampleOrigin.Tick} GROUP BY source)
        """,
        reader => reader.Optional<long>(0),
        ("$subject", subject)) is [{ } newest] ? newest : long.MaxValue;

    /// <summary>Notes a channel whose values are kept with those of another. Where there are as many as may be, one that has not spoken
    /// for long is forgotten for it.</summary>
    /// <param name="row">The channel with which they are kept.</param>
    /// <param name="source">The channel.</param>
    /// <param name="newestNs">Time key of the newest value that it brings.</param>
    /// <param name="silentNs">Who has brought nothing after this time key has not spoken for long.</param>
    /// <returns>Whether it is one of them, false where all others still speak; and the channel without what was forgotten.</returns>
    public (bool IsKept, SubjectRow Row) AddSource(SubjectRow row, AlertSubject source, long newestNs, long silentNs)
    {
        ReadOnlySpan<(string, object?)> values =
        [
            ("$subject", row.Id), ("$source", source.Source), ("$newest", newestNs), ("$site", source.Site), ("$station", source.Station),
            ("$gateway", source.Gateway), ("$device", source.Device), ("$channel", source.Channel), ("$measurand", source.Measurand.WireName),
            ("$most", SourcesMax),
        ];
        if (transaction.Execute(
            "UPDATE alert_source SET newest_ns = max(newest_ns, $newest) WHERE subject = $subject AND source = $source", values[..3]) > 0)
        {
            return (true, row);
        }

        const string Insert = """
            INSERT INTO alert_source(subject, source, site, station, gateway, device, channel, measurand, newest_ns)
            SELECT $subject, $source, $site, $station, $gateway, $device, $channel, $measurand, $newest
            WHERE (SELECT count(*) FROM alert_source WHERE subject = $subject) < $most
            """;
        if (transaction.Execute(Insert, values) > 0)
        {
            return (true, row);
        }

        if (transaction.Query(
            "SELECT source FROM alert_source WHERE subject = $subject AND newest_ns < $silent ORDER BY newest_ns, source LIMIT 1",
            reader => reader.GetInt64(0),
            ("$subject", row.Id), ("$silent", silentNs)) is not [var silent])
        {
            return (false, row);
        }

        ReadOnlySpan<(string, object?)> gone = [("$subject", row.Id), ("$source", silent)];
        transaction.Execute("DELETE FROM alert_source WHERE subject = $subject AND source = $source", gone);
        var forgotten = transaction.Execute("DELETE FROM alert_input WHERE subject = $subject AND source = $source", gone);
        return (transaction.Execute(Insert, values) > 0, row with { Kept = row.Kept - forgotten });
    }

    /// <summary>The channels whose values are kept with those of another.</summary>
    public List<AlertSubject> Sources(long subject) =>
    [
        .. transaction.Query(
            "SELECT site, station, gateway, device, channel, measurand FROM alert_source WHERE subject = $subject ORDER BY source",
            reader => MeasurandNames.TryParse(reader.GetString(5), out var measurand)
                ? new AlertSubject(
                    reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), measurand)
                : null,
            ("$subject", subject)).OfType<AlertSubject>(),
    ];

    /// <summary>The newest value of a channel at a time that a limit may be held against, where one is kept.</summary>
    /// <param name="subject">The channel under which it is kept.</param>
    /// <param name="source">The channel; 0: that itself.</param>
    /// <param name="at">The time.</param>
    public (DateTimeOffset At, double Value)? Latest(long subject, long source, DateTimeOffset at) => transaction.Query(
        $"""
        SELECT time_ns, value FROM {(source == 0 ? "alert_sample" : "alert_input")}
        WHERE subject = $subject AND time_ns <= $at AND value IS NOT NULL AND flag NOT IN ({(int)QualityFlag.Fail}, {(int)QualityFlag.Missing})
          AND why & {(long)(Why.Maintenance | Why.Calibrating)} = 0{(source == 0 ? "" : " AND source = $source")}
        ORDER BY time_ns DESC LIMIT 1
        """,
        reader => (DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0) / NsPerMs), reader.GetDouble(1)),
        ("$subject", subject), ("$source", source), ("$at", (at.ToUnixTimeMilliseconds() * NsPerMs) + NsPerMs - 1)) is [var value] ? value : null;

    /// <summary>Forgets the values of a channel, but not which other channels are kept with it.</summary>
    /// <param name="subject">The channel.</param>
    /// <param name="throughNs">The time key after which none of them has spoken.</param>
    public void ForgetValues(long subject, long throughNs)
    {
        Delete(subject, long.MaxValue);
        transaction.Execute(
            "UPDATE alert_source SET newest_ns = min(newest_ns, $through) WHERE subject = $subject", ("$subject", subject), ("$through", throughNs));
    }

    /// <summary>Forgets the values of a channel and which other channels were kept with it.</summary>
    public void Forget(long subject)
    {
        Delete(subject, long.MaxValue);
        transaction.Execute("DELETE FROM alert_source WHERE subject = $subject", ("$subject", subject));
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>The newest value that was judged in each episode that goes on. A row for an episode, a few reads for an alarm that is told.</summary>
/// <remarks>A table of its own: a row for an episode that goes on, and none for the thousands that are over.</remarks>
internal static class LaterStates
{
    /// <summary>The table.</summary>
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS alert_newest(
          episode TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, value REAL NOT NULL, flag INTEGER NOT NULL, why INTEGER NOT NULL,
          complete REAL, is_bound INTEGER NOT NULL, unit TEXT NOT NULL, statistic TEXT) STRICT, WITHOUT ROWID;
        """;

    // Of an incident that has come and gone for long the newest say enough.
    private const int EpisodesMax = 16;
    private const long NsPerMs = 1_000_000;

    private static readonly NoValueStatistic Silence = new();

    // What is younger than this, or than twice the usual time between two values, is of now.
    private static readonly TimeSpan OldAfter = TimeSpan.FromMinutes(30);

    /// <summary>Notes the newest value of an episode.</summary>
    /// <param name="transaction">The transaction that also keeps the state.</param>
    /// <param name="episode">The episode.</param>
    /// <param name="rule">Its rule.</param>
    /// <param name="newest">The value.</param>
    public static void Note(SqliteTransaction transaction, string episode, AlertRule rule, in StepValue newest) => transaction.Execute(
        "INSERT OR REPLACE INTO alert_newest VALUES ($episode, $at, $value, $flag, $why, $complete, $bound, $unit, $statistic)",
        ("$episode", episode), ("$at", newest.At.ToUnixTimeMilliseconds()), ("$value", newest.Value), ("$flag", (int)newest.Flag),
        ("$why", (long)newest.Why), ("$complete", newest.Complete), ("$bound", newest.IsAtLeast ? 1 : 0), ("$unit", rule.Unit),
        ("$statistic", rule.StatisticText));

    /// <summary>Forgets that of an episode that goes on no more.</summary>
    public static void Forget(SqliteTransaction transaction, string episode) =>
        transaction.Execute("DELETE FROM alert_newest WHERE episode = $episode", ("$episode", episode));

    /// <summary>What is known of an alarm beyond a notice of it.</summary>
    /// <param name="transaction">The transaction in which the message is made.</param>
    /// <param name="notice">The notice, which says that it fires.</param>
    /// <param name="now">The time.</param>
    public static LaterState Of(SqliteTransaction transaction, AlertNotice notice, DateTimeOffset now)
    {
        var all = Rows(transaction, notice);
        var rows = all.FindAll(row => row.Standing != EpisodeStanding.Withdrawn && row.IsOf(notice));
        var open = rows.FindAll(row => row.IsOpen);
        var isAbove = notice.Side == LimitSide.Above.Word;
        var state = new LaterState
        {
            Episode = notice.Episode,
            LookedAt = now,
            Peak = rows.Count == 0 ? notice.Peak : isAbove ? rows.Max(row => row.Peak) : rows.Min(row => row.Peak),
            PeakBound = rows.Count == 0 ? notice.IsPeakBound : rows.Exists(row => row.IsPeakBound),
        };
        if (rows.Count > 0 && !all.Exists(row => row.IsOpen))
        {
            return rows.Max(row => row.Cleared) is { } over ? state with { Over = over } : state with { None = LaterCause.Unknown };
        }

        // By a clock that stood ahead and was set right something may stand there that never was.
        var ahead = DateTimeOffset.FromUnixTimeMilliseconds(Points.AheadMs(now));
        if (open.FindAll(row => row.Newest?.At <= ahead).MaxBy(row => row.Newest!.Value.At) is not { Newest: { } newest } last)
        {
            return state with { None = ToldAlarm.IsId(notice.Rule) ? LaterCause.Gateway : LaterCause.Unknown };
        }

        // A silence grows, of a gateway or of a channel, and is kept only where that moves a rule.
        if ((notice.Heard is not null || notice.Statistic == Silence.Text) && newest.Value > notice.Limit)
        {
            var minutes = (now - (notice.Heard ?? newest.At - TimeSpan.FromMinutes(Math.Clamp(newest.Value, 0, NoticeText.MinutesMax)))).TotalMinutes;
            return state with { Value = minutes, Time = now, Peak = Math.Max(state.Peak, minutes) };
        }

        var told = newest.At > notice.Time ? With(state, newest, notice) : state;
        return IsFoundByBackend(notice) ? told : Judged(transaction, told, last, newest.At);
    }

    // What the backend itself finds is so until it finds another: nothing has to come.
    private static bool IsFoundByBackend(AlertNotice notice) =>
        MeasurandNames.TryParse(notice.Measurand, out var measurand) && measurand.IsFoundByBackend;

    private static LaterState With(LaterState state, StepValue newest, AlertNotice notice) => state with
    {
        Value = newest.Value,
        Time = newest.At,
        Flag = notice.Statistic is null || newest.Flag != QualityFlag.Good ? newest.Flag : null,
        Why = newest.Why == Why.None ? null : [.. WhyTokens.Tokens(newest.Why)],
        Bound = newest.IsAtLeast ? true : null,
        Complete = newest.CompletePercent,
    };

    // Whether it is of now, and if not, why nobody knows more.
    private static LaterState Judged(SqliteTransaction transaction, LaterState state, Row last, DateTimeOffset newest)
    {
        var isOld = state.Value is null || IsOld(transaction, last.Subject, state.LookedAt - newest);
        if (ToldAlarm.IsId(last.Rule))
        {
            return isOld ? state with { None = LaterCause.Gateway } : state;
        }

        var came = NewestOf(transaction, last.Subject);
        if (came is not { } sample || sample.At <= newest)
        {
            return isOld ? state with { None = LaterCause.NoValue } : state;
        }

        var isUnusable = sample.Flag is QualityFlag.Fail or QualityFlag.Missing || sample.IsMaintained;
        return !isUnusable ? (isOld ? state with { None = LaterCause.Undecided } : state) : state with
        {
            None = LaterCause.Unusable,
            UnusableFlag = sample.Flag,
            UnusableWhy = sample.Why == Why.None ? null : [.. WhyTokens.Tokens(sample.Why)],
        };
    }

    private static bool IsOld(SqliteTransaction transaction, long subject, TimeSpan age) =>
        age >= OldAfter && age >= 2 * new SampleTables(transaction).UsualGap(subject);

    private static AlertSample? NewestOf(SqliteTransaction transaction, long subject) => transaction.Query(
        "SELECT time_ns, value, flag, why FROM alert_sample WHERE subject = $subject ORDER BY time_ns DESC LIMIT 1",
        reader => new AlertSample(
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0) / NsPerMs), reader.Optional<double>(1), (QualityFlag)reader.GetInt32(2), (Why)reader.GetInt64(3)),
        ("$subject", subject)) is [var sample] ? sample : null;

    // Of an incident those of all its episodes, those that go on first.
    private static List<Row> Rows(SqliteTransaction transaction, AlertNotice notice) => transaction.Query(
        $"""
        SELECT e.rule, e.subject, e.standing, e.cleared_ms, e.peak, EXISTS (SELECT 1 FROM alert_bound_peak b WHERE b.episode = e.id),
          n.at_ms, n.value, n.flag, n.why, n.complete, n.is_bound, n.unit, n.statistic
        FROM alert_episode e LEFT JOIN alert_newest n ON n.episode = e.id
        WHERE e.id = $episode OR e.id IN (SELECT episode FROM alert_incident_episode WHERE incident = $episode)
        ORDER BY e.standing IN ({(int)EpisodeStanding.Firing}, {(int)EpisodeStanding.Waiting}) DESC, e.since_ms DESC LIMIT $most
        """,
        reader => new Row(
            reader.GetString(0), reader.GetInt64(1), (EpisodeStanding)reader.GetInt32(2), reader.IsDBNull(3) ? null : reader.Instant(3), reader.GetDouble(4),
            reader.GetBoolean(5),
            reader.IsDBNull(6) ? null : new StepValue(
                reader.Instant(6), reader.GetDouble(7), (QualityFlag)reader.GetInt32(8), (Why)reader.GetInt64(9), reader.Optional<double>(10), reader.GetBoolean(11)),
            reader.IsDBNull(6) ? null : (reader.GetString(12), reader.IsDBNull(13) ? null : reader.GetString(13))),
        ("$episode", notice.Episode), ("$most", EpisodesMax));

    private sealed record Row(
        string Rule,
        long Subject,
        EpisodeStanding Standing,
        DateTimeOffset? Cleared,
        double Peak,
        bool IsPeakBound,
        StepValue? Newest,
        (string Unit, string? Statistic)? Series)
    {
        public bool IsOpen => Standing is EpisodeStanding.Firing or EpisodeStanding.Waiting;

        // Where a rule was changed its numbers may be of another kind than those people know.
        public bool IsOf(AlertNotice notice) => Series is null || Series == (notice.Unit, notice.Statistic);
    }
}

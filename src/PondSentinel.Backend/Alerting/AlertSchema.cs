using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Gateways;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>The form of the engine's tables, and how those of earlier versions are brought into it.</summary>
internal static class AlertSchema
{
    private const string Never = "-9223372036854775808";

    private const string Subject = """
        alert_subject(
          id INTEGER PRIMARY KEY, site TEXT NOT NULL, station TEXT NOT NULL, gateway TEXT NOT NULL, device TEXT NOT NULL,
          channel TEXT NOT NULL, measurand TEXT NOT NULL, folded_ns INTEGER NOT NULL, newest_ns INTEGER NOT NULL,
          kept INTEGER NOT NULL, joint TEXT NOT NULL, UNIQUE(site, station, gateway, device, channel, measurand, joint)) STRICT
        """;

    // No state needs years outside those of DateTimeOffset, so "before any value" is its least millisecond.
    // That the worst of an episode is a bound has a table of its own: it is so of few.
    private const string Tables = $"""
        CREATE TABLE IF NOT EXISTS alert_rule(
          rule TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS {Subject};
        CREATE INDEX IF NOT EXISTS alert_subject_joint ON alert_subject(joint) WHERE joint <> '';
        CREATE TABLE IF NOT EXISTS alert_sample(
          subject INTEGER NOT NULL, time_ns INTEGER NOT NULL, value REAL, flag INTEGER NOT NULL, why INTEGER NOT NULL,
          low REAL, high REAL, covered_ms INTEGER NOT NULL, PRIMARY KEY(subject, time_ns)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert_input(
          subject INTEGER NOT NULL, time_ns INTEGER NOT NULL, source INTEGER NOT NULL, value REAL, flag INTEGER NOT NULL,
          why INTEGER NOT NULL, low REAL, high REAL, covered_ms INTEGER NOT NULL,
          PRIMARY KEY(subject, time_ns, source)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert_source(
          subject INTEGER NOT NULL, source INTEGER NOT NULL, site TEXT NOT NULL, station TEXT NOT NULL, gateway TEXT NOT NULL,
          device TEXT NOT NULL, channel TEXT NOT NULL, measurand TEXT NOT NULL, newest_ns INTEGER NOT NULL DEFAULT {Never},
          PRIMARY KEY(subject, source)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert_heard(
          site TEXT NOT NULL, gateway TEXT NOT NULL, heard_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL, before_ms INTEGER,
          PRIMARY KEY(site, gateway)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert_deferred(subject INTEGER PRIMARY KEY) STRICT;
        CREATE TABLE IF NOT EXISTS alert_standing(
          subject INTEGER NOT NULL, kind INTEGER NOT NULL, stirs INTEGER NOT NULL, states BLOB NOT NULL, PRIMARY KEY(subject, kind)) STRICT;
        CREATE TABLE IF NOT EXISTS alert_episode(
          id TEXT PRIMARY KEY, rule TEXT NOT NULL, subject INTEGER NOT NULL, since_ms INTEGER NOT NULL,
          raised_ms INTEGER NOT NULL, cleared_ms INTEGER, peak REAL NOT NULL, standing INTEGER NOT NULL,
          notices INTEGER NOT NULL, last_notice TEXT) STRICT;
        CREATE INDEX IF NOT EXISTS alert_episode_by_rule ON alert_episode(rule, subject, since_ms);
        CREATE INDEX IF NOT EXISTS alert_episode_by_subject ON alert_episode(subject, since_ms);
        DROP INDEX IF EXISTS alert_episode_open;
        CREATE INDEX IF NOT EXISTS alert_episode_open_at ON alert_episode(subject, since_ms) WHERE standing IN (0, 4);
        CREATE INDEX IF NOT EXISTS alert_episode_ended ON alert_episode(cleared_ms) WHERE standing = 1;
        CREATE INDEX IF NOT EXISTS alert_episode_waiting ON alert_episode(id) WHERE standing = 4;
        CREATE TABLE IF NOT EXISTS alert_bound_peak(episode TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        {LaterStates.Schema}
        CREATE TABLE IF NOT EXISTS alert_gateway_alarm(
          subject INTEGER PRIMARY KEY, site TEXT NOT NULL, gateway TEXT NOT NULL, body TEXT NOT NULL,
          heard_ms INTEGER NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS alert_gateway_alarm_by_gateway ON alert_gateway_alarm(site, gateway);
        CREATE TABLE IF NOT EXISTS alert_incident(
          id TEXT PRIMARY KEY, is_open INTEGER NOT NULL, number INTEGER NOT NULL, last TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert_incident_episode(
          episode TEXT PRIMARY KEY, incident TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS alert_incident_episode_by_incident ON alert_incident_episode(incident);
        CREATE TABLE IF NOT EXISTS alert_change(
          rule TEXT NOT NULL, subject INTEGER NOT NULL, at_ms INTEGER NOT NULL, from_phase INTEGER NOT NULL,
          to_phase INTEGER NOT NULL, value REAL NOT NULL, since_ms INTEGER NOT NULL, peak REAL NOT NULL, episode TEXT,
          PRIMARY KEY(rule, subject, at_ms)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert_written(number INTEGER NOT NULL) STRICT;
        INSERT INTO alert_written SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM alert_written);
        """;

    /// <summary>Before the definition of each rule whose states are kept by channel: an earlier version, which finds none of its own, takes
    /// the rule for a changed one and computes it anew.</summary>
    public const string KeptByChannel = "2 ";

    /// <summary>Notes that the worst of the episode <c>$id</c> is a bound.</summary>
    public const string EnterBound = "INSERT OR IGNORE INTO alert_bound_peak VALUES ($id)";

    /// <summary>Makes what is not there yet.</summary>
    /// <param name="transaction">The transaction.</param>
    public static void Create(SqliteTransaction transaction)
    {
        var columns = transaction.Query("SELECT name FROM pragma_table_info('alert_subject')", reader => reader.GetString(0));
        if (columns.Count > 0 && !columns.Contains("joint", StringComparer.Ordinal))
        {
            // Until rules could look at several channels, a channel was kept once for all rules. Numbers stay: states, values and
            // episodes are kept under them.
            transaction.Execute($"""
                ALTER TABLE alert_subject RENAME TO alert_subject_plain;
                CREATE TABLE {Subject};
                INSERT INTO alert_subject
                  SELECT id, site, station, gateway, device, channel, measurand, folded_ns, newest_ns, kept, '' FROM alert_subject_plain;
                DROP TABLE alert_subject_plain;
                """);
        }

        var hadBounds = Has(transaction, "alert_bound_peak");
        transaction.Execute(Tables);
        transaction.Execute(RetirementTable.Schema);
        transaction.Execute(FirstCalibrations.Schema);
        GatherStates(transaction);
        if (!hadBounds)
        {
            EnterBounds(transaction);
        }

        if (!transaction.Query("SELECT name FROM pragma_table_info('alert_source')", reader => reader.GetString(0)).Contains("newest_ns", StringComparer.Ordinal))
        {
            // Until then the first sixteen that came stayed for ever.
            transaction.Execute($"""
                ALTER TABLE alert_source ADD COLUMN newest_ns INTEGER NOT NULL DEFAULT {Never};
                UPDATE alert_source SET newest_ns = coalesce((
                  SELECT max(i.time_ns) FROM alert_input i WHERE i.subject = alert_source.subject AND i.source = alert_source.source), newest_ns);
                """);
        }
    }

    private static bool Has(SqliteTransaction transaction, string table) =>
        transaction.Query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $table", _ => true, ("$table", table)).Count > 0;

    // Until then it was said of the value that was told alone: of what goes on, people were told it last.
    private static void EnterBounds(SqliteTransaction transaction)
    {
        var states = new RuleStates(transaction);
        foreach (var (id, rule, subject) in transaction.Query(
            $"""
            SELECT id, rule, subject FROM alert_episode INDEXED BY alert_episode_open_at
            WHERE standing IN ({(int)EpisodeStanding.Firing}, {(int)EpisodeStanding.Waiting})
              AND CASE WHEN json_valid(last_notice) THEN json_extract(last_notice, '$.bound') END = 1
            """,
            reader => (reader.GetString(0), reader.GetString(1), reader.GetInt64(2))))
        {
            transaction.Execute(EnterBound, ("$id", id));
            var since = states.Find(rule, subject, StateKind.Now).Alert.Since;
            foreach (var kind in (ReadOnlySpan<StateKind>)[StateKind.Now, StateKind.Base])
            {
                if (states.Find(rule, subject, kind) is { Alert.Phase: not AlertPhase.Normal } state && state.Alert.Since == since)
                {
                    states.Set(rule, subject, kind, state with { Alert = state.Alert with { IsPeakBound = true } });
                }
            }
        }

        states.Write();
    }

    // Until then each rule had a row for each channel, and so it has where an earlier version has run since: what that knows is newer.
    private static void GatherStates(SqliteTransaction transaction)
    {
        if (!Has(transaction, "alert_state"))
        {
            return;
        }

        var states = new RuleStates(transaction);
        transaction.Execute("DELETE FROM alert_standing");
        var kept = transaction.Query(
            """
            SELECT s.rule, s.subject, s.kind, s.phase, s.since_ms, s.held_ms, s.peak, s.as_of_ms, m.memory
            FROM alert_state s LEFT JOIN alert_memory m USING (rule, subject, kind) ORDER BY s.subject, s.kind, s.rule
            """,
            reader => (
                Rule: reader.GetString(0), Subject: reader.GetInt64(1), Kind: (StateKind)reader.GetInt32(2),
                State: new RuleState(
                    new AlertState(
                        (AlertPhase)reader.GetInt32(3), reader.Instant(4), TimeSpan.FromMilliseconds(reader.GetInt64(5)), reader.GetDouble(6), reader.Instant(7)),
                    reader.IsDBNull(8) ? ReadOnlyMemory<byte>.Empty : (byte[])reader.GetValue(8))));
        foreach (var (rule, subject, kind, state) in kept)
        {
            states.Set(rule, subject, kind, state);
        }

        states.Write();
        transaction.Execute(
            """
            DROP TABLE alert_state;
            DROP TABLE alert_memory;
            UPDATE alert_rule SET definition = $form || definition WHERE substr(definition, 1, length($form)) <> $form;
            """,
            ("$form", KeptByChannel));
    }
}

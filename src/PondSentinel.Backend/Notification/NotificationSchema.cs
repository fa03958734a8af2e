using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification;

/// <summary>The tables of this room in the state database; README.md explains them.</summary>
internal static class NotificationSchema
{
    // The first two as they were at first: what came later is added, in old databases and new ones alike.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS notification(
          number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, made_ms INTEGER NOT NULL,
          body TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS notification_delivery(
          channel TEXT NOT NULL, number INTEGER NOT NULL, standing INTEGER NOT NULL, done_ms INTEGER,
          PRIMARY KEY(channel, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS notification_message(
          number INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
          made_ms INTEGER NOT NULL, body TEXT NOT NULL, standing INTEGER NOT NULL, attempts INTEGER NOT NULL, done_ms INTEGER,
          reason TEXT) STRICT;
        CREATE TABLE IF NOT EXISTS notification_unknown(
          number INTEGER PRIMARY KEY, channel TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS notification_told(
          channel TEXT NOT NULL, thread TEXT NOT NULL, phase INTEGER NOT NULL, told_ms INTEGER NOT NULL,
          reminders INTEGER NOT NULL, flap INTEGER NOT NULL, PRIMARY KEY(channel, thread)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alarm(
          id TEXT PRIMARY KEY, rule TEXT NOT NULL, site TEXT NOT NULL, station TEXT NOT NULL, gateway TEXT NOT NULL,
          device TEXT NOT NULL, channel TEXT NOT NULL, severity INTEGER NOT NULL, phase INTEGER NOT NULL,
          opened_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, newest INTEGER NOT NULL, raises INTEGER NOT NULL,
          flaps_since_ms INTEGER, flaps_until_ms INTEGER, ack_ms INTEGER, ack_by TEXT, ack_note TEXT) STRICT;
        CREATE TABLE IF NOT EXISTS alarm_silence(
          id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT, site TEXT, station TEXT, device TEXT, from_ms INTEGER NOT NULL,
          until_ms INTEGER NOT NULL, by TEXT NOT NULL, why TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS alarm_history(
          number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, act INTEGER NOT NULL, alarm TEXT, by TEXT,
          note TEXT NOT NULL) STRICT;
        CREATE TABLE IF NOT EXISTS notification_channel(
          channel TEXT PRIMARY KEY, notices_max INTEGER NOT NULL, dropped INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alarm_test(
          number INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT, by TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
        """;

    private static readonly (string Table, string Column, string Type)[] Added =
    [
        ("notification", "episode", "TEXT"),
        ("notification", "phase", "INTEGER"),
        ("notification", "alarm", "TEXT"),
        ("notification_delivery", "due_ms", "INTEGER NOT NULL DEFAULT 0"),
        ("notification_delivery", "message", "INTEGER"),
        ("notification_delivery", "silence", "INTEGER"),
        ("notification_delivery", "held", "INTEGER NOT NULL DEFAULT 0"),
        ("notification_delivery", "rank", "INTEGER"),
        ("notification_delivery", "quiet", "TEXT"),
        ("notification_message", "attempt", "INTEGER NOT NULL DEFAULT 0"),
        ("notification_message", "tried_ms", "INTEGER"),
        ("notification_message", "rest_ms", "INTEGER NOT NULL DEFAULT 0"),
        ("notification_message", "missed", "INTEGER NOT NULL DEFAULT 0"),
        ("notification_channel", "missed", "INTEGER NOT NULL DEFAULT 0"),
        ("notification_unknown", "message", "INTEGER"),
        ("notification_told", "doubt", "INTEGER NOT NULL DEFAULT 0"),
        ("notification_told", "severity", "INTEGER"),
        ("alarm", "found_ms", "INTEGER"),
        ("alarm", "still_ms", "INTEGER NOT NULL DEFAULT 3600000"),
        ("alarm", "fired_ms", "INTEGER NOT NULL DEFAULT 0"),
        ("alarm", "paused_ms", "INTEGER NOT NULL DEFAULT 0"),
    ];

    private const string Indexes = """
        CREATE INDEX IF NOT EXISTS notification_waiting ON notification_delivery(channel, number) WHERE standing = 0;
        CREATE INDEX IF NOT EXISTS notification_due ON notification_delivery(channel, due_ms) WHERE standing = 0 AND message IS NULL;
        CREATE INDEX IF NOT EXISTS notification_rank
          ON notification_delivery(channel, rank DESC, number, due_ms) WHERE standing = 0 AND message IS NULL;
        CREATE INDEX IF NOT EXISTS notification_quiet ON notification_delivery(quiet) WHERE standing = 0 AND quiet IS NOT NULL;
        CREATE INDEX IF NOT EXISTS notification_of_number ON notification_delivery(number);
        CREATE INDEX IF NOT EXISTS notification_made ON notification(made_ms);
        CREATE INDEX IF NOT EXISTS notification_told_at ON notification_told(channel, told_ms);
        CREATE INDEX IF NOT EXISTS notification_told_firing ON notification_told(channel, told_ms, flap) WHERE phase = 0 AND doubt = 0;
        CREATE INDEX IF NOT EXISTS notification_of_message ON notification_delivery(message) WHERE message IS NOT NULL;
        CREATE INDEX IF NOT EXISTS notification_episode ON notification(episode, number);
        CREATE INDEX IF NOT EXISTS notification_alarm ON notification(alarm, number);
        CREATE INDEX IF NOT EXISTS message_waiting ON notification_message(channel) WHERE standing = 0;
        CREATE INDEX IF NOT EXISTS message_done_at ON notification_message(done_ms) WHERE standing <> 0;
        CREATE INDEX IF NOT EXISTS message_done ON notification_message(channel, done_ms);
        CREATE INDEX IF NOT EXISTS alarm_subject ON alarm(rule, site, station, gateway, device, channel, changed_ms);
        CREATE INDEX IF NOT EXISTS alarm_newest ON alarm(rule, site, station, gateway, device, channel, newest);
        CREATE INDEX IF NOT EXISTS alarm_active
          ON alarm(rule, site, gateway) WHERE phase = 0 OR (flaps_since_ms IS NOT NULL AND flaps_until_ms IS NULL);
        CREATE INDEX IF NOT EXISTS alarm_firing ON alarm(opened_ms) WHERE phase = 0;
        DROP INDEX IF EXISTS alarm_flapping;
        CREATE INDEX IF NOT EXISTS alarm_settles
          ON alarm(changed_ms + still_ms) WHERE flaps_since_ms IS NOT NULL AND flaps_until_ms IS NULL;
        CREATE INDEX IF NOT EXISTS alarm_changed ON alarm(changed_ms);
        """;

    /// <summary>Creates what is missing, and brings a database of before up to what is now.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="logger">Where it is told what of an old database cannot be read; null where nobody listens.</param>
    /// <returns>Whether it is of before channels were known by their names.</returns>
    public static bool Create(SqliteTransaction transaction, ILogger? logger = null)
    {
        var hasChannels = transaction.Query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'notification_channel'", _ => true).Count > 0;
        transaction.Execute(Tables);
        transaction.Execute(UnreadableTable.Schema);
        foreach (var (table, column, type) in Added)
        {
            if (transaction.Query(
                "SELECT 1 FROM pragma_table_info($table) WHERE name = $column", _ => true, ("$table", table), ("$column", column)).Count == 0)
            {
                transaction.Execute($"ALTER TABLE {table} ADD COLUMN {column} {type}");
            }
        }

        transaction.Execute(Indexes);
        EnterOld(transaction, logger);
        transaction.Execute(
            """
            UPDATE notification_delivery SET rank = (
              SELECT a.severity + CASE n.phase WHEN 0 THEN 4 ELSE 0 END FROM notification n JOIN alarm a ON a.id = n.alarm
              WHERE n.number = notification_delivery.number)
            WHERE standing = 0 AND rank IS NULL
            """);
        return !hasChannels;
    }

    /// <summary>Whether there are these tables, as they are now: a folder may never have seen this version run.</summary>
    public static bool IsThere(SqliteTransaction transaction) => transaction.Query(
        "SELECT 1 FROM pragma_table_info('alarm') WHERE name = 'paused_ms'", _ => true).Count > 0;

    // Notices of before there were alarms make the alarms that they would have made, and what was delivered was told.
    private static void EnterOld(SqliteTransaction transaction, ILogger? logger)
    {
        var old = transaction.Query(
            "SELECT number, made_ms, body FROM notification WHERE alarm IS NULL ORDER BY number",
            reader => (Number: reader.GetInt64(0), At: reader.Instant(1), Body: reader.GetString(2)));
        var alarms = new AlarmTable(transaction);
        foreach (var (number, at, body) in old)
        {
            if (AlertNotice.Read(body, out var cause) is not { } notice)
            {
                // Nothing else is known of it: what it was of stands in no column of that time.
                if (new UnreadableTable(transaction).Note("", number, cause!.Value, at))
                {
                    logger?.LogError("Notice {Number} of an earlier version cannot be read ({Cause}). It is set aside and told to nobody. Go back to the later version of pond-backend, if there was one; pond-backend alarms list tells what there is.", number, cause.Value.Word);
                }

                transaction.Execute(
                    "UPDATE notification_delivery SET standing = $unreadable WHERE number = $number AND standing = 0",
                    ("$unreadable", (int)DeliveryStanding.Unreadable), ("$number", number));
                continue;
            }

            var alarm = alarms.Enter(notice, number, at);
            transaction.Execute(
                "UPDATE notification SET episode = $episode, phase = $phase, alarm = $alarm WHERE number = $number",
                ("$episode", notice.Episode), ("$phase", (int)notice.Phase), ("$alarm", alarm.Id), ("$number", number));
            transaction.Execute(
                """
                INSERT OR REPLACE INTO notification_told(channel, thread, phase, told_ms, reminders, flap)
                SELECT channel, $episode, $phase, done_ms, 0, 0 FROM notification_delivery
                WHERE number = $number AND standing = 1
                """,
                ("$episode", notice.Episode), ("$phase", (int)notice.Phase), ("$number", number));
        }
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>Notices that wait for one channel, and what it was told, in the state database.</summary>
internal sealed class DeliveryTable(SqliteTransaction transaction, string channel, ChannelPolicy policy)
{
    private const string Unplanned = "d.channel = $channel AND d.standing = 0 AND d.message IS NULL";

    // Nor of a rule at a channel of which a message is neither taken nor refused: the new would go before the old.
    private const string NotBehind = """
        (a.rule, a.site, a.station, a.gateway, a.device, a.channel) NOT IN (
          SELECT b.rule, b.site, b.station, b.gateway, b.device, b.channel
          FROM notification_message m JOIN notification_delivery e ON e.message = m.number AND e.standing = 0
            JOIN notification o ON o.number = e.number JOIN alarm b ON b.id = o.alarm
          WHERE m.channel = $channel AND m.standing = 0)
        """;

    // What an alarm has told before that, however often, waits no more.
    private const string Oldest = "(SELECT min(number) FROM notification_delivery WHERE channel = $channel AND standing = 0)";

    // What waits of a thread, found by that alone: of an alarm that comes and goes thousands may have been told and settled.
    private const string OfAlarm = "notification_delivery d INDEXED BY notification_thread CROSS JOIN notification n ON n.number = d.number";
    private const string OfEpisode =
        "notification n INDEXED BY notification_episode CROSS JOIN notification_delivery d ON d.channel = $channel AND d.number = n.number";

    private const int FiringRank = 4;

    /// <summary>Most notices of a thread that wait; of more those between are closed.</summary>
    public const int ThreadMax = 8;

    /// <summary>Most that are closed at once.</summary>
    public const int ThinnedMax = 500;

    // Where what comes and goes is told once, all episodes of it are one thread.
    private readonly string key = policy.HoldsFlapping ? "d.alarm" : "n.episode";
    private readonly string ofThread = policy.HoldsFlapping ? OfAlarm : OfEpisode;

    /// <summary>Adds a notice that the channel is to hear of: anew where it heard of it before it was away.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="alarm">Its alarm.</param>
    /// <param name="severity">How severe it is.</param>
    /// <param name="phase">What it says.</param>
    /// <param name="now">The time.</param>
    public void Add(long number, string alarm, Severity severity, NoticeKind phase, DateTimeOffset now) => transaction.Execute(
        """
        INSERT OR REPLACE INTO notification_delivery(channel, number, standing, due_ms, rank, alarm) VALUES ($channel, $number, 0, $due, $rank, $alarm)
        """,
        ("$channel", channel), ("$number", number), ("$alarm", alarm), ("$due", policy.DueAt(severity, phase, now).ToUnixTimeMilliseconds()),
        ("$rank", (int)severity + (phase == NoticeKind.Firing ? FiringRank : 0)));

    /// <summary>Whether more than a number wait.</summary>
    public bool HasMoreThan(int most) => transaction.Query(
        "SELECT 1 FROM notification_delivery WHERE channel = $channel AND standing = 0 ORDER BY number LIMIT 1 OFFSET $most",
        _ => true,
        ("$channel", channel), ("$most", most)).Count > 0;

    /// <summary>Drops what waits of the least severe threads, those that are over before those that fire, and of these the oldest. All
    /// of a thread: a beginning without its end would page somebody for what is over. What is under way in a message stays.</summary>
    /// <param name="least">At least so many notices.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many.</returns>
    public int DropLeast(int least, DateTimeOffset now)
    {
        var threads = transaction.Query(
            $"""
            SELECT {key}, count(*) FROM notification_delivery d JOIN notification n ON n.number = d.number JOIN alarm a ON a.id = n.alarm
            WHERE {Unplanned} GROUP BY {key}
            ORDER BY max(a.severity), max({AlarmTable.IsActive}), min(d.number)
            LIMIT $least
            """,
            reader => (Thread: reader.GetString(0), Count: reader.GetInt32(1)),
            ("$channel", channel), ("$least", least));
        var dropped = 0;
        foreach (var (thread, count) in threads.TakeWhile(_ => dropped < least))
        {
            Close(Waiting(thread, count), DeliveryStanding.Dropped, now);
            dropped += count;
        }

        return dropped;
    }

    /// <summary>Threads of notices that are due: those of what fires first, the most severe first, and of these the oldest.</summary>
    /// <param name="now">The time.</param>
    /// <param name="most">Of how many notices at most.</param>
    /// <returns>A thread for each of the notices.</returns>
    public List<string> Due(DateTimeOffset now, int most) => transaction.Query(
        $"""
        SELECT {key} FROM notification_delivery d INDEXED BY notification_rank CROSS JOIN notification n ON n.number = d.number
          CROSS JOIN alarm a ON a.id = n.alarm
        WHERE {Unplanned} AND d.due_ms <= $now AND {NotBehind} ORDER BY d.rank DESC, d.number LIMIT $most
        """,
        reader => reader.GetString(0),
        ("$channel", channel), ("$now", now.ToUnixTimeMilliseconds()), ("$most", most));

    /// <summary>Threads that something is due of, of one rule at one channel, the oldest first.</summary>
    /// <param name="alarm">One of its alarms.</param>
    /// <param name="before">Of notices before this number.</param>
    /// <param name="now">The time.</param>
    /// <param name="most">How many at most.</param>
    public List<string> DueBefore(Alarm alarm, long before, DateTimeOffset now, int most) => transaction.Query(
        $"""
        SELECT {key} FROM alarm a INDEXED BY alarm_newest CROSS JOIN {OfAlarm}
        WHERE a.rule = $rule AND a.site = $site AND a.station = $station AND a.gateway = $gateway AND a.device = $device
          AND a.channel = $of AND a.newest >= {Oldest} AND d.alarm = a.id AND d.number < $before
          AND {Unplanned} AND d.due_ms <= $now
        GROUP BY {key} ORDER BY min(d.number) LIMIT $most
        """,
        reader => reader.GetString(0),
        ("$rule", alarm.Rule), ("$site", alarm.Site), ("$station", alarm.Station), ("$gateway", alarm.Gateway), ("$device", alarm.Device),
        ("$of", alarm.Channel), ("$channel", channel), ("$before", before), ("$now", now.ToUnixTimeMilliseconds()), ("$most", most));

    /// <summary>How severe the gravest is that fires, is due, and waits behind a message because it is newer of the same rule at the same
    /// channel; <see cref="Severity.Info"/> where that is less than high.</summary>
    /// <param name="message">The message.</param>
    /// <param name="now">The time.</param>
    public Severity PressBehind(long message, DateTimeOffset now) => transaction.Query(
        $"""
        SELECT max(d.rank) FROM notification_delivery e CROSS JOIN notification o ON o.number = e.number CROSS JOIN alarm b ON b.id = o.alarm
          CROSS JOIN alarm a INDEXED BY alarm_newest ON a.rule = b.rule AND a.site = b.site AND a.station = b.station AND a.gateway = b.gateway
            AND a.device = b.device AND a.channel = b.channel AND a.newest >= {Oldest}
          CROSS JOIN notification_delivery d INDEXED BY notification_thread ON d.alarm = a.id
        WHERE e.message = $message AND e.channel = $channel AND e.standing = 0 AND {Unplanned} AND d.due_ms <= $now
        """,
        reader => reader.Optional<long>(0),
        ("$message", message), ("$channel", channel), ("$now", now.ToUnixTimeMilliseconds())) is [{ } rank] && rank >= FiringRank + (int)Severity.High
        ? (Severity)(rank - FiringRank) : Severity.Info;

    /// <summary>Threads of a site that wait and nothing is due of.</summary>
    public List<string> NotDue(string site, DateTimeOffset now, int most) => transaction.Query(
        $"""
        SELECT {key} FROM notification_delivery d JOIN notification n ON n.number = d.number JOIN alarm a ON a.id = n.alarm
        WHERE {Unplanned} AND a.site = $site AND {NotBehind} GROUP BY {key} HAVING min(d.due_ms) > $now ORDER BY min(d.number) LIMIT $most
        """,
        reader => reader.GetString(0),
        ("$channel", channel), ("$site", site), ("$now", now.ToUnixTimeMilliseconds()), ("$most", most));

    /// <summary>When the next notice is due after a time.</summary>
    public DateTimeOffset? NextDue(DateTimeOffset after) => transaction.Query(
        $"SELECT min(d.due_ms) FROM notification_delivery d WHERE {Unplanned} AND d.due_ms > $after",
        reader => reader.Optional<long>(0),
        ("$channel", channel), ("$after", after.ToUnixTimeMilliseconds())) is [{ } ms] ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>What waits of a thread, in order.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="most">How many at most, the oldest.</param>
    public List<WaitingNotice> Waiting(string thread, int most) => transaction.Query(
        $"""
        SELECT n.number, n.id, n.episode, n.alarm, n.phase, n.made_ms, d.silence IS NOT NULL, d.quiet IS NOT NULL, d.held
        FROM {ofThread} WHERE {Unplanned} AND {key} = $thread ORDER BY {(policy.HoldsFlapping ? "d" : "n")}.number LIMIT $most
        """,
        reader => new WaitingNotice(
            reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), (NoticeKind)reader.GetInt32(4),
            reader.Instant(5), reader.GetBoolean(6), reader.GetBoolean(7), reader.GetBoolean(8)),
        ("$channel", channel), ("$thread", thread), ("$most", most));

    /// <summary>Whether something waits of a thread.</summary>
    public bool IsWaiting(string thread) => Waiting(thread, 1).Count > 0;

    /// <summary>Closes what waits of a thread where that is much: neither the oldest, nor the newest, nor the last that says that it fires. On
    /// no other does it rest what is told.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="as">What is to become of them.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether no more than <see cref="ThreadMax"/> wait now.</returns>
    public bool Thin(string thread, DeliveryStanding @as, DateTimeOffset now)
    {
        var waiting = Waiting(thread, ThinnedMax + 2);
        if (waiting.Count <= ThreadMax)
        {
            return true;
        }

        var firing = transaction.Query(
            $"SELECT d.number FROM {ofThread} WHERE {Unplanned} AND {key} = $thread AND n.phase = 0 ORDER BY {(policy.HoldsFlapping ? "d" : "n")}.number DESC LIMIT 1",
            reader => reader.GetInt64(0),
            ("$channel", channel), ("$thread", thread)) is [var last] ? last : 0;
        (string, object?)[] between =
        [
            ("$channel", channel), ("$first", waiting[0].Number), ("$now", now.ToUnixTimeMilliseconds()), ("$as", (int)@as),
            ("$between", $"[{string.Join(',', waiting[1..^1].Select(notice => notice.Number).Where(number => number != firing))}]"),
        ];

        // What held one of them back is known of the oldest.
        transaction.Execute(
            """
            UPDATE notification_delivery AS d SET silence = coalesce(d.silence, b.silence), quiet = coalesce(d.quiet, b.quiet) FROM (
              SELECT max(silence) AS silence, max(quiet) AS quiet FROM notification_delivery
              WHERE channel = $channel AND number IN (SELECT value FROM json_each($between))) b
            WHERE d.channel = $channel AND d.number = $first
            """,
            [between[0], between[1], between[4]]);
        transaction.Execute(
            """
            UPDATE notification_delivery SET standing = $as, done_ms = $now
            WHERE channel = $channel AND number IN (SELECT value FROM json_each($between))
            """,
            [between[0], .. between[2..]]);
        return waiting.Count < ThinnedMax + 2;
    }

    /// <summary>The thread of a notice.</summary>
    public string ThreadOf(Alarm alarm, string episode) => policy.HoldsFlapping ? alarm.Id : episode;

    /// <summary>Whether the channel was told that a thread fires, may have been, or has something of it to come: then it is to hear of the
    /// end, whatever it is to hear of now.</summary>
    /// <param name="thread">The thread.</param>
    public bool IsOwedTheEnd(string thread) => ToldOf(thread) is { Phase: NoticeKind.Firing } || IsWaiting(thread) || transaction.Query(
        $"""
        SELECT 1 FROM notification_message m INDEXED BY message_waiting CROSS JOIN notification_delivery d ON d.message = m.number
          CROSS JOIN notification n ON n.number = d.number
        WHERE m.channel = $channel AND m.standing = 0 AND d.channel = $channel AND d.standing = 0 AND {key} = $thread LIMIT 1
        """,
        _ => true,
        ("$thread", thread), ("$channel", channel)).Count > 0;

    /// <summary>A notice as it was made; null where it cannot be read.</summary>
    public AlertNotice? Notice(long number, out UnreadableCause? cause) => AlertNotice.Read(
        transaction.Query("SELECT body FROM notification WHERE number = $number", reader => reader.GetString(0), ("$number", number))[0], out cause);

    /// <summary>The id of a notice.</summary>
    public string IdOf(long number) => transaction.Query(
        "SELECT id FROM notification WHERE number = $number", reader => reader.GetString(0), ("$number", number))[0];

    public void Hold(IEnumerable<WaitingNotice> notices, ThreadDecision.Hold hold)
    {
        foreach (var notice in notices)
        {
            transaction.Execute(
                """
                UPDATE notification_delivery SET due_ms = $due, silence = coalesce($silence, silence), quiet = coalesce($quiet, quiet)
                WHERE channel = $channel AND number = $number
                """,
                ("$due", hold.Until.ToUnixTimeMilliseconds()), ("$silence", hold.Silence), ("$quiet", hold.Quieter), ("$channel", channel), ("$number", notice.Number));
        }
    }

    /// <summary>Notes that the channel's limit of messages holds a notice back.</summary>
    public void HoldForRate(WaitingNotice notice) => transaction.Execute(
        "UPDATE notification_delivery SET held = 1 WHERE channel = $channel AND number = $number",
        ("$channel", channel), ("$number", notice.Number));

    public void Close(IEnumerable<WaitingNotice> notices, DeliveryStanding standing, DateTimeOffset now)
    {
        foreach (var notice in notices)
        {
            Close(notice.Number, standing, now);
        }
    }

    public void Close(long number, DeliveryStanding standing, DateTimeOffset now) => transaction.Execute(
        "UPDATE notification_delivery SET standing = $standing, done_ms = $now WHERE channel = $channel AND number = $number",
        ("$standing", (int)standing), ("$now", now.ToUnixTimeMilliseconds()), ("$channel", channel), ("$number", number));

    public void Assign(IEnumerable<WaitingNotice> notices, long message)
    {
        foreach (var notice in notices)
        {
            transaction.Execute(
                "UPDATE notification_delivery SET message = $message WHERE channel = $channel AND number = $number",
                ("$message", message), ("$channel", channel), ("$number", notice.Number));
        }
    }

    /// <summary>Takes the notices out of a message, to be planned anew.</summary>
    public void Release(long message) => transaction.Execute(
        "UPDATE notification_delivery SET message = NULL WHERE message = $message AND channel = $channel AND standing = 0",
        ("$message", message), ("$channel", channel));

    /// <summary>The notices in a message that are not settled yet.</summary>
    public List<(long Number, string Id, string Episode, NoticeKind Phase, string Alarm)> InMessage(long message) => transaction.Query(
        """
        SELECT n.number, n.id, n.episode, n.phase, n.alarm FROM notification_delivery d JOIN notification n ON n.number = d.number
        WHERE d.message = $message AND d.channel = $channel AND d.standing = 0 ORDER BY n.number
        """,
        reader => (reader.GetInt64(0), reader.GetString(1), reader.GetString(2), (NoticeKind)reader.GetInt32(3), reader.GetString(4)),
        ("$message", message), ("$channel", channel));

    /// <summary>Notes that the channel may have been told what is in a message, or not.</summary>
    /// <param name="message">The message.</param>
    /// <param name="now">The time.</param>
    public void NoteDoubt(long message, DateTimeOffset now)
    {
        foreach (var row in InMessage(message))
        {
            NoteDoubt(policy.HoldsFlapping ? row.Alarm : row.Episode, now);
        }
    }

    /// <summary>Notes that nobody knows what the channel was told of a thread.</summary>
    public void NoteDoubt(string thread, DateTimeOffset now) =>
        Save(thread, new Told(NoticeKind.Firing, now, 0, ToldFlap.Nothing, IsInDoubt: true));

    public Told? ToldOf(string thread) => transaction.Query(
        $"SELECT {ToldColumns} FROM notification_told t WHERE t.channel = $channel AND t.thread = $thread",
        reader => ReadTold(reader, 0),
        ("$channel", channel), ("$thread", thread)) is [var told] ? told : null;

    /// <summary>Notes that a channel was reminded of alarms.</summary>
    /// <param name="episodes">Episodes of the notices that did so.</param>
    /// <param name="still">Those of them of which it said that they stand still now.</param>
    /// <param name="now">The time.</param>
    public void Remind(IReadOnlyList<string> episodes, IReadOnlyList<string> still, DateTimeOffset now)
    {
        var threads = policy.HoldsFlapping
            ? "SELECT (SELECT n.alarm FROM notification n WHERE n.episode = j.value AND n.alarm IS NOT NULL ORDER BY n.number DESC LIMIT 1)"
            : "SELECT j.value";
        transaction.Execute(
            $"""
            UPDATE notification_told SET told_ms = $now, reminders = reminders + 1,
              flap = CASE WHEN thread IN ({threads} FROM json_each($still) j) THEN $isOver ELSE flap END
            WHERE channel = $channel AND thread IN ({threads} FROM json_each($episodes) j)
            """,
            ("$now", now.ToUnixTimeMilliseconds()), ("$still", TransactionSql.Json(still)), ("$isOver", (int)ToldFlap.IsOver), ("$channel", channel),
            ("$episodes", TransactionSql.Json(episodes)));
    }

    /// <summary>The columns of the row <c>t</c> that <see cref="ReadTold"/> reads.</summary>
    public const string ToldColumns = "t.phase, t.told_ms, t.reminders, t.flap, t.doubt, t.severity";

    /// <summary>How many they are.</summary>
    public const int ToldColumnCount = 6;

    /// <summary>Reads one.</summary>
    /// <param name="reader">The row.</param>
    /// <param name="first">Its first column.</param>
    public static Told ReadTold(SqliteDataReader reader, int first) => new(
        (NoticeKind)reader.GetInt32(first), reader.Instant(first + 1), reader.GetInt32(first + 2), (ToldFlap)reader.GetInt32(first + 3),
        reader.GetBoolean(first + 4), (Severity?)reader.Optional<int>(first + 5));

    public void Save(string thread, Told told) => transaction.Execute(
        """
        INSERT OR REPLACE INTO notification_told(channel, thread, phase, told_ms, reminders, flap, doubt, severity)
        VALUES ($channel, $thread, $phase, $told, $reminders, $flap, $doubt, $severity)
        """,
        ("$channel", channel), ("$thread", thread), ("$phase", (int)told.Phase), ("$told", told.At.ToUnixTimeMilliseconds()),
        ("$reminders", told.Reminders), ("$flap", (int)told.Flap), ("$doubt", told.IsInDoubt),
        ("$severity", (int?)told.Severity));
}

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

    private const int FiringRank = 4;

    // Where what comes and goes is told once, all episodes of it are one thread.
    private readonly string key = policy.HoldsFlapping ? "n.alarm" : "n.episode";

    /// <summary>Adds a notice that the channel is to hear of: anew where it heard of it before it was away.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="severity">How severe it is.</param>
    /// <param name="phase">What it says.</param>
    /// <param name="now">The time.</param>
    public void Add(long number, Severity severity, NoticeKind phase, DateTimeOffset now) => transaction.Execute(
        """
        INSERT OR REPLACE INTO notification_delivery(channel, number, standing, due_ms, rank) VALUES ($channel, $number, 0, $due, $rank)
        """,
        ("$channel", channel), ("$number", number), ("$due", policy.DueAt(severity, now).ToUnixTimeMilliseconds()),
        ("$rank", (int)severity + (phase == NoticeKind.Firing ? FiringRank : 0)));

    /// <summary>Whether the channel was ever to hear of a notice.</summary>
    public bool Has(long number) => transaction.Query(
        "SELECT 1 FROM notification_delivery WHERE channel = $channel AND number = $number", _ => true, ("$channel", channel), ("$number", number)).Count > 0;

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
            Close(Waiting(thread), DeliveryStanding.Dropped, now);
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

    /// <summary>Threads that something is due of, of one rule at one channel, by the newest that waits of each, for that is what
    /// is told of it.</summary>
    /// <param name="alarm">One of its alarms.</param>
    /// <param name="before">Of notices before this number.</param>
    /// <param name="now">The time.</param>
    /// <param name="most">How many at most.</param>
    public List<string> DueBefore(Alarm alarm, long before, DateTimeOffset now, int most) => transaction.Query(
        $"""
        SELECT thread FROM (
          SELECT DISTINCT {key} AS thread
          FROM alarm a INDEXED BY alarm_newest CROSS JOIN notification n ON n.alarm = a.id CROSS JOIN notification_delivery d ON d.number = n.number
          WHERE a.rule = $rule AND a.site = $site AND a.station = $station AND a.gateway = $gateway AND a.device = $device
            AND a.channel = $of AND a.newest >= {Oldest} AND n.number >= {Oldest} AND n.number < $before AND {Unplanned} AND d.due_ms <= $now)
        ORDER BY (
          SELECT max(n.number) FROM notification n CROSS JOIN notification_delivery d ON d.number = n.number WHERE {key} = thread AND {Unplanned})
        LIMIT $most
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
          CROSS JOIN notification n ON n.alarm = a.id AND n.number >= {Oldest} CROSS JOIN notification_delivery d ON d.number = n.number
        WHERE e.message = $message AND e.channel = $channel AND e.standing = 0 AND {AlarmTable.IsActive} AND {Unplanned} AND d.due_ms <= $now
          {(policy.EscalateAfter is null ? "" : "AND a.ack_ms IS NULL AND n.made_ms <= $since")}
        """,
        reader => reader.Optional<long>(0),
        ("$message", message), ("$channel", channel), ("$now", now.ToUnixTimeMilliseconds()),
        ("$since", (now - (policy.EscalateAfter ?? TimeSpan.Zero)).ToUnixTimeMilliseconds())) is [{ } rank] && rank >= FiringRank + (int)Severity.High
        ? (Severity)(rank - FiringRank) : Severity.Info;

    /// <summary>Threads of a site that wait and nothing is due of, but for what waits for the daily digest.</summary>
    public List<string> NotDue(string site, DateTimeOffset now, int most) => transaction.Query(
        $"""
        SELECT {key} FROM notification_delivery d JOIN notification n ON n.number = d.number JOIN alarm a ON a.id = n.alarm
        WHERE {Unplanned} AND a.site = $site AND a.severity >= $least AND {NotBehind} GROUP BY {key} HAVING min(d.due_ms) > $now ORDER BY min(d.number) LIMIT $most
        """,
        reader => reader.GetString(0),
        ("$channel", channel), ("$site", site), ("$now", now.ToUnixTimeMilliseconds()), ("$most", most),
        ("$least", policy.DigestAt is null ? (int)Severity.Info : (int)Severity.Info + 1));

    /// <summary>When the next notice is due after a time.</summary>
    public DateTimeOffset? NextDue(DateTimeOffset after) => transaction.Query(
        $"SELECT min(d.due_ms) FROM notification_delivery d WHERE {Unplanned} AND d.due_ms > $after",
        reader => reader.Optional<long>(0),
        ("$channel", channel), ("$after", after.ToUnixTimeMilliseconds())) is [{ } ms] ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>What waits of a thread, in order.</summary>
    public List<WaitingNotice> Waiting(string thread) => transaction.Query(
        $"""
        SELECT n.number, n.id, n.episode, n.alarm, n.phase, n.made_ms, d.silence IS NOT NULL, d.quiet IS NOT NULL, d.held
        FROM notification n JOIN notification_delivery d ON d.number = n.number
        WHERE {Unplanned} AND {key} = $thread ORDER BY n.number
        """,
        reader => new WaitingNotice(
            reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), (NoticeKind)reader.GetInt32(4),
            reader.Instant(5), reader.GetBoolean(6), reader.GetBoolean(7), reader.GetBoolean(8)),
        ("$channel", channel), ("$thread", thread));

    /// <summary>The thread of a notice.</summary>
    public string ThreadOf(Alarm alarm, string episode) => policy.HoldsFlapping ? alarm.Id : episode;

    /// <summary>Whether the channel was told that a thread fires, may have been, or has something of it to come: then it is to hear of the
    /// end, whatever it is to hear of now.</summary>
    /// <param name="thread">The thread.</param>
    public bool IsOwedTheEnd(string thread) => ToldOf(thread) is { Phase: NoticeKind.Firing } || transaction.Query(
        $"SELECT 1 FROM notification n JOIN notification_delivery d ON d.number = n.number WHERE {key} = $thread AND d.channel = $channel AND d.standing = 0 LIMIT 1",
        _ => true,
        ("$thread", thread), ("$channel", channel)).Count > 0;

    /// <summary>A notice as it was made; null where it cannot be read.</summary>
    public AlertNotice? Notice(long number, out UnreadableCause? cause) => AlertNotice.Read(
        transaction.Query("SELECT body FROM notification WHERE number = $number", reader => reader.GetString(0), ("$number", number))[0], out cause);

    /// <summary>The id of a notice.</summary>
    public string IdOf(long number) => transaction.Query(
        "SELECT id FROM notification WHERE number = $number", reader => reader.GetString(0), ("$number", number))[0];

    /// <summary>The episode of a notice.</summary>
    public string EpisodeOf(long number) => transaction.Query(
        "SELECT episode FROM notification WHERE number = $number", reader => reader.GetString(0), ("$number", number))[0];

    /// <summary>Number of an alarm's newest notice that says that it fires.</summary>
    public long? NewestFiring(string alarm) => transaction.Query(
        "SELECT max(number) FROM notification WHERE alarm = $alarm AND phase = 0", reader => reader.Optional<long>(0), ("$alarm", alarm))[0];

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

    /// <summary>Forgets that a silence or another alarm held a notice back: it is to be told now.</summary>
    public void LetGo(WaitingNotice notice) => transaction.Execute(
        "UPDATE notification_delivery SET silence = NULL, quiet = NULL WHERE channel = $channel AND number = $number",
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

    /// <summary>Puts notices into a message. Whatever held them back does so no more: what ends before it is taken is told as what was.</summary>
    public void Assign(IEnumerable<WaitingNotice> notices, long message)
    {
        foreach (var notice in notices)
        {
            transaction.Execute(
                "UPDATE notification_delivery SET message = $message, silence = NULL, quiet = NULL WHERE channel = $channel AND number = $number",
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
        "SELECT phase, told_ms, reminders, flap, doubt, severity FROM notification_told WHERE channel = $channel AND thread = $thread",
        reader => new Told(
            (NoticeKind)reader.GetInt32(0), reader.Instant(1), reader.GetInt32(2), (ToldFlap)reader.GetInt32(3), reader.GetBoolean(4),
            (Severity?)reader.Optional<int>(5)),
        ("$channel", channel), ("$thread", thread)) is [var told] ? told : null;

    public void Save(string thread, Told told) => transaction.Execute(
        """
        INSERT OR REPLACE INTO notification_told(channel, thread, phase, told_ms, reminders, flap, doubt, severity)
        VALUES ($channel, $thread, $phase, $told, $reminders, $flap, $doubt, $severity)
        """,
        ("$channel", channel), ("$thread", thread), ("$phase", (int)told.Phase), ("$told", told.At.ToUnixTimeMilliseconds()),
        ("$reminders", told.Reminders), ("$flap", (int)told.Flap), ("$doubt", told.IsInDoubt),
        ("$severity", (int?)told.Severity));
}

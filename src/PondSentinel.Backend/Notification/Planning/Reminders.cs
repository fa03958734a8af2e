using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>What of the open alarms a channel is to be told again.</summary>
/// <param name="Due">Alarms of one site, of which at least one is due: those that are due first, then the first first. Empty for none.</param>
/// <param name="NextAt">When the next will be due; null for not at all.</param>
internal sealed record ReminderOutlook(IReadOnlyList<string> Due, DateTimeOffset? NextAt)
{
    /// <summary>Nothing is ever told again.</summary>
    public static ReminderOutlook None { get; } = new([], null);
}

/// <summary>Looks at all open alarms of which a channel was told that they fire. There may be many thousands, so it is done while others
/// write; the planner looks once more at what was found, when nobody does.</summary>
/// <param name="transaction">A transaction that only reads.</param>
/// <param name="channel">The channel.</param>
/// <param name="now">The time, to the millisecond.</param>
internal sealed class Reminders(SqliteTransaction transaction, INotificationChannel channel, DateTimeOffset now)
{
    private readonly ChannelPolicy policy = channel.Policy;

    // Where each episode is told by itself, of an alarm that comes and goes the newest that fires is.
    private string Told => $"""
        FROM notification_told t INDEXED BY notification_told_firing {(policy.HoldsFlapping
            ? "CROSS JOIN alarm a ON a.id = t.thread"
            : "CROSS JOIN notification n ON n.episode = t.thread AND n.phase = 0 CROSS JOIN alarm a ON a.id = n.alarm")}
        WHERE t.channel = $channel AND t.phase = 0 AND t.doubt = 0 AND {AlarmTable.IsActive} AND a.ack_ms IS NULL AND a.severity > 0
          {(policy.HoldsFlapping ? "" : "AND n.number = (SELECT max(number) FROM notification WHERE alarm = a.id AND phase = 0)")}
        """;

    // MessagePlanner.IsDue in SQL. It was told to come and go, stands still now, and fires: nothing waits that would say so.
    private string IsDue => policy.HoldsFlapping
        ? "(t.told_ms <= $due OR (t.flap = 1 AND a.flaps_until_ms IS NOT NULL AND t.told_ms >= coalesce(a.found_ms, a.flaps_since_ms)))"
        : "(t.told_ms <= $due)";

    private const string InForce = """
        WITH silence AS MATERIALIZED (
          SELECT rule, site, station, device, until_ms FROM alarm_silence WHERE from_ms <= $now AND until_ms > $now)
        """;

    // Silence.Covers in SQL.
    private const string Covers = """
        (s.rule IS NULL OR s.rule = a.rule) AND (s.site IS NULL OR s.site = a.site)
        AND (s.station IS NULL OR s.station = a.station) AND (s.device IS NULL OR s.device = a.device)
        """;

    private (string, object?)[] Values =>
    [
        ("$channel", channel.Name), ("$now", now.ToUnixTimeMilliseconds()),
        ("$due", policy.RepeatEvery is { } every ? (now - every).ToUnixTimeMilliseconds() : long.MinValue),
    ];

    /// <summary>Looks.</summary>
    /// <param name="held">What keeps the channel from hearing of an alarm.</param>
    /// <param name="spokenOf">Alarms that messages under way tell of.</param>
    /// <param name="most">How many alarms go into one message.</param>
    public ReminderOutlook Look(HeldBack held, IReadOnlySet<string> spokenOf, int most)
    {
        if (policy.RepeatEvery is null && !policy.HoldsFlapping)
        {
            return ReminderOutlook.None;
        }

        bool IsToBeTold(Alarm alarm) => !spokenOf.Contains(alarm.Id) && held.Quieter(alarm) is null && alarm.IsThere(now);
        var first = Read($"AND {IsDue}", "").Find(IsToBeTold);
        List<string> due = first is null
            ? []
            : [.. Read("AND a.site = $site", $"{IsDue} DESC,", ("$site", first.Site)).Where(IsToBeTold).Take(most).Select(alarm => alarm.Id)];
        return new ReminderOutlook(due, Next());
    }

    // Those that no silence covers.
    private List<Alarm> Read(string which, string order, params ReadOnlySpan<(string, object?)> values) => transaction.Query(
        $"""
        {InForce} SELECT {AlarmTable.ColumnNames} {Told} {which} AND NOT EXISTS (SELECT 1 FROM silence s WHERE {Covers})
        ORDER BY {order} a.opened_ms, a.id
        """,
        AlarmTable.Read,
        [.. Values, .. values]);

    private DateTimeOffset? Next()
    {
        if (policy.RepeatEvery is not { } every)
        {
            return null;
        }

        ReadOnlySpan<(string, object?)> values = [.. Values, ("$every", (long)every.TotalMilliseconds)];
        var hasSilence = transaction.Query($"{InForce} SELECT 1 FROM silence LIMIT 1", _ => true, values[1..2]).Count > 0;
        var next = hasSilence
            ? $"""
              {InForce} SELECT min(at) FROM (
                SELECT max(t.told_ms + $every, coalesce((SELECT max(s.until_ms) FROM silence s WHERE {Covers}), 0)) AS at {Told})
              WHERE at > $now
              """
            : $"SELECT t.told_ms + $every {Told} AND t.told_ms > $due ORDER BY t.told_ms LIMIT 1";
        return transaction.Query(next, reader => reader.Optional<long>(0), values) is [{ } ms] ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
    }
}

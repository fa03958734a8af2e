using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Alarms;

/// <summary>Alarms in the state database.</summary>
internal sealed class AlarmTable(SqliteTransaction transaction)
{
    /// <summary>Whether the alarm of the row <c>a</c> is one now: <see cref="Alarm.IsActive"/> in SQL.</summary>
    internal const string IsActive = "(a.phase = 0 OR (a.flaps_since_ms IS NOT NULL AND a.flaps_until_ms IS NULL))";

    /// <summary>The columns of the row <c>a</c> that <see cref="Read"/> reads.</summary>
    internal const string ColumnNames = """
        a.id, a.rule, a.site, a.station, a.gateway, a.device, a.channel, a.severity, a.phase, a.opened_ms, a.changed_ms, a.newest, a.raises,
          a.flaps_since_ms, a.flaps_until_ms, a.ack_ms, a.ack_by, a.ack_note, a.found_ms, a.fired_ms, a.paused_ms
        """;

    private const string Columns = $"SELECT {ColumnNames} FROM alarm a";

    private const string SameSubject =
        "rule = $rule AND site = $site AND station = $station AND gateway = $gateway AND device = $device AND channel = $channel";

    public Alarm? Find(string id) => transaction.Query($"{Columns} WHERE id = $id", Read, ("$id", id)) is [var alarm] ? alarm : null;

    /// <summary>The alarm that an episode belongs to now.</summary>
    public Alarm? OfEpisode(string episode) => transaction.Query(
        "SELECT alarm FROM notification WHERE episode = $episode AND alarm IS NOT NULL ORDER BY number DESC LIMIT 1",
        reader => reader.GetString(0),
        ("$episode", episode)) is [var id] ? Find(id) : null;

    /// <summary>All that are alarms now, the first first.</summary>
    public List<Alarm> Active() => transaction.Query(
        $"{Columns} WHERE {IsActive} ORDER BY opened_ms, id", Read);

    /// <summary>Those of some rules at one place that are alarms now, the first first.</summary>
    /// <param name="rules">Ids of the rules.</param>
    /// <param name="site">The site.</param>
    /// <param name="station">The station; null for all of the site.</param>
    /// <param name="gateway">The gateway; null for all of the site.</param>
    public List<Alarm> ActiveOf(IReadOnlyList<string> rules, string site, string? station, string? gateway)
    {
        var ofGateway = gateway is null ? "" : " AND gateway = $gateway";
        List<Alarm> found = [];
        foreach (var rule in rules)
        {
            ReadOnlySpan<(string, object?)> place = [("$rule", rule), ("$site", site), ("$gateway", gateway)];
            found.AddRange(transaction.Query(
                $"{Columns} INDEXED BY alarm_active WHERE {IsActive} AND rule = $rule AND site = $site{ofGateway}",
                Read,
                gateway is null ? place[..2] : place));
        }

        return [.. found.Where(alarm => station is null || alarm.Station == station).OrderBy(alarm => alarm.OpenedAt).ThenBy(alarm => alarm.Id, StringComparer.Ordinal)];
    }

    /// <summary>Those that have changed since, the newest first.</summary>
    public List<Alarm> ChangedAfter(DateTimeOffset after, int most) => transaction.Query(
        $"{Columns} WHERE changed_ms > $after ORDER BY changed_ms DESC, id LIMIT $most",
        Read,
        ("$after", after.ToUnixTimeMilliseconds()), ("$most", most));

    /// <summary>Enters a notice into the alarm it belongs to.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="number">Its number.</param>
    /// <param name="at">When it was made.</param>
    /// <returns>The alarm as it is now.</returns>
    public Alarm Enter(AlertNotice notice, long number, DateTimeOffset at)
    {
        at = DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
        SettleFlaps(at);
        var isRaise = notice.Phase == NoticeKind.Firing;
        var known = (isRaise ? Flapping(notice) : null) ?? OfEpisode(notice.Episode);
        var isNewRaise = isRaise && known?.Phase != NoticeKind.Firing;
        var isGraver = isRaise && notice.Severity > known?.Severity;
        var alarm = (known ?? Begin(notice, at)) with
        {
            // Whoever took it on took on less.
            Acknowledged = isGraver ? null : known?.Acknowledged,
            Severity = notice.Severity, Phase = notice.Phase, ChangedAt = at, Newest = number,
        };
        if (alarm.IsFlapping)
        {
            alarm = alarm with
            {
                Raises = alarm.Raises + (isNewRaise ? 1 : 0), FlapsSince = Earlier(alarm.FlapsSince!.Value, at),
                FoundFlappingAt = Earlier(alarm.FoundFlappingAt!.Value, at),
                Pace = known!.Pace.With(known.Phase == NoticeKind.Firing, at - known.ChangedAt),
            };
        }
        else if (isNewRaise)
        {
            alarm = Raised(alarm, at);
        }

        Save(alarm);
        return alarm;
    }

    /// <summary>Notes of what has stood still for long enough that it does.</summary>
    public void SettleFlaps(DateTimeOffset now) => transaction.Execute(
        "UPDATE alarm SET flaps_until_ms = $now WHERE flaps_since_ms IS NOT NULL AND flaps_until_ms IS NULL AND changed_ms + still_ms <= $now",
        ("$now", now.ToUnixTimeMilliseconds()));

    /// <summary>When the next that comes and goes will have stood still for long enough, if it does.</summary>
    public DateTimeOffset? NextSettled() => transaction.Query(
        "SELECT min(changed_ms + still_ms) FROM alarm WHERE flaps_since_ms IS NOT NULL AND flaps_until_ms IS NULL",
        reader => reader.Optional<long>(0)) is [{ } ms] ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    public void Save(Alarm alarm) => transaction.Execute(
        """
        INSERT OR REPLACE INTO alarm VALUES (
          $id, $rule, $site, $station, $gateway, $device, $channel, $severity, $phase, $opened, $changed, $newest, $raises,
          $since, $until, $ack, $by, $note, $found, $still, $fired, $paused)
        """,
        [
            ("$id", alarm.Id), .. Subject(alarm.Rule, alarm.Site, alarm.Station, alarm.Gateway, alarm.Device, alarm.Channel),
            ("$severity", (int)alarm.Severity), ("$phase", (int)alarm.Phase), ("$opened", alarm.OpenedAt.ToUnixTimeMilliseconds()),
            ("$changed", alarm.ChangedAt.ToUnixTimeMilliseconds()), ("$newest", alarm.Newest), ("$raises", alarm.Raises),
            ("$since", alarm.FlapsSince?.ToUnixTimeMilliseconds()), ("$until", alarm.FlapsUntil?.ToUnixTimeMilliseconds()),
            ("$ack", alarm.Acknowledged?.At.ToUnixTimeMilliseconds()), ("$by", alarm.Acknowledged?.By), ("$note", alarm.Acknowledged?.Note),
            ("$found", alarm.FoundFlappingAt?.ToUnixTimeMilliseconds()), ("$still", (long)alarm.Still.TotalMilliseconds),
            ("$fired", (long)alarm.Pace.Fired.TotalMilliseconds), ("$paused", (long)alarm.Pace.Paused.TotalMilliseconds),
        ]);

    // What begins anew is a new matter: whoever took it on took on what is over. What came and went before it stood still is counted too:
    // else what stands still for an hour, again and again, would be new each time.
    private Alarm Raised(Alarm alarm, DateTimeOffset at)
    {
        List<DateTimeOffset> raises = [];
        var pace = default(FlapPace);
        (string Episode, bool Fires, DateTimeOffset At)? last = null;
        foreach (var change in Changes(alarm, at))
        {
            pace = last is { } former ? pace.With(former.Fires, change.At - former.At) : pace;
            if (change.Fires && !(last is { Fires: true } && last.Value.Episode == change.Episode))
            {
                raises.Add(change.At);
            }

            last = change;
        }

        pace = last is { } newest ? pace.With(newest.Fires, at - newest.At) : pace;
        return raises.Count < FlapRule.RaisesMax
            ? alarm with { Acknowledged = null, Raises = 0, FlapsSince = null, FoundFlappingAt = null, FlapsUntil = null, Pace = default }
            : alarm with { Acknowledged = null, Raises = raises.Count + 1, FlapsSince = raises[0], FoundFlappingAt = at, FlapsUntil = null, Pace = pace };
    }

    // What was told of a rule at a channel within the window before this, in order. A number is greater where it was told later, so only
    // what is new of an alarm that has come and gone for weeks is read.
    private IEnumerable<(string Episode, bool Fires, DateTimeOffset At)> Changes(Alarm alarm, DateTimeOffset at) => transaction.Query(
        $"""
        SELECT n.episode, n.phase = 0, n.made_ms FROM alarm a JOIN notification n ON n.alarm = a.id
        WHERE {SameSubject} AND a.changed_ms > $after AND n.made_ms > $after AND n.made_ms <= $at
          AND n.number >= (SELECT number FROM notification WHERE made_ms > $after ORDER BY made_ms LIMIT 1)
        ORDER BY n.number DESC LIMIT $most
        """,
        reader => (reader.GetString(0), reader.GetBoolean(1), reader.Instant(2)),
        [
            .. Subject(alarm.Rule, alarm.Site, alarm.Station, alarm.Gateway, alarm.Device, alarm.Channel),
            ("$after", (at - FlapRule.Window).ToUnixTimeMilliseconds()), ("$at", at.ToUnixTimeMilliseconds()), ("$most", FlapRule.ChangesMax),
        ]).AsEnumerable().Reverse();

    // A clock that was set back: what is ahead of now was found now.
    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private Alarm? Flapping(AlertNotice notice) => transaction.Query(
        $"{Columns} WHERE {SameSubject} AND flaps_since_ms IS NOT NULL AND flaps_until_ms IS NULL",
        Read,
        Subject(notice.Rule, notice.Site, notice.Station, notice.Gateway, notice.Device, notice.Channel)) is [var alarm, ..] ? alarm : null;

    private static Alarm Begin(AlertNotice notice, DateTimeOffset at) => new()
    {
        Id = notice.Episode,
        Rule = notice.Rule,
        Site = notice.Site,
        Station = notice.Station,
        Gateway = notice.Gateway,
        Device = notice.Device,
        Channel = notice.Channel,
        Severity = notice.Severity,
        Phase = notice.Phase,
        OpenedAt = at,
        ChangedAt = at,
    };

    private static (string, object?)[] Subject(
        string rule, string site, string station, string gateway, string device, string channel) =>
    [
        ("$rule", rule), ("$site", site), ("$station", station), ("$gateway", gateway), ("$device", device), ("$channel", channel),
    ];

    /// <summary>Reads one.</summary>
    internal static Alarm Read(SqliteDataReader reader) => new()
    {
        Id = reader.GetString(0),
        Rule = reader.GetString(1),
        Site = reader.GetString(2),
        Station = reader.GetString(3),
        Gateway = reader.GetString(4),
        Device = reader.GetString(5),
        Channel = reader.GetString(6),
        Severity = (Severity)reader.GetInt32(7),
        Phase = (NoticeKind)reader.GetInt32(8),
        OpenedAt = reader.Instant(9),
        ChangedAt = reader.Instant(10),
        Newest = reader.GetInt64(11),
        Raises = reader.GetInt32(12),
        FlapsSince = reader.IsDBNull(13) ? null : reader.Instant(13),
        FlapsUntil = reader.IsDBNull(14) ? null : reader.Instant(14),
        Acknowledged = reader.IsDBNull(15)
            ? null
            : new Acknowledgement(reader.GetString(0), reader.GetString(16), reader.Instant(15), reader.GetString(17)),
        FoundFlappingAt = !reader.IsDBNull(18) ? reader.Instant(18) : reader.IsDBNull(13) ? null : reader.Instant(13),
        Pace = new FlapPace(TimeSpan.FromMilliseconds(reader.GetInt64(19)), TimeSpan.FromMilliseconds(reader.GetInt64(20))),
    };
}

using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>Which of its states a rule keeps for a channel. The numbers are stored: never renumber, only add.</summary>
internal enum StateKind : byte
{
    /// <summary>After the newest value.</summary>
    Now = 0,

    /// <summary>Before the oldest value that is still kept: where a rewind begins.</summary>
    Base = 1,

    /// <summary>Of values that came after later ones had left the window: a run of their own.</summary>
    Stray = 2,
}

/// <summary>A channel with alerts, as it is kept.</summary>
/// <param name="Id">Its number here.</param>
/// <param name="Subject">The channel.</param>
/// <param name="FoldedNs">Time key of the latest value that is in the base state and no longer kept.</param>
/// <param name="NewestNs">Time key of the newest value.</param>
/// <param name="Kept">How many values are kept.</param>
/// <param name="Joint">The rule for which alone it is kept, because that looks at other channels too, or because it is an alarm of the gateway;
/// empty: all others.</param>
internal sealed record SubjectRow(long Id, AlertSubject Subject, long FoldedNs, long NewestNs, long Kept, string Joint)
{
    /// <summary>Whether values of other channels are kept with it.</summary>
    public bool IsJoint => Joint.Length > 0;

    /// <summary>Whether it is kept for an alarm of its gateway.</summary>
    public bool IsGateways => ToldAlarm.IsId(Joint);
}

/// <summary>The engine's tables in the state database. Everything goes through the transaction that marks the points as
/// stored, so that points and alerts are there together or not at all.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="memory">What the engine remembers of channels, begun with the transaction; null: nothing, for those who only look.</param>
internal sealed class AlertTables(SqliteTransaction transaction, ChannelMemory? memory = null)
{
    // A gateway tells of one alarm, and few rules watch the same channel, side, unit and statistic.
    private const int EpisodesPerIncident = 4;

    // What counts as usual need not have come back. Notices of earlier versions may be unreadable.
    private const string IsOutlasted = "coalesce(CASE WHEN json_valid(last_notice) THEN last_notice ->> '$.outlasted' END, 0)";
    private const string IsPeakBound = "EXISTS (SELECT 1 FROM alert_bound_peak WHERE episode = alert_episode.id)";

    // The last step before the end: where it was not back to within the limit, nothing is known.
    private const string BackBefore = """
        SELECT CASE to_phase WHEN 3 THEN at_ms END FROM alert_change
        WHERE rule = $rule AND subject = $subject AND at_ms >= $since AND at_ms < $cleared ORDER BY at_ms DESC LIMIT 1
        """;

    private const string EpisodeColumns =
        $"id, since_ms, raised_ms, cleared_ms, peak, standing, notices, last_notice, {IsPeakBound}";

    private static readonly string FoundNames = string.Join(
        ", ", MeasurandNames.All.Where(measurand => measurand.IsFoundByBackend).Select(measurand => $"'{measurand.WireName}'"));

    private readonly RuleStates states = new(transaction, memory);

    // Open episodes of the channels that were asked for.
    private readonly Dictionary<long, List<(string Rule, Episode Episode)>> open = [];
    private HashSet<long>? deferred;
    private HotStatement? subjectUpdate;

    /// <summary>The values that are kept.</summary>
    public SampleTables Samples { get; } = new(transaction);

    /// <summary>What gateways said of their own alarms.</summary>
    public GatewayAlarmTable GatewayAlarms => new(transaction, this);

    public void Create()
    {
        AlertSchema.Create(transaction);
        new UnwrittenEpisodes(transaction).Create();
    }

    /// <summary>A channel as it is kept; what is kept begins here where nothing is yet.</summary>
    /// <param name="subject">The channel.</param>
    /// <param name="joint">The rule for which it is kept; empty: all that look at nothing else.</param>
    public SubjectRow Subject(AlertSubject subject, string joint)
    {
        if (memory?.Find(subject, joint) is { } known)
        {
            return known.Row;
        }

        var row = Kept(subject, joint);
        memory?.Enter(row);
        return row;
    }

    private SubjectRow Kept(AlertSubject subject, string joint)
    {
        ReadOnlySpan<(string, object?)> key =
        [
            ("$site", subject.Site), ("$station", subject.Station), ("$gateway", subject.Gateway), ("$device", subject.Device),
            ("$channel", subject.Channel), ("$measurand", subject.Measurand.WireName), ("$joint", joint),
        ];
        const string Where = """
            WHERE site = $site AND station = $station AND gateway = $gateway AND device = $device
              AND channel = $channel AND measurand = $measurand AND joint = $joint
            """;
        if (Subjects(Where, key) is [var known])
        {
            return known;
        }

        transaction.Execute(
            """
            INSERT INTO alert_subject(site, station, gateway, device, channel, measurand, folded_ns, newest_ns, kept, joint)
            VALUES ($site, $station, $gateway, $device, $channel, $measurand, $never, $never, 0, $joint)
            """,
            [.. key, ("$never", long.MinValue)]);
        memory?.Change();
        return Subjects(Where, key)[0];
    }

    public List<SubjectRow> Subjects() => Subjects("", []);

    /// <summary>All of which something is kept that the backend itself has found.</summary>
    /// <param name="measurand">What.</param>
    public List<SubjectRow> Found(Measurand measurand) => Subjects("WHERE joint = '' AND measurand = $measurand", [("$measurand", measurand.WireName)]);

    /// <summary>Channels for which a rule is not normal.</summary>
    public List<SubjectRow> Stirring() => Subjects(
        "WHERE id IN (SELECT subject FROM alert_standing WHERE kind = $now AND stirs <> 0)", [("$now", (int)StateKind.Now)]);

    /// <summary>Channels that have brought nothing after a time, for which a rule is not announced.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="afterNs">The time as a key.</param>
    public List<SubjectRow> Silent(AlertRule rule, long afterNs) => Subjects(
        "WHERE joint = $joint AND NOT EXISTS (SELECT 1 FROM alert_sample WHERE subject = id AND time_ns > $after)",
        [("$joint", rule.Joint is null ? "" : rule.Id), ("$after", afterNs)])
        .FindAll(row => HasState(rule.Id, row.Id) && Alert(rule.Id, row.Id, StateKind.Now).Phase is AlertPhase.Normal or AlertPhase.Pending);

    /// <summary>Gateways and channels of which the backend itself has noticed something after a time: by a clock that stood ahead.
    /// </summary>
    /// <param name="afterNs">The time as a key.</param>
    public List<SubjectRow> NoticedAfter(long afterNs) => Subjects(
        $"""
        WHERE newest_ns > $after AND (measurand IN ({FoundNames})
          OR EXISTS (SELECT 1 FROM alert_input WHERE subject = id AND time_ns > $after AND source = {SampleOrigin.Tick}))
        """,
        [("$after", afterNs)]);

    /// <summary>The channels that a rule watches which looks at others beside them.</summary>
    public List<SubjectRow> Joint(string rule) => Subjects("WHERE joint = $rule", [("$rule", rule)]);

    /// <summary>Notes that the rules of a channel have still to be stepped over late values.</summary>
    public void Defer(long subject)
    {
        transaction.Execute("INSERT OR IGNORE INTO alert_deferred VALUES ($subject)", ("$subject", subject));
        WhichAreDeferred.Add(subject);
    }

    public void EndDeferral(long subject)
    {
        if (WhichAreDeferred.Remove(subject))
        {
            transaction.Execute("DELETE FROM alert_deferred WHERE subject = $subject", ("$subject", subject));
        }
    }

    public bool IsDeferred(long subject) => WhichAreDeferred.Contains(subject);

    private HashSet<long> WhichAreDeferred => deferred ??= [.. transaction.Query("SELECT subject FROM alert_deferred", reader => reader.GetInt64(0))];

    /// <summary>Of each gateway one channel that waits, if any does; those with the least to step first.</summary>
    public List<SubjectRow> Deferred() =>
    [
        .. Subjects(
            "WHERE id IN (SELECT min(s.id) FROM alert_deferred d JOIN alert_subject s ON s.id = d.subject GROUP BY s.gateway)", [])
            .OrderBy(row => row.Kept),
    ];

    public void Save(SubjectRow row)
    {
        subjectUpdate ??= transaction.Hot("UPDATE alert_subject SET folded_ns = ?, newest_ns = ?, kept = ? WHERE id = ?");
        subjectUpdate.Bind(1, row.FoldedNs);
        subjectUpdate.Bind(2, row.NewestNs);
        subjectUpdate.Bind(3, row.Kept);
        subjectUpdate.Bind(4, row.Id);
        subjectUpdate.Run();
        memory?.Change();
        if (memory?.Find(row.Id) is { } channel)
        {
            channel.OldestNs = row.FoldedNs == channel.Row.FoldedNs && row.Kept >= channel.Row.Kept ? channel.OldestNs : null;
            channel.Row = row;
        }
    }

    /// <summary>Whether a channel has a kept value up to a time key.</summary>
    /// <param name="row">The channel.</param>
    /// <param name="throughNs">The time key.</param>
    public bool HasUpTo(SubjectRow row, long throughNs)
    {
        // Of a joint one the values of a channel that is silent for long may go without a word.
        if (row.IsJoint || memory?.Find(row.Id) is not { } channel)
        {
            return Samples.OldestNs(row.Id) <= throughNs;
        }

        channel.OldestNs ??= Samples.OldestNs(row.Id) ?? long.MaxValue;
        return channel.OldestNs <= throughNs;
    }

    /// <summary>Notes that a channel has a value which is not its newest.</summary>
    /// <param name="row">The channel.</param>
    public void ForgetOldest(SubjectRow row)
    {
        if (memory?.Find(row.Id) is { } channel)
        {
            channel.OldestNs = null;
        }
    }

    /// <summary>The whole state of a rule for a channel.</summary>
    public RuleState State(string rule, long subject, StateKind kind) => states.Find(rule, subject, kind);

    /// <summary>Where a rule's limit stands for a channel.</summary>
    public AlertState Alert(string rule, long subject, StateKind kind) => states.Find(rule, subject, kind).Alert;

    public void Save(string rule, long subject, StateKind kind, in RuleState state) => states.Set(rule, subject, kind, state);

    /// <summary>Where all rules stand for a channel after its newest value.</summary>
    public ChannelStates States(long subject) => states.Of(subject, StateKind.Now);

    /// <summary>Writes where rules stand now: once, when all that this transaction brings is stepped over.</summary>
    public void WriteStates()
    {
        states.Write();
        memory?.Write(transaction);
    }

    /// <summary>Episodes of a rule and channel that are open or reach beyond a time.</summary>
    public List<Episode> EpisodesAfter(string rule, long subject, DateTimeOffset time) => transaction.Query(
        $"""
        SELECT {EpisodeColumns} FROM alert_episode WHERE rule = $rule AND subject = $subject
          AND (cleared_ms IS NULL OR cleared_ms > $time) ORDER BY since_ms, id
        """,
        ReadEpisode,
        ("$rule", rule), ("$subject", subject), ("$time", time.ToUnixTimeMilliseconds()));

    /// <summary>Episodes that people know of, of the same channel and time: of alarms of its gateway where the channel is kept for rules, and of
    /// rules where it is kept for such an alarm. Those that go on first.</summary>
    /// <param name="row">The channel.</param>
    /// <param name="since">From then on.</param>
    /// <param name="until">Until then; null: now.</param>
    public List<Episode> EpisodesBeside(SubjectRow row, DateTimeOffset since, DateTimeOffset? until) => transaction.Query(
        $"""
        SELECT {EpisodeColumns} FROM alert_episode WHERE EXISTS (SELECT 1 FROM alert_gateway_alarm)
          AND standing IN ({(int)EpisodeStanding.Firing}, {(int)EpisodeStanding.Over})
          AND since_ms <= $until AND (cleared_ms IS NULL OR cleared_ms >= $since)
          AND subject IN (
            SELECT other.id FROM alert_subject other JOIN alert_subject own
              ON other.site = own.site AND other.station = own.station AND other.gateway = own.gateway
              AND other.device = own.device AND other.channel = own.channel AND other.measurand = own.measurand
            WHERE own.id = $subject AND (substr(other.joint, 1, 3) = 'gw-') <> (substr(own.joint, 1, 3) = 'gw-'))
        ORDER BY standing, since_ms DESC
        """,
        ReadEpisode,
        ("$subject", row.Id), ("$since", since.ToUnixTimeMilliseconds()), ("$until", until?.ToUnixTimeMilliseconds() ?? long.MaxValue));

    /// <summary>The id that people know an episode by.</summary>
    public string ToldAs(string episode) => Incidents.IdOf(transaction, episode);

    public Episode? OpenEpisode(string rule, long subject)
    {
        var channel = memory?.Find(subject);
        var known = channel?.Open ?? open.GetValueOrDefault(subject);
        if (known is null)
        {
            known = transaction.Query(
                $"""
                SELECT {EpisodeColumns}, rule FROM alert_episode INDEXED BY alert_episode_open_at
                WHERE subject = $subject AND standing IN ({(int)EpisodeStanding.Firing}, {(int)EpisodeStanding.Waiting}) ORDER BY since_ms
                """,
                reader => (reader.GetString(9), ReadEpisode(reader)),
                ("$subject", subject));
            if (channel is null)
            {
                open.Add(subject, known);
            }
            else
            {
                channel.Open = known;
            }
        }

        return known.Count == 0 ? null : known.FindLast(episode => episode.Rule == rule).Episode;
    }

    /// <summary>What people were told of and is over, the latest first: the episodes of one incident are one.</summary>
    /// <param name="after">Only what was over after this.</param>
    /// <param name="most">How many at most.</param>
    public List<EndedEpisode> Ended(DateTimeOffset after, int most) =>
    [
        .. transaction.Query(
            $"""
            SELECT site, station, gateway, device, channel, measurand, rule, since_ms, cleared_ms, peak, subject, alert_episode.id, coalesce(m.incident, alert_episode.id), last_notice, {IsPeakBound}, {IsOutlasted}
            FROM alert_episode JOIN alert_subject ON alert_subject.id = subject
              LEFT JOIN alert_incident_episode m ON m.episode = alert_episode.id LEFT JOIN alert_incident i ON i.id = m.incident
            WHERE standing = {(int)EpisodeStanding.Over} AND cleared_ms > $after AND coalesce(i.is_open, 0) = 0
            ORDER BY cleared_ms DESC, alert_episode.id LIMIT $most
            """,
            reader => MeasurandNames.TryParse(reader.GetString(5), out var measurand)
                ? new EndedRow(
                    reader.GetString(11),
                    reader.GetString(12),
                    reader.IsDBNull(13) ? null : reader.GetString(13),
                    new EndedEpisode(
                        reader.GetString(6),
                        new AlertSubject(
                            reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                            reader.GetString(4), measurand),
                        KeptTime(reader.GetInt64(7)),
                        reader.Instant(8),
                        reader.GetDouble(9))
                    {
                        IsPeakBound = reader.GetBoolean(14),
                        Back = reader.GetBoolean(15) ? null : BackSince(reader.GetString(6), reader.GetInt64(10), KeptTime(reader.GetInt64(7)), reader.Instant(8)),
                        Alarm = ToldAlarm.IsId(reader.GetString(6)) ? GatewayAlarms.Find(reader.GetInt64(10))?.Rule : null,
                    })
                : null,
            ("$after", after.ToUnixTimeMilliseconds()), ("$most", most * EpisodesPerIncident))
            .OfType<EndedRow>().GroupBy(row => row.Incident, StringComparer.Ordinal).Take(most).Select(EndedRow.OneOf),
    ];

    /// <summary>Episodes that wait to be told, with their rule and channel.</summary>
    public List<(string Rule, long Subject, Episode Episode)> Waiting() => transaction.Query(
        $"SELECT {EpisodeColumns}, rule, subject FROM alert_episode WHERE standing = {(int)EpisodeStanding.Waiting} ORDER BY id",
        reader => (reader.GetString(9), reader.GetInt64(10), ReadEpisode(reader)));

    public SubjectRow Subject(long id) => Subjects("WHERE id = $id", [("$id", id)])[0];

    public bool HasEpisode(string id) =>
        transaction.Query("SELECT 1 FROM alert_episode WHERE id = $id", _ => true, ("$id", id)).Count > 0;

    public void Save(string rule, long subject, Episode episode)
    {
        transaction.Execute(
            """
            INSERT OR REPLACE INTO alert_episode
            VALUES ($id, $rule, $subject, $since, $raised, $cleared, $peak, $standing, $notices, $last)
            """,
            ("$id", episode.Id), ("$rule", rule), ("$subject", subject), ("$since", episode.Since.ToUnixTimeMilliseconds()),
            ("$raised", episode.Raised.ToUnixTimeMilliseconds()), ("$cleared", episode.Cleared?.ToUnixTimeMilliseconds()),
            ("$peak", episode.Peak), ("$standing", (int)episode.Standing), ("$notices", episode.Notices),
            ("$last", episode.LastNotice?.ToJson()));
        transaction.Execute(episode.IsPeakBound ? AlertSchema.EnterBound : "DELETE FROM alert_bound_peak WHERE episode = $id", ("$id", episode.Id));
        if (!episode.IsOpen)
        {
            LaterStates.Forget(transaction, episode.Id);
        }

        new UnwrittenEpisodes(transaction).Add(episode.Id);
        open.Remove(subject);
        memory?.Change();
        if (memory?.Find(subject) is { } channel)
        {
            channel.Open = null;
        }
    }

    /// <summary>Notes the newest value that a rule has judged while an episode of it goes on: who is told of it later hears that too.</summary>
    /// <param name="episode">The episode.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="newest">The value.</param>
    public void SaveNewest(Episode episode, AlertRule rule, in StepValue newest)
    {
        if (episode.IsOpen)
        {
            LaterStates.Note(transaction, episode.Id, rule, newest);
        }
    }

    /// <summary>An episode as the measurement store keeps it; null where its channel's measurand is no longer known.</summary>
    public EpisodePoint? EpisodePoint(string id)
    {
        var (rule, subject, episode) = transaction.Query(
            $"SELECT {EpisodeColumns}, rule, subject FROM alert_episode WHERE id = $id",
            reader => (reader.GetString(9), reader.GetInt64(10), ReadEpisode(reader)),
            ("$id", id))[0];
        return Subjects("WHERE id = $id", [("$id", subject)]) is [var row] ? episode.PointOf(rule, row.Subject) : null;
    }

    /// <summary>Since when the value was back of what is over by a hold; null where there was none, or nobody knows.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="subject">The channel.</param>
    /// <param name="since">When the exceedance began.</param>
    /// <param name="cleared">When it was over.</param>
    public DateTimeOffset? BackSince(string rule, long subject, DateTimeOffset since, DateTimeOffset cleared) => transaction.Query(
        BackBefore,
        reader => reader.IsDBNull(0) ? (DateTimeOffset?)null : reader.Instant(0),
        ("$rule", rule), ("$subject", subject), ("$since", since.ToUnixTimeMilliseconds()), ("$cleared", cleared.ToUnixTimeMilliseconds())) is [var back] ? back : null;

    /// <summary>Since when the value was back of an episode that is over by a hold, ms since 1970; null where there was none, it goes on, what has
    /// lasted counts as usual, or nobody knows.</summary>
    /// <param name="episode">The episode's id.</param>
    public long? BackMs(string episode) => transaction.Query(
        $"SELECT rule, subject, since_ms, cleared_ms FROM alert_episode WHERE id = $id AND cleared_ms IS NOT NULL AND {IsOutlasted} = 0",
        reader => BackSince(reader.GetString(0), reader.GetInt64(1), KeptTime(reader.GetInt64(2)), reader.Instant(3)),
        ("$id", episode)) is [{ } back] ? back.ToUnixTimeMilliseconds() : null;

    /// <summary>Episodes at a channel that reach into a stretch of time, oldest first; the latest of them.</summary>
    /// <param name="series">The channel.</param>
    /// <param name="fromMs">From this time on, ms since 1970.</param>
    /// <param name="toMs">Before this time.</param>
    /// <param name="most">At most so many.</param>
    public IReadOnlyList<EpisodePoint> Between(SeriesKey series, long fromMs, long toMs, int most)
    {
        var ids = transaction.Query(
            """
            SELECT e.id FROM alert_subject s JOIN alert_episode e ON e.subject = s.id
            WHERE s.site = $site AND s.station = $station AND s.gateway = $gateway AND s.device = $device AND s.channel = $channel
              AND s.measurand = $measurand AND e.since_ms < $to AND (e.cleared_ms IS NULL OR e.cleared_ms > $from)
            ORDER BY e.since_ms DESC, e.id LIMIT $most
            """,
            reader => reader.GetString(0),
            ("$site", series.Site), ("$station", series.Station), ("$gateway", series.Gateway), ("$device", series.Device),
            ("$channel", series.Channel), ("$measurand", series.Measurand.WireName), ("$from", fromMs), ("$to", toMs), ("$most", most));
        ids.Reverse();
        return [.. ids.Select(EpisodePoint).OfType<EpisodePoint>()];
    }

    public List<AlertChange> ChangesAfter(string rule, long subject, DateTimeOffset time) => transaction.Query(
        """
        SELECT from_phase, to_phase, at_ms, value, since_ms, peak FROM alert_change
        WHERE rule = $rule AND subject = $subject AND at_ms > $time ORDER BY at_ms
        """,
        ReadChange,
        ("$rule", rule), ("$subject", subject), ("$time", time.ToUnixTimeMilliseconds()));

    public AlertChange? LastChange(string rule, long subject) => transaction.Query(
        """
        SELECT from_phase, to_phase, at_ms, value, since_ms, peak FROM alert_change
        WHERE rule = $rule AND subject = $subject ORDER BY at_ms DESC LIMIT 1
        """,
        ReadChange,
        ("$rule", rule), ("$subject", subject)) is [var change] ? change : null;

    public void DeleteChangesAfter(string rule, long subject, DateTimeOffset time) => transaction.Execute(
        "DELETE FROM alert_change WHERE rule = $rule AND subject = $subject AND at_ms > $time",
        ("$rule", rule), ("$subject", subject), ("$time", time.ToUnixTimeMilliseconds()));

    public void Add(string rule, long subject, AlertChange change, string? episode) => transaction.Execute(
        "INSERT OR REPLACE INTO alert_change VALUES ($rule, $subject, $at, $from, $to, $value, $since, $peak, $episode)",
        ("$rule", rule), ("$subject", subject), ("$at", change.At.ToUnixTimeMilliseconds()), ("$from", (int)change.From),
        ("$to", (int)change.To), ("$value", change.Value), ("$since", change.Since.ToUnixTimeMilliseconds()),
        ("$peak", change.Peak), ("$episode", episode));

    public List<(string Rule, string Definition)> Rules() => transaction.Query(
        "SELECT rule, definition FROM alert_rule ORDER BY rule",
        reader => (reader.GetString(0), reader.GetString(1).StartsWith(AlertSchema.KeptByChannel, StringComparison.Ordinal) ? reader.GetString(1)[AlertSchema.KeptByChannel.Length..] : ""));

    public void SaveRule(string rule, string definition) => transaction.Execute(
        "INSERT OR REPLACE INTO alert_rule VALUES ($rule, $definition)", ("$rule", rule), ("$definition", AlertSchema.KeptByChannel + definition));

    public void DeleteRule(string rule) =>
        transaction.Execute("DELETE FROM alert_rule WHERE rule = $rule", ("$rule", rule));

    public bool HasState(string rule, long subject) => states.Has(rule, subject);

    public void DeleteStates(string rule, long subject) => states.Delete(rule, subject);

    private static Episode ReadEpisode(SqliteDataReader reader) => new()
    {
        Id = reader.GetString(0),
        Since = KeptTime(reader.GetInt64(1)),
        Raised = reader.Instant(2),
        Cleared = reader.IsDBNull(3) ? null : reader.Instant(3),
        Peak = reader.GetDouble(4),
        Standing = (EpisodeStanding)reader.GetInt32(5),
        Notices = reader.GetInt32(6),
        LastNotice = reader.IsDBNull(7) ? null : AlertNotice.Read(reader.GetString(7), out _),
        IsPeakBound = reader.GetBoolean(8),
    };

    private static AlertChange ReadChange(SqliteDataReader reader) => new(
        (AlertPhase)reader.GetInt32(0),
        (AlertPhase)reader.GetInt32(1),
        reader.Instant(2),
        reader.GetDouble(3),
        KeptTime(reader.GetInt64(4)),
        reader.GetDouble(5));

    private static DateTimeOffset KeptTime(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private List<SubjectRow> Subjects(string where, ReadOnlySpan<(string, object?)> key) =>
    [
        .. transaction.Query(
            $"""
            SELECT id, site, station, gateway, device, channel, measurand, folded_ns, newest_ns, kept, joint
            FROM alert_subject {where} ORDER BY id
            """,
            reader => MeasurandNames.TryParse(reader.GetString(6), out var measurand)
                ? new SubjectRow(
                    reader.GetInt64(0),
                    new AlertSubject(
                        reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                        reader.GetString(5), measurand),
                    reader.GetInt64(7),
                    reader.GetInt64(8),
                    reader.GetInt64(9),
                    reader.GetString(10))
                : null,
            key).OfType<SubjectRow>(),
    ];
}

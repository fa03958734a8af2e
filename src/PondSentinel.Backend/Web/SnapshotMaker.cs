using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Web.Desk;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>Puts together what the page shows.</summary>
/// <param name="backendId">The backend's name.</param>
/// <param name="rules">The rules.</param>
/// <param name="live">Values and gateways.</param>
/// <param name="alerts">Where the rules stand.</param>
/// <param name="ended">What is over.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="completeness">How complete the channels are; null where nobody keeps account.</param>
/// <param name="averages">The newest averages; null where there are none.</param>
/// <param name="desk">What people have done with alarms; null where there is no desk.</param>
/// <param name="retired">Gateways that were taken down: nothing of them is shown but alerts; null for none.</param>
/// <param name="due">Calibrations that are due; null where nobody looks.</param>
internal sealed class SnapshotMaker(
    string backendId,
    IReadOnlyList<AlertRule> rules,
    LiveView live,
    Func<IReadOnlyList<AlertStatus>> alerts,
    Func<IReadOnlyList<EndedEpisode>> ended,
    TimeProvider time,
    Func<IReadOnlyList<ChannelCompleteness>>? completeness = null,
    Func<IReadOnlyList<NewestAverage>>? averages = null,
    DeskView? desk = null,
    Func<IReadOnlySet<GatewayName>>? retired = null,
    Func<IReadOnlyList<(string Gateway, CalibrationRecord Record)>>? due = null)
{
    // Where a gateway has not said how often it reads a channel.
    private static readonly TimeSpan IntervalAssumed = TimeSpan.FromMinutes(1);

    // A value is under way for this long at most: the buffer's commit and the uplink's latency.
    private static readonly TimeSpan UnderWay = TimeSpan.FromSeconds(30);

    // Those that lack most. Every snapshot carries them.
    internal const int CompletenessMax = 200;

    // As many as people can look through.
    internal const int AveragesMax = 1_000;

    private const int DueMax = 100;

    private readonly Companions companions = new(rules);

    /// <summary>What is now.</summary>
    /// <param name="language">The language of its texts.</param>
    public Snapshot Make(Language language = Language.English)
    {
        var words = Wording.Of(language);
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var gone = retired?.Invoke() ?? new HashSet<GatewayName>();
        var gateways = live.Gateways;
        var meta = gateways.ToDictionary(gateway => gateway.Name, gateway => gateway.Meta);
        var values = live.Values;
        var statuses = alerts();
        var ledger = (completeness?.Invoke() ?? []).Where(channel => !gone.Contains(new GatewayName(channel.Row.Site, channel.Row.Gateway))).ToList();
        return new Snapshot
        {
            NowMs = nowMs,
            Backend = backendId,
            Rules = rules.Count(rule => !BackendRules.All.Contains(rule)),
            Watched = statuses.Count,
            IsFull = live.IsFull,
            Alerts = Alerts(statuses, values, meta, words),
            Silences = [.. (desk?.Silences ?? []).Select(silence => new SilenceView(
                silence.Id, silence.Rule, silence.Site, silence.Station, silence.Device, silence.Until.ToUnixTimeMilliseconds(), silence.By, silence.Why))],
            Ended =
            [
                .. ended().Select(episode => (Episode: episode, Rule: episode.Alarm ?? rules.FirstOrDefault(rule => rule.Id == episode.Rule)))
                    .Where(each => each.Rule is not null).Select(each => Describe(each.Episode, each.Rule!, meta, words)),
            ],
            Sites = Sites([.. values.Where(value => !gone.Contains(value.Name.Gateway))], meta, nowMs, words),
            Averages =
            [
                .. (averages?.Invoke() ?? []).Where(average => !gone.Contains(new GatewayName(average.Of.Site, average.Of.Gateway)))
                    .OrderBy(average => average.Of.Site, StringComparer.Ordinal)
                    .ThenBy(average => average.Of.Station, StringComparer.Ordinal)
                    .ThenBy(average => average.Of.Gateway, StringComparer.Ordinal)
                    .ThenBy(average => average.Of.Device, StringComparer.Ordinal)
                    .ThenBy(average => average.Of.Channel, StringComparer.Ordinal)
                    .ThenBy(average => average.Average.Id, StringComparer.Ordinal)
                    .Take(AveragesMax)
                    .Select(average => Describe(average, meta, words)),
            ],
            Completeness = [.. Worst(ledger).Select(channel => Describe(channel, meta, words))],
            CompletenessChannels = ledger.Count,
            CalibrationsDue = Due(values, meta, words),
            Gateways =
            [
                .. gateways.Where(gateway => !gone.Contains(gateway.Name)).OrderBy(gateway => gateway.Name.Site, StringComparer.Ordinal)
                    .ThenBy(gateway => gateway.Name.Gateway, StringComparer.Ordinal)
                    .Select(gateway => Describe(gateway, nowMs, words)),
            ],
        };
    }

    /// <summary>Whether a channel can still be expected to bring values: its gateway was not taken down, and names its device where it has
    /// said what it has.</summary>
    /// <param name="subject">The channel.</param>
    public bool Expects(AlertSubject subject)
    {
        var name = subject.Owner;
        return retired?.Invoke().Contains(name) != true
            && live.Gateways.FirstOrDefault(gateway => gateway.Name == name)?.Meta?.Devices.All(device => device.Id != subject.Device) != true;
    }

    private List<SiteView> Sites(
        IReadOnlyList<LiveValue> values, Dictionary<GatewayName, MetaMessage?> meta, long nowMs, Wording words)
    {
        var together = companions.Of(values, meta.Values);
        return
        [
            .. values.GroupBy(value => value.Name.Gateway.Site).OrderBy(site => site.Key, StringComparer.Ordinal)
                .Select(site => new SiteView(
                    site.Key,
                    [
                        .. site.GroupBy(value => value.Station).OrderBy(station => station.Key, StringComparer.Ordinal)
                            .Select(station => new StationView(
                                station.Key,
                                StationLabel(station, station.Key, meta),
                                [
                                    .. station.OrderBy(value => value.Name.Device, StringComparer.Ordinal)
                                        .ThenBy(value => value.Measurand)
                                        .ThenBy(value => value.Name.Channel, StringComparer.Ordinal)
                                        .Select(value => Describe(value, meta, nowMs, words) with
                                        {
                                            Beside = [.. (together.GetValueOrDefault(Companions.SubjectOf(value)) ?? []).Select(other => Beside(other, meta, words))],
                                        }),
                                ])),
                    ])),
        ];
    }

    private static CompanionView Beside(LiveValue value, Dictionary<GatewayName, MetaMessage?> meta, Wording words) => new(
        value.Name.Gateway.Site, value.Station, StationLabel([value], value.Station, meta), value.Name.Gateway.Gateway, value.Name.Device, value.Name.Channel,
        LabelOf(value, meta, words));

    private static string LabelOf(LiveValue value, Dictionary<GatewayName, MetaMessage?> meta, Wording words) =>
        DeviceOf(value, meta)?.Channels.FirstOrDefault(known => known.Id == value.Name.Channel)?.Label ?? words.Label(value.Measurand);

    // Of channels that are here: a device that is gone needs none.
    private List<DueView> Due(IReadOnlyList<LiveValue> values, Dictionary<GatewayName, MetaMessage?> meta, Wording words) =>
    [
        .. (due?.Invoke() ?? []).SelectMany(calibration => values
                .Where(value => (value.Name.Gateway.Gateway, value.Name.Device, value.Name.Channel)
                    == (calibration.Gateway, calibration.Record.Device, calibration.Record.Channel))
                .Select(value => new DueView(
                    value.Name.Gateway.Site, value.Station, calibration.Gateway, value.Name.Device, value.Name.Channel,
                    LabelOf(value, meta, words),
                    calibration.Record.TimeMs, calibration.Record.DueMs!.Value)))
            .Take(DueMax),
    ];

    private static IEnumerable<ChannelCompleteness> Worst(IReadOnlyList<ChannelCompleteness> ledger) => ledger
        .OrderBy(channel => channel.Today.Thousandths)
        .ThenBy(channel => channel.Month.Thousandths)
        .ThenBy(channel => channel.Row.Gateway, StringComparer.Ordinal)
        .ThenBy(channel => channel.Row.Channel.Device, StringComparer.Ordinal)
        .ThenBy(channel => channel.Row.Channel.Channel, StringComparer.Ordinal)
        .Take(CompletenessMax);

    private static AverageView Describe(NewestAverage newest, Dictionary<GatewayName, MetaMessage?> meta, Wording words)
    {
        var (average, of, value) = (newest.Average, newest.Of, newest.Value);
        var device = meta.GetValueOrDefault(new GatewayName(of.Site, of.Gateway))?.Devices.FirstOrDefault(known => known.Id == of.Device);
        var label = device?.Channels.FirstOrDefault(known => known.Id == of.Channel)?.Label ?? words.Label(of.Measurand);
        return new AverageView
        {
            Site = of.Site,
            Station = of.Station,
            Gateway = of.Gateway,
            Device = of.Device,
            Channel = of.Channel,
            Average = average.Id,
            Label = words.Either($"{label}, {average.Label}", $"{label}，{average.LabelZh}")!,
            Measurand = average.Gives.WireName,
            Unit = words.Unit(average.Gives.Unit),
            Value = value.Value,
            Text = value.Value is { } number ? Wording.Number(average.Gives, number) : null,
            EndMs = newest.EndMs,
            OldAfterMs = (long)(2 * average.Spacing).TotalMilliseconds,
            State = newest.State,
            Hours = value.Valid,
            Needed = average.Needed,
            Length = average.Rule.Hours,
            Grade = device?.Grade,
        };
    }

    private static CompletenessView Describe(ChannelCompleteness channel, Dictionary<GatewayName, MetaMessage?> meta, Wording words)
    {
        var row = channel.Row;
        var device = meta.GetValueOrDefault(new GatewayName(row.Site, row.Gateway))?.Devices
            .FirstOrDefault(known => known.Id == row.Channel.Device);
        return new CompletenessView
        {
            Site = row.Site,
            Station = row.Station,
            Gateway = row.Gateway,
            Device = row.Channel.Device,
            Channel = row.Channel.Channel,
            Label = device?.Channels.FirstOrDefault(known => known.Id == row.Channel.Channel)?.Label
                ?? (row.Measurand is { } measurand ? words.Label(measurand) : row.Channel == LedgerChannel.OfGateway ? words.NoChannel : row.Channel.Channel),
            Today = Describe(channel.Today, words),
            Month = Describe(channel.Month, words),
        };
    }

    private static CompletenessSpan Describe(LedgerSummary summary, Wording words) => new()
    {
        Share = summary.Thousandths / 1000.0,
        Expected = summary.Expected,
        Text = words.Completeness(summary),
        Late = summary.Late,
        Extra = summary.Extra,
        Parts = [.. summary.Parts.Select(part => new CompletenessPart(
            part.Fate.Token, words.Fate(part.Fate), part.Count, words.Span(part.Ms), part.Fate.IsComplete))],
    };

    private static string? StationLabel(IEnumerable<LiveValue> values, string station, Dictionary<GatewayName, MetaMessage?> meta) =>
        values.Select(value => meta.GetValueOrDefault(value.Name.Gateway))
            .SelectMany(message => message?.Stations ?? [])
            .FirstOrDefault(known => known.Id == station)?.Label;

    private static ValueView Describe(LiveValue value, Dictionary<GatewayName, MetaMessage?> meta, long nowMs, Wording words)
    {
        var device = DeviceOf(value, meta);
        var oldAfterMs = OldAfterMs(device);
        return new ValueView
        {
            Gateway = value.Name.Gateway.Gateway,
            Device = value.Name.Device,
            DeviceLabel = device?.Label,
            Channel = value.Name.Channel,
            Label = LabelOf(value, meta, words),
            Measurand = value.Measurand.WireName,
            Unit = words.Unit(value.Measurand.Unit),
            Value = value.Value,
            Text = value.Value is { } number ? Wording.Number(value.Measurand, number) : null,
            TimeMs = value.TimeMs,
            OldAfterMs = oldAfterMs,
            IsOld = nowMs - value.TimeMs > oldAfterMs,
            Flag = Wording.Token(value.Flag),
            Reasons = words.Reasons(value.Clock == ClockSource.Est ? value.Why | Why.EstimatedTime : value.Why),
            Grade = device?.Grade,
            LastText = value is { Value: null, LastNumber: { } last } ? Wording.Number(value.Measurand, last.Value) : null,
            LastMs = value is { Value: null, LastNumber: { } lastly } ? lastly.TimeMs : null,
            Beside = [],
        };
    }

    private static MetaDevice? DeviceOf(LiveValue value, Dictionary<GatewayName, MetaMessage?> meta) =>
        meta.GetValueOrDefault(value.Name.Gateway)?.Devices.FirstOrDefault(known => known.Id == value.Name.Device);

    // By then the next two values were due.
    private static long OldAfterMs(MetaDevice? device)
    {
        var interval = Math.Clamp(
            device?.IntervalMs ?? (long)IntervalAssumed.TotalMilliseconds, 0, (long)TimeSpan.FromDays(31).TotalMilliseconds);
        return (2 * interval) + (long)UnderWay.TotalMilliseconds;
    }

    private List<AlertView> Alerts(
        IReadOnlyList<AlertStatus> statuses, IReadOnlyList<LiveValue> values, Dictionary<GatewayName, MetaMessage?> meta, Wording words)
    {
        var byName = values.ToDictionary(value => value.Name);
        return
        [
            .. statuses.Where(status => status.Phase != AlertPhase.Normal)
                .OrderByDescending(status => status.Phase == AlertPhase.Firing)
                .ThenByDescending(status => status.Phase == AlertPhase.Pending)
                .ThenByDescending(status => status.Rule.Severity)
                .ThenBy(status => status.Since)
                .ThenBy(status => status.Rule.Id, StringComparer.Ordinal)
                .ThenBy(status => status.Subject.ToString(), StringComparer.Ordinal)
                .Select(status => Describe(status, byName, meta, words)),
        ];
    }

    private AlertView Describe(
        AlertStatus status, Dictionary<ChannelName, LiveValue> values, Dictionary<GatewayName, MetaMessage?> meta, Wording words)
    {
        var (rule, subject) = (status.Rule, status.Subject);
        var name = new ChannelName(subject.Owner, subject.Device, subject.Channel);

        // The device may have moved on: what it measures elsewhere says nothing of this place.
        var present = values.GetValueOrDefault(name) is { } value && value.Station == subject.Station ? value : null;
        var isBeyond = IsBeyond(rule, present);
        var alarm = desk?.Of(status);
        return new AlertView
        {
            Rule = rule.Id,
            Phase = status.Phase.Word,
            Severity = rule.Severity.Word,
            Site = subject.Site,
            Station = subject.Station,
            Channel = $"{subject.Device}.{subject.Channel}",
            Measurand = words.Quantity(rule),
            Unit = words.Unit(rule.Unit),
            Value = rule.StatisticText is null && present?.LastNumber is { } number
                ? words.Number(rule, subject.Measurand, number.Value, isBeyond)
                : null,
            ValueMs = present?.LastNumber?.TimeMs,
            OldAfterMs = OldAfterMs(present is null ? null : DeviceOf(present, meta)),
            Peak = Worst(status, present, isBeyond) is { } worst ? words.Number(rule, subject.Measurand, worst, status.IsPeakBound || isBeyond) : null,
            Limit = FormattableString.Invariant($"{rule.Threshold.RaiseLimit}"),
            Side = rule.Threshold.Side.Word,
            SinceMs = status.Since?.ToUnixTimeMilliseconds(),
            Grade = status.Grade,
            Text = words.Meaning(rule),
            Do = words.Either(rule.Do, rule.DoZh),
            Standard = rule.Standard,
            Clause = words.Clause(rule),
            Device = subject.Device,
            Alarm = alarm?.Id,
            Episode = status.Episode,
            Acknowledged = alarm?.Acknowledged is { } taken ? new AcknowledgedView(taken.By, taken.At.ToUnixTimeMilliseconds(), taken.Note) : null,
            SilencedUntilMs = alarm is null ? null : desk!.Silences.LastOrDefault(silence => silence.Covers(alarm))?.Until.ToUnixTimeMilliseconds(),
        };
    }

    // The engine tells its peak at steps of phase only; a number that has gone beyond it since is on the page beside it. What the
    // limit of a statistic is held against is another number.
    private static double? Worst(AlertStatus status, LiveValue? present, bool isBeyond) => (status.Peak, present) switch
    {
        ({ } peak, { Value: { } now } value) when status.Rule.StatisticText is null && (isBeyond || value.Flag != QualityFlag.Fail) =>
            status.Rule.Threshold.Worse(peak, now),
        var (peak, _) => peak,
    };

    // Whether the present value is past the limit, and at least so much.
    private static bool IsBeyond(AlertRule rule, LiveValue? present) =>
        rule.StatisticText is null && present is { Value: { } now } && rule.Threshold.Exceeds(now)
        && rule.Judged(new AlertSample(DateTimeOffset.UnixEpoch, now, present.Flag, present.Why)).IsAtLeast;

    private static EndedView Describe(EndedEpisode episode, AlertRule rule, Dictionary<GatewayName, MetaMessage?> meta, Wording words) => new()
    {
        Rule = rule.Id,
        Severity = rule.Severity.Word,
        Site = episode.Subject.Site,
        Station = episode.Subject.Station,
        Channel = $"{episode.Subject.Device}.{episode.Subject.Channel}",
        Measurand = words.Quantity(rule),
        Unit = words.Unit(rule.Unit),
        Peak = words.Number(rule, episode.Subject.Measurand, episode.Peak, episode.IsPeakBound),
        Limit = FormattableString.Invariant($"{rule.Threshold.RaiseLimit}"),
        Side = rule.Threshold.Side.Word,
        SinceMs = episode.Since.ToUnixTimeMilliseconds(),
        ClearedMs = episode.Cleared.ToUnixTimeMilliseconds(),
        BackMs = episode.Back?.ToUnixTimeMilliseconds(),
        Grade = meta.GetValueOrDefault(episode.Subject.Owner)
            ?.Devices.FirstOrDefault(device => device.Id == episode.Subject.Device)?.Grade,
        Text = words.Meaning(rule),
    };

    private static GatewayView Describe(LiveGateway gateway, long nowMs, Wording words) => new()
    {
        Site = gateway.Name.Site,
        Id = gateway.Name.Gateway,
        Standing = gateway.StandingAt(nowMs) switch
        {
            GatewayStanding.On => "on",
            GatewayStanding.Stopped => "stopped",
            _ => "offline",
        },
        HeardMs = gateway.HeardMs,
        Hardware = gateway.State?.Hardware,
        Software = gateway.State?.Software,
        Health = gateway.Health is { } health ? Describe(health, words) : null,
    };

    private static HealthView Describe(HealthMessage health, Wording words) => new()
    {
        TimeMs = health.TimeMs,
        Unsettled = health.Unsettled,
        UnsettledBytes = health.UnsettledBytes,
        OldestUnsettledMs = health.OldestUnsettledMs,
        BufferBytes = health.BufferBytes,
        BufferBytesMax = health.BufferBytesMax,
        BufferFault = health.BufferFault,
        Lost =
        [
            .. health.Lost.Where(loss => loss.Value > 0).OrderBy(loss => loss.Key)
                .Select(loss => new LossView(words.Loss(loss.Key), loss.Value, loss.Key.Token)),
        ],
        Clock = health.Clock is { } clock ? words.Clock(clock.Source) : null,
        ClockErrorMs = health.Clock?.ErrorMs,
        ClockAheadMs = health.AgainstBackend?.OffMs,
        CertificateDays = health.CertificateDays,
    };
}

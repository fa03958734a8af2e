using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting.Wording;

/// <summary>Notices as the engine makes them, one of each kind that people get to read.</summary>
internal static class SampleNotices
{
    public static readonly DateTimeOffset Start = new(2026, 7, 1, 18, 10, 0, TimeSpan.Zero);

    private static readonly AlertRule Leak = new()
    {
        Id = "effluent-nh4",
        Measurand = Measurand.AmmoniumNitrogen,
        Severity = Severity.High,
        Text = "Ammonium at the outlet is above the discharge limit",
        TextZh = "排放口铵氮超过排放限值",
        Do = "Close valve V3 and take a grab sample",
        DoZh = "关闭 V3 阀，采集瞬时水样",
        Standard = "GB 26451-2011",
        Clause = "Table 2",
        Threshold = Limit(LimitSide.Above, 15, 13.5),
    };

    private static readonly AlertRule Acid = new()
    {
        Id = "acid",
        Measurand = Measurand.Ph,
        Severity = Severity.Urgent,
        Text = "pH is below 6",
        Threshold = Limit(LimitSide.Below, 6, 6.2),
    };

    private static readonly AlertRule Dust = new()
    {
        Id = "dust-day",
        Measurand = Measurand.Pm10,
        Statistic = new MeanStatistic { Period = TimeSpan.FromHours(24), IsByClock = true, UtcOffset = TimeSpan.FromHours(8), Complete = 0.83 },
        Severity = Severity.Medium,
        Text = "PM10 was above the daily limit of class II",
        TextZh = "PM10 日均值超过二级限值",
        Do = "Wet roads and heaps",
        DoZh = "对道路和堆场洒水",
        Standard = "GB 3095-2026",
        Clause = "class II, 24 h mean",
        Threshold = Limit(LimitSide.Above, 120, 120),
    };

    private static readonly AlertRule Usual = Leak with
    {
        Id = "nh4-rise",
        Statistic = new DeviationStatistic { Period = TimeSpan.FromDays(14), Scale = DeviationScale.Mad, MadMin = 0.3333 },
        Text = "Ammonium is above what was usual",
        TextZh = "铵氮高于常态",
        Standard = null,
        Clause = null,
        Threshold = Limit(LimitSide.Above, 3, 2),
    };

    private static readonly AlertRule Offline = new()
    {
        Id = "offline",
        Measurand = Measurand.GatewaySilence,
        Severity = Severity.High,
        Text = "Nothing is heard of a gateway",
        TextZh = "网关失联",
        Do = "Look at its power and its link",
        DoZh = "检查其电源和通信",
        Threshold = Limit(LimitSide.Above, 30, 30),
    };

    private static readonly AlertSubject Outlet = new("gannan", "outlet", "gz-07", "outlet-nh4", "nh4n", Measurand.AmmoniumNitrogen);
    private static readonly AlertSubject Stream = new("gannan", "stream", "gz-07", "ph-1", "ph", Measurand.Ph);
    private static readonly AlertSubject Village = new("baotou", "village", "gz-11", "dust-1", "pm10", Measurand.Pm10);
    private static readonly ChannelBackground Calibrated = new("reference", Start.AddDays(-11))
    {
        Place = new MetaStation { Id = "outlet", Label = "Outlet of pond 3", Latitude = 24.816203, Longitude = 114.98 },
    };

    public static IReadOnlyDictionary<string, AlertNotice> All { get; } = new Dictionary<string, AlertNotice>(StringComparer.Ordinal)
    {
        ["firing"] = Of(Leak, Outlet, NoticeKind.Firing, Value(10, 16.2), 16.9, until: null, Calibrated),
        ["firing-suspect"] = Of(
            Acid, Stream, NoticeKind.Firing,
            Value(10, 5.996) with { Flag = QualityFlag.Suspect, Why = Why.Spike | Why.Disagrees }, 5.996, until: null, ChannelBackground.None),
        ["firing-beyond"] = Of(
            Leak, Outlet, NoticeKind.Firing, Value(10, 100) with { Flag = QualityFlag.Fail, Why = Why.OverRange, IsAtLeast = true }, 100, until: null, Calibrated, isPeakBound: true),
        ["firing-mean"] = Of(
            Dust, Village, NoticeKind.Firing, Value(1430, 131.4) with { Complete = 22 / 24.0 }, 131.4, until: null, new ChannelBackground("indicative", Start.AddDays(2))),
        ["firing-difference"] = Of(Leak, Outlet, NoticeKind.Firing, Value(10, 16.2), 16.9, until: null, Calibrated) with
        {
            Statistic = "difference to spring",
            StatisticZh = "与 spring 之差",
            Own = Reading("outlet", "outlet-nh4", 17.1),
            Against = [Reading("spring", "spring-nh4", 0.9)],
            Beside = [Reading("bridge", "bridge-nh4", 0.4)],
            Conditions =
            [
                new ConditionReading
                {
                    Text = "Conductivity above 100 µS/cm at the same station",
                    TextZh = "同一站点的电导率高于 100 µS/cm",
                    Readings = [Reading("outlet", "ec-1", 412) with { Channel = "ec", Measurand = "conductivity_us_cm", Unit = "µS/cm" }],
                },
            ],
        },
        ["cleared"] = Of(Leak, Outlet, NoticeKind.Cleared, Value(95, 12.25), 22.75, until: 95, Calibrated, back: 65),
        ["cleared-out-of-force"] = Of(Leak, Outlet, NoticeKind.Cleared, Value(95, 20), 22.75, until: 95, Calibrated),
        ["cleared-beyond"] = Of(Leak, Outlet, NoticeKind.Cleared, Value(95, 12.25), 400, until: 95, Calibrated, isPeakBound: true, back: 95),
        ["past-beyond"] = Of(Acid, Stream, NoticeKind.Past, Value(10, 2) with { IsAtLeast = true }, 2, until: 60 * 26, ChannelBackground.None, isPeakBound: true),
        ["cleared-usual"] = Of(Usual, Outlet, NoticeKind.Cleared, Value(60 * 24 * 31, 0.2), 14, until: 60 * 24 * 31, Calibrated),
        ["past"] = Of(Leak, Outlet, NoticeKind.Past, Value(10, 22.75), 22.75, until: 60 * 26, Calibrated, back: (60 * 26) - 30),
        ["withdrawn"] = AlertNotice.Withdrawing(
            Of(Leak, Outlet, NoticeKind.Firing, Value(10, 16.2), 16.9, until: null, Calibrated), 2, Start.AddMinutes(40)),
        ["withdrawn-moved"] = AlertNotice.Withdrawing(
            Of(Leak, Outlet, NoticeKind.Firing, Value(10, 16.2), 16.9, until: null, Calibrated), 2, Start.AddMinutes(40), "baotou"),
        ["withdrawn-rule"] = Withdrawn(WithdrawalCauses.Rule),
        ["withdrawn-values"] = Withdrawn(WithdrawalCauses.Values),
        ["withdrawn-clock"] = Withdrawn(WithdrawalCauses.Clock),
        ["firing-silence"] = Silence(NoticeKind.Firing, null),
        ["cleared-silence"] = Silence(NoticeKind.Cleared, 130),
        ["past-silence"] = Silence(NoticeKind.Past, 130),
    };

    public static AlertNotice Firing => All["firing"];

    private static AlertNotice Withdrawn(string cause) => AlertNotice.Withdrawing(
        Of(Leak, Outlet, NoticeKind.Firing, Value(10, 16.2), 16.9, until: null, Calibrated), 2, Start.AddMinutes(40), cause: cause);

    // Heard for the last time at the start.
    private static AlertNotice Silence(NoticeKind kind, double? back) => Of(
        Offline, AlertSubject.Of(new GatewayName("gannan", "gz-07")), kind, Value(back ?? 31, back is null ? 31 : 0.2), back ?? 31, back + 5,
        ChannelBackground.None with { Heard = Start }, back: back) with { Since = Start.AddMinutes(30) };

    private static AlertNotice Of(
        AlertRule rule, AlertSubject subject, NoticeKind kind, StepValue value, double peak, double? until, ChannelBackground background, bool isPeakBound = false, double? back = null) =>
        AlertNotice.Of(
            rule, subject, kind, $"{rule.Id}.{subject.TopicName}.1782886200000", 1,
            new NoticeStep(value, IsJudged: true, (peak, isPeakBound), Start, until is { } minute ? Start.AddMinutes(minute) : null)
            {
                Back = back is { } then ? Start.AddMinutes(then) : null,
            },
            background);

    private static ChannelReading Reading(string station, string device, double value) => new()
    {
        Site = "gannan", Station = station, Device = device, Channel = "nh4n", Measurand = "ammonium_n_mg_l", Unit = "mg/L as N", Value = value,
        Time = Start.AddMinutes(9),
    };

    private static StepValue Value(double minute, double value) => new(Start.AddMinutes(minute), value);

    private static ThresholdRule Limit(LimitSide side, double raise, double clear) => new()
    {
        Side = side,
        RaiseLimit = raise,
        ClearLimit = clear,
        HoldRaise = TimeSpan.FromMinutes(10),
        HoldClear = TimeSpan.FromMinutes(30),
    };
}

using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting.Wording;

namespace PondSentinel.Tests.Backend.Notification.Wording;

/// <summary>Messages as the desk makes them, one of each kind.</summary>
internal static class SampleMessages
{
    private static readonly DateTimeOffset Made = SampleNotices.Start.AddMinutes(11);

    public static IReadOnlyDictionary<string, AlertMessage> All { get; } = new Dictionary<string, AlertMessage>(StringComparer.Ordinal)
    {
        ["alert"] = Of(MessageKind.Alert, SampleNotices.Firing),
        ["group"] = Of(MessageKind.Alert, SampleNotices.All["cleared"], SampleNotices.All["firing-suspect"]) with { HeldBack = 1 },
        ["reminder"] = Of(MessageKind.Reminder, SampleNotices.Firing) with { Reminder = 3 },
        ["reminder-newest"] = Again(MessageKind.Reminder, Later(SampleNotices.Firing, 60, 62)),
        ["reminder-back"] = Again(MessageKind.Reminder, Later(SampleNotices.Firing, 14.2, 62)),
        ["reminder-nothing-newer"] = Again(MessageKind.Reminder, Nothing(SampleNotices.Firing, LaterCause.NoValue)),
        ["reminder-unusable"] = Again(
            MessageKind.Reminder,
            Later(SampleNotices.Firing, 60, 62) with { None = LaterCause.Unusable, UnusableFlag = QualityFlag.Missing, UnusableWhy = [.. WhyTokens.Tokens(Why.NoAnswer)] }),
        ["reminder-suspect"] = Again(
            MessageKind.Reminder, Later(SampleNotices.Firing, 60, 62) with { Flag = QualityFlag.Suspect, Why = [.. WhyTokens.Tokens(Why.Spike)] }),
        ["reminder-gateway"] = Again(MessageKind.Reminder, Nothing(SampleNotices.Firing, LaterCause.Gateway)),
        ["reminder-unknown"] = Again(MessageKind.Reminder, Nothing(SampleNotices.Firing, LaterCause.Unknown)),
        ["escalation-beyond"] = Again(
            MessageKind.Escalation,
            Later(SampleNotices.Firing, 100, 100) with { Flag = QualityFlag.Fail, Why = [.. WhyTokens.Tokens(Why.OverRange)], Bound = true, PeakBound = true }),
        ["reminder-several"] = Again(
            MessageKind.Reminder,
            Later(SampleNotices.Firing, 60, 62),
            Later(SampleNotices.All["firing-suspect"], 5.1, 4.9),
            Later(SampleNotices.All["firing-mean"], 140.2, 140.2) with { Flag = null, Complete = 88, None = LaterCause.Undecided }),
        ["flapping-over"] = Of(MessageKind.Alert, SampleNotices.All["cleared"]) with
        {
            Flapping = [new FlapReport(SampleNotices.Firing.Episode, 7, SampleNotices.Start, IsOver: true)],
        },
        ["flapping-gone"] = Again(MessageKind.Reminder, Nothing(SampleNotices.Firing, null) with { Over = SampleNotices.Start.AddMinutes(40) }) with
        {
            Flapping = [new FlapReport(SampleNotices.Firing.Episode, 4, SampleNotices.Start, IsOver: false)],
        },
        ["escalation"] = Of(MessageKind.Escalation, SampleNotices.Firing),
        ["flapping"] = Of(MessageKind.Alert, SampleNotices.Firing) with
        {
            Flapping = [new FlapReport(SampleNotices.Firing.Episode, 4, SampleNotices.Start, IsOver: false)],
        },
        ["acknowledged"] = Of(MessageKind.Alert, SampleNotices.All["cleared"]) with
        {
            Acknowledged = [new Acknowledgement(SampleNotices.Firing.Episode, "li", SampleNotices.Start.AddMinutes(20), "on my way")],
        },
        ["digest"] = Of(MessageKind.Digest, SampleNotices.All["firing-mean"], SampleNotices.All["past"]),
        ["test"] = Of(MessageKind.Test) with { Site = null, By = "li" },
    };

    public static AlertMessage Of(MessageKind kind, params AlertNotice[] notices) => new()
    {
        Id = "m7",
        Kind = kind,
        Site = notices.Select(notice => notice.Site).Distinct(StringComparer.Ordinal).ToList() is [var only] ? only : null,
        Notices = notices,
        MadeAt = Made,
    };

    private static AlertMessage Again(MessageKind kind, params LaterState[] later)
    {
        var notices = later.Select(state => SampleNotices.All.Values.First(notice => notice.Phase == NoticeKind.Firing && notice.Episode == state.Episode));
        return Of(kind, [.. notices]) with { Reminder = kind == MessageKind.Reminder ? 1 : 0, Later = later, MadeAt = Made.AddHours(4) };
    }

    private static LaterState Later(AlertNotice notice, double value, double peak) => Nothing(notice, null) with
    {
        Value = value, Time = notice.Time.AddHours(3).AddMinutes(58), Flag = QualityFlag.Good, Peak = peak,
    };

    private static LaterState Nothing(AlertNotice notice, LaterCause? why) =>
        new() { Episode = notice.Episode, LookedAt = Made.AddHours(4), Peak = notice.Peak, PeakBound = false, None = why };

    /// <summary>A message in which everything that comes from outside is as bad as it gets.</summary>
    /// <param name="text">What an attacker would write.</param>
    public static AlertMessage Hostile(string text) => Of(
        MessageKind.Alert,
        SampleNotices.Firing with
        {
            Site = text, Station = text, Gateway = text, Device = text, Channel = text, Measurand = text, Unit = text, Grade = text,
            Statistic = text, StatisticZh = text, Text = text, TextZh = text, Do = text, DoZh = text, Standard = text, Clause = text, Rule = text,
            Side = text, Episode = text, StationLabel = text,
        }) with
    {
        Flapping = [new FlapReport(text, 4, SampleNotices.Start, IsOver: false)],
        Acknowledged = [new Acknowledgement(text, text, SampleNotices.Start, text)],
        By = text,
    };

    /// <summary>The same where it is told again.</summary>
    public static AlertMessage HostileAgain(string text) => Hostile(text) with
    {
        Kind = MessageKind.Reminder,
        Later = [Later(SampleNotices.Firing, 60, 62) with { Episode = text, Why = [text], None = LaterCause.Unusable, UnusableWhy = [text] }],
    };
}

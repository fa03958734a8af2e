using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
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

    /// <summary>A message in which everything that comes from outside is as bad as it gets.</summary>
    /// <param name="text">What an attacker would write.</param>
    public static AlertMessage Hostile(string text) => Of(
        MessageKind.Alert,
        SampleNotices.Firing with
        {
            Site = text, Station = text, Gateway = text, Device = text, Channel = text, Measurand = text, Unit = text, Grade = text,
            Statistic = text, StatisticZh = text, Text = text, TextZh = text, Do = text, DoZh = text, Standard = text, Clause = text, Rule = text,
            Side = text,
        }) with
    {
        Flapping = [new FlapReport(SampleNotices.Firing.Episode, 4, SampleNotices.Start, IsOver: false)],
        Acknowledged = [new Acknowledgement(SampleNotices.Firing.Episode, text, SampleNotices.Start, text)],
        By = text,
    };
}

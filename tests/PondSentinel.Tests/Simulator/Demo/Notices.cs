using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Simulator.Demo;

namespace PondSentinel.Tests.Simulator.Demo;

/// <summary>Notices for tests of those who are told.</summary>
internal static class Notices
{
    private static readonly DateTimeOffset Noon = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A notice of the leak.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="phase">What is told.</param>
    public static AlertNotice Leak(string id, NoticeKind phase = NoticeKind.Firing) => new()
    {
        Id = id,
        Episode = "episode",
        Rule = DemoRules.Ammonium,
        Phase = phase,
        Severity = Severity.High,
        Site = "demo-hill",
        Station = "downstream",
        Gateway = "gw-1",
        Device = "downstream-nh4",
        Channel = "nh4n",
        Measurand = "nh4n",
        Unit = "mg/L as N",
        Value = 20,
        Peak = 20,
        Limit = 15,
        Side = "above",
        Since = Noon,
        Time = Noon,
        Summary = "Ammonium is high",
        Text = "The pond may leak",
        Do = "Stop the inflow",
    };
}

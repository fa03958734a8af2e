using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Simulator.Demo;

/// <summary>The alert rules of the demo, their holds in real time. Their limits lie well away from where the story's
/// levels settle, so that neither noise nor the moment of sampling decides what happens: tested over many seeds.</summary>
internal static class DemoRules
{
    /// <summary>Id of the rule that sees the leak first.</summary>
    public const string Ammonium = "leak-ammonium";

    /// <summary>Id of the rule on acid water.</summary>
    public const string Acid = "leak-acid";

    /// <summary>Id of the rule on dust.</summary>
    public const string Dust = "yard-dust";

    private static readonly TimeSpan SilenceMax = TimeSpan.FromMinutes(30);

    /// <summary>The rules.</summary>
    /// <param name="speed">Simulated seconds in a real second.</param>
    public static IReadOnlyList<AlertRule> All(double speed) =>
    [
        new()
        {
            Id = Ammonium,
            Measurand = Measurand.AmmoniumNitrogen,
            Station = SiteLayout.Downstream,
            Threshold = Threshold(LimitSide.Above, 15, 13.5, minutesRaise: 10, minutesClear: 30, speed),
            Severity = Severity.High,
            Text = "Ammonium below the pond is above the discharge limit: the pond may leak",
            Do = "Stop the inflow, look at the liner, take a grab sample below the pond",
            Standard = "GB 26451-2011",
            Clause = "Table 2, NH3-N, direct discharge",
        },
        new()
        {
            Id = Acid,
            Measurand = Measurand.Ph,
            Station = SiteLayout.Downstream,
            Threshold = Threshold(LimitSide.Below, 6, 6.2, minutesRaise: 15, minutesClear: 20, speed),
            Severity = Severity.High,
            Text = "The stream below the pond is acid",
            Do = "Warn those who take water from the stream",
        },
        new()
        {
            Id = Dust,
            Measurand = Measurand.Pm10,
            Station = SiteLayout.Yard,
            Threshold = Threshold(LimitSide.Above, 250, 200, minutesRaise: 10, minutesClear: 20, speed),
            Severity = Severity.Medium,
            Text = "Dust is blowing over the yard: an operational limit, not the daily one",
            Do = "Wet the haul road, close the windows",
        },
    ];

    private static ThresholdRule Threshold(
        LimitSide side, double raise, double clear, int minutesRaise, int minutesClear, double speed) => new()
        {
            Side = side,
            RaiseLimit = raise,
            ClearLimit = clear,
            HoldRaise = SiteClock.Real(TimeSpan.FromMinutes(minutesRaise), speed),
            HoldClear = SiteClock.Real(TimeSpan.FromMinutes(minutesClear), speed),
            SilenceMax = SiteClock.Real(SilenceMax, speed),
        };
}

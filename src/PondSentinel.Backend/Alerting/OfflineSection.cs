using PondSentinel.Alerting;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Alerting;

/// <summary>Reads a rule about gateways that nothing is heard of: <c>offline = "30m"</c> stands in place of limits.</summary>
internal static class OfflineSection
{
    private static readonly TimeSpan LongestMax = TimeSpan.FromDays(7);
    private static readonly TimeSpan HoldMax = TimeSpan.FromDays(1);
    private static readonly TimeSpan HoldDefault = TimeSpan.FromMinutes(5);

    private static readonly string[] NotOfGateways =
    [
        "measurand", "station", "device", "channel", "raise_above", "raise_below", "raise_outside", "clear_above", "clear_below", "clear_inside",
        "hold_raise", "silence", "statistic", "against", "when", "unless", "confirmed_by",
    ];

    /// <summary>Reads it.</summary>
    /// <param name="section">The rule's table.</param>
    public static List<(string Suffix, ThresholdRule Threshold)> Read(TomlSection section)
    {
        var limit = section.Duration("offline", HeardTable.GapMin, LongestMax);
        var holdClear = section.Duration("hold_clear", TimeSpan.Zero, HoldMax) ?? HoldDefault;
        foreach (var other in NotOfGateways.Where(section.Has))
        {
            section.Refuse(other, $"{other} does not go with offline", "a rule about gateways has offline, hold_clear, site and gateway");
        }

        return limit is { } l
            ?
            [
                ("", new ThresholdRule
                {
                    Side = LimitSide.Above,
                    RaiseLimit = l.TotalMinutes,
                    ClearLimit = l.TotalMinutes,
                    HoldRaise = TimeSpan.Zero,
                    HoldClear = TimeSpan.FromMilliseconds(Math.Ceiling(holdClear.TotalMilliseconds)),
                }),
            ]
            : [];
    }
}

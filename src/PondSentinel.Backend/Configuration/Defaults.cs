using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Configuration;

/// <summary>What holds where nobody has said anything: a backend that works whole on one machine.</summary>
public static class Defaults
{
    /// <summary>The backend's name.</summary>
    public const string Id = "b1";

    /// <summary>The station that the discharge rules are about. A leaching pond itself is always far over these limits.
    /// </summary>
    private const string Outlet = "outlet";

    /// <summary>The user's data folder: <c>$XDG_DATA_HOME/pondsentinel</c> or <c>~/.local/share/pondsentinel</c>.</summary>
    public static string Folder { get; } = Path.Combine(
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "pondsentinel");

    /// <summary>The rules of a backend without a configuration. Where they come from stands in their texts; what no
    /// standard says is called an operational threshold.</summary>
    public static IReadOnlyList<AlertRule> Rules { get; } =
    [
        new()
        {
            Id = "outlet-ammonium",
            Measurand = Measurand.AmmoniumNitrogen,
            Station = Outlet,
            Threshold = Limit(LimitSide.Above, 15, 13.5, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)),
            Severity = Severity.High,
            Text = "Ammonium at the outlet is above the discharge limit for rare-earth mines",
            TextZh = "排放口铵氮超过稀土矿排放限值",
            Do = "Stop the discharge, take a grab sample, and look for a leak upstream",
            DoZh = "停止排放，采集瞬时水样，向上游排查渗漏",
            Standard = "GB 26451-2011",
            Clause = "Table 2, direct discharge",
            ClauseZh = "表 2，直接排放",
        },
        new()
        {
            Id = "outlet-acid",
            Measurand = Measurand.Ph,
            Station = Outlet,
            Threshold = Limit(LimitSide.Below, 6, 6.2, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)),
            Severity = Severity.High,
            Text = "pH at the outlet is below 6, the usual lower bound for discharge",
            TextZh = "排放口 pH 低于 6（通常的排放下限）",
            Do = "Stop the discharge, check the lime dosing, and look for a leak upstream",
            DoZh = "停止排放，检查石灰投加，向上游排查渗漏",
        },
        new()
        {
            Id = "outlet-alkaline",
            Measurand = Measurand.Ph,
            Station = Outlet,
            Threshold = Limit(LimitSide.Above, 9, 8.8, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)),
            Severity = Severity.High,
            Text = "pH at the outlet is above 9, the usual upper bound for discharge; ammonium turns into toxic ammonia",
            TextZh = "排放口 pH 高于 9（通常的排放上限）；铵将转化为有毒的氨",
            Do = "Stop the discharge and check the lime dosing",
            DoZh = "停止排放，检查石灰投加",
        },
        new()
        {
            Id = "dust",
            Measurand = Measurand.Pm10,
            Threshold = Limit(LimitSide.Above, 250, 200, TimeSpan.FromHours(1), TimeSpan.FromHours(1)),
            Severity = Severity.Medium,
            Text = "PM10 has been above 250 µg/m³ for an hour: an operational threshold, not the daily limit",
            TextZh = "PM10 持续一小时高于 250 µg/m³（管理阈值，不是日均限值）",
            Do = "Wet the roads and heaps, cover loads, and tell the people downwind to close their windows",
            DoZh = "对道路和堆场洒水，遮盖运输物料，通知下风向居民关窗",
        },
    ];

    /// <summary>The whole configuration.</summary>
    public static BackendConfiguration Configuration => new() { Id = Id, Folder = Folder, Rules = Rules };

    private static ThresholdRule Limit(
        LimitSide side, double raise, double clear, TimeSpan holdRaise, TimeSpan holdClear) => new()
        {
            Side = side,
            RaiseLimit = raise,
            ClearLimit = clear,
            HoldRaise = holdRaise,
            HoldClear = holdClear,
        };
}

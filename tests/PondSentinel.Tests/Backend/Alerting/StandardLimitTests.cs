using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Presets;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>The numbers of standards, written down here a second time from their sources, so that no slip of a digit in a preset passes.
/// </summary>
/// <remarks>
/// <para>Sources: GB 26451-2011 Table 2 (15 mg/L: Xinhua 2011-03-07; pH as widely quoted) · GB 3838-2002 Table 1 and GB/T 14848-2017
/// Table 1 (as widely quoted) · GB 3095-2026 class II, 120 to the end of 2030 and 100 from 2031 (China Daily, 2026-02), a day of 20 hours
/// as in GB 3095-2012 Table 4 · WHO AQG 2021 Table 0.1 · Directive (EU) 2024/2881 Annex I, Table 2 and Table 1 · 40 CFR 50.6 and
/// Appendix K · EPA 822-R-13-001 (ratio to the criterion).</para>
/// <para>A pH is judged after 10 minutes, a limit for a sample of water by the mean of an hour: neither is in the standards.</para>
/// </remarks>
public sealed class StandardLimitTests
{
    private const string OfHour = "rolling 1 h mean, 75% complete";
    private const string OfDay = "24 h mean (UTC+0), 75% complete";
    private const string OfChineseDay = "24 h mean (UTC+8), 83% complete";
    private const string Values = "";

    // Preset, rule, measurand, side, limit, what it is held against, rounded to, half up, severity.
    private static readonly (string Preset, string Rule, string Measurand, LimitSide Side, double Limit, string Of, double Round, bool IsHalfUp, Severity Severity)[] Limits =
    [
        ("gb-26451-2011-ammonium", "gb26451-nh4n", "ammonium_n_mg_l", LimitSide.Above, 15, OfHour, 0, false, Severity.High),
        ("gb-26451-2011-ammonium", "gb26451-tan", "total_ammonia_n_mg_l", LimitSide.Above, 15, OfHour, 0, false, Severity.High),
        ("gb-26451-2011-ph", "gb26451-acid", "ph", LimitSide.Below, 6, Values, 0, false, Severity.High),
        ("gb-26451-2011-ph", "gb26451-alkaline", "ph", LimitSide.Above, 9, Values, 0, false, Severity.High),
        .. SurfaceWater("i", 0.15),
        .. SurfaceWater("ii", 0.5),
        .. SurfaceWater("iii", 1.0),
        .. SurfaceWater("iv", 1.5),
        .. SurfaceWater("v", 2.0),
        .. GroundWater("i", 0.02, 3, 6.5, 8.5),
        .. GroundWater("ii", 0.10, 3, 6.5, 8.5),
        .. GroundWater("iii", 0.50, 3, 6.5, 8.5),
        .. GroundWater("iv", 1.50, 10, 5.5, 9.0),
        ("gb-3095-2026-pm10", "gb3095-pm10-2026", "pm10_ug_m3", LimitSide.Above, 120, OfChineseDay, 1, false, Severity.Medium),
        ("gb-3095-2026-pm10", "gb3095-pm10-2031", "pm10_ug_m3", LimitSide.Above, 100, OfChineseDay, 1, false, Severity.Medium),
        ("who-2021-pm10", "who-pm10", "pm10_ug_m3", LimitSide.Above, 45, OfDay, 1, true, Severity.Info),
        ("eu-2024-2881-pm10", "eu-pm10-50", "pm10_ug_m3", LimitSide.Above, 50, OfDay, 1, true, Severity.Info),
        ("eu-2024-2881-pm10", "eu-pm10-45", "pm10_ug_m3", LimitSide.Above, 45, OfDay, 1, true, Severity.Info),
        ("us-naaqs-pm10", "us-pm10", "pm10_ug_m3", LimitSide.Above, 150, OfDay, 10, true, Severity.Info),
        ("epa-2013-ammonia", "epa-ccc", "ammonia_chronic_ratio", LimitSide.Above, 1, Values, 0, false, Severity.Medium),
        ("epa-2013-ammonia", "epa-ccc-4d", "ammonia_four_day_ratio", LimitSide.Above, 1, Values, 0, false, Severity.High),
    ];

    [Fact]
    public void Presets_of_standards_have_these_limits_and_no_others()
    {
        var found = Preset.All.Values.Where(preset => preset.Standard is not null)
            .SelectMany(preset => preset.Rules.Select(rule => (preset.Name, rule.Id, rule.Measurand.WireName, rule.Threshold.Side, rule.Threshold.RaiseLimit,
                rule.Statistic?.Text ?? "", (rule.Statistic as MeanStatistic)?.RoundTo ?? 0, (rule.Statistic as MeanStatistic)?.IsHalfUp ?? false, rule.Severity)))
            .OrderBy(row => row.Name, StringComparer.Ordinal).ThenBy(row => row.Id, StringComparer.Ordinal);

        Assert.Equal(Limits.OrderBy(row => row.Preset, StringComparer.Ordinal).ThenBy(row => row.Rule, StringComparer.Ordinal), found);
    }

    [Fact]
    public void Limits_of_days_come_back_at_the_limit_and_those_of_water_a_tenth_or_two_tenths_of_pH_before_it() => Assert.All(
        Preset.All.Values.Where(preset => preset.Standard is not null).SelectMany(preset => preset.Rules),
        rule => Assert.Equal(
            rule.Measurand.WireName switch
            {
                "ph" => rule.Threshold.RaiseLimit + (rule.Threshold.Side == LimitSide.Below ? 0.2 : -0.2),
                "ammonium_n_mg_l" or "total_ammonia_n_mg_l" or "turbidity_ntu" => 0.9 * rule.Threshold.RaiseLimit,
                _ => rule.Threshold.RaiseLimit,
            },
            rule.Threshold.ClearLimit,
            9));

    /// <summary>The limit of a day is that of the year in which the day lies; the mean of a day stands at its end.</summary>
    [Theory]
    [InlineData("eu-2024-2881-pm10", "2030-01-01T00:00Z", "2030-01-02T00:00Z")]
    [InlineData("gb-3095-2026-pm10", "2031-01-01T00:00+08:00", "2031-01-02T00:00+08:00")]
    public void Limit_changes_between_the_last_day_and_the_first(string preset, string last, string first)
    {
        var rules = Preset.All[preset].Rules;

        Assert.Equal([true, false], rules.Select(rule => rule.Validity.Holds(DateTimeOffset.Parse(last, null))));
        Assert.Equal([false, true], rules.Select(rule => rule.Validity.Holds(DateTimeOffset.Parse(first, null))));
    }

    /// <summary>No number that was not seen in its standard is told without saying so.</summary>
    [Fact]
    public void What_was_not_checked_is_said()
    {
        string[] checkedWhole = ["gb-26451-2011-ammonium", "epa-2013-ammonia"];
        Assert.All(Preset.All.Values.Where(preset => preset.Standard is not null), preset => Assert.All(preset.Rules, rule =>
        {
            Assert.Equal(checkedWhole.Contains(preset.Name), rule.Unchecked is null);
            Assert.Equal(rule.Unchecked is null, rule.UncheckedZh is null);
        }));
        Assert.StartsWith("verified, but for how many hours make a day", Preset.All["gb-3095-2026-pm10"].Standing, StringComparison.Ordinal);
        Assert.Equal("check the standard", Preset.All["us-naaqs-pm10"].Standing);
    }

    /// <summary>A limit for samples is none for the mean of an hour: who is told hears of it.</summary>
    [Fact]
    public void Limit_for_a_sample_says_that_a_probe_is_held_against_it() => Assert.All(
        Preset.All.Values.Where(preset => preset.Name.StartsWith("gb-3838", StringComparison.Ordinal) || preset.Name.StartsWith("gbt-", StringComparison.Ordinal)
            || preset.Name.StartsWith("gb-26451", StringComparison.Ordinal)).SelectMany(preset => preset.Rules),
        rule =>
        {
            Assert.EndsWith("for a sample; held here against what the probe shows", rule.Clause, StringComparison.Ordinal);
            Assert.EndsWith("（标准针对水样，此处按在线监测值判定）", rule.ClauseZh, StringComparison.Ordinal);
        });

    /// <summary>Mail, messengers and machines are told by the notice, the page and the report by the clause.</summary>
    [Fact]
    public void What_was_not_checked_reaches_whoever_is_told_in_both_languages()
    {
        var at = new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.All(Preset.All.Values.SelectMany(preset => preset.Rules).Where(rule => rule.Unchecked is not null), rule =>
        {
            var notice = AlertNotice.Of(
                rule, new AlertSubject("s", "st", "g", "d", "c", rule.Measurand), NoticeKind.Firing, "e", 1,
                new NoticeStep(new StepValue(at, 20), IsJudged: false, (20, false), at, null), ChannelBackground.None);
            Assert.Equal((rule.Unchecked, rule.UncheckedZh), (notice.Unchecked, notice.UncheckedZh));
            Assert.Contains(NoticeText.Of(notice, Language.English, TimeSpan.Zero).Lines, line => line.Contains($"Not checked: {rule.Unchecked}", StringComparison.Ordinal));
            Assert.Contains(NoticeText.Of(notice, Language.Chinese, TimeSpan.Zero).Lines, line => line.Contains($"未核对：{rule.UncheckedZh}", StringComparison.Ordinal));
            Assert.Contains(NoticeText.Of(notice, Language.Chinese, TimeSpan.Zero).Lines, line => line == $"标准：{rule.Standard}，{rule.ClauseZh}");
            Assert.EndsWith(rule.Unchecked!, PondSentinel.Backend.Web.Wording.Of(Language.English).Source(rule), StringComparison.Ordinal);
            Assert.EndsWith(rule.UncheckedZh!, PondSentinel.Backend.Web.Wording.Of(Language.Chinese).Clause(rule), StringComparison.Ordinal);
        });
    }

    private static (string, string, string, LimitSide, double, string, double, bool, Severity)[] SurfaceWater(string type, double ammonia) =>
    [
        ($"gb-3838-2002-{type}", $"gb3838-{type}-nh4n", "ammonium_n_mg_l", LimitSide.Above, ammonia, OfHour, 0, false, Severity.Medium),
        ($"gb-3838-2002-{type}", $"gb3838-{type}-tan", "total_ammonia_n_mg_l", LimitSide.Above, ammonia, OfHour, 0, false, Severity.Medium),
        ($"gb-3838-2002-{type}", $"gb3838-{type}-acid", "ph", LimitSide.Below, 6, Values, 0, false, Severity.Medium),
        ($"gb-3838-2002-{type}", $"gb3838-{type}-alkaline", "ph", LimitSide.Above, 9, Values, 0, false, Severity.Medium),
    ];

    private static (string, string, string, LimitSide, double, string, double, bool, Severity)[] GroundWater(string type, double ammonium, double turbidity, double low, double high) =>
    [
        ($"gbt-14848-2017-{type}", $"gbt14848-{type}-nh4n", "ammonium_n_mg_l", LimitSide.Above, ammonium, OfHour, 0, false, Severity.Medium),
        ($"gbt-14848-2017-{type}", $"gbt14848-{type}-ntu", "turbidity_ntu", LimitSide.Above, turbidity, OfHour, 0, false, Severity.Medium),
        ($"gbt-14848-2017-{type}", $"gbt14848-{type}-acid", "ph", LimitSide.Below, low, Values, 0, false, Severity.Medium),
        ($"gbt-14848-2017-{type}", $"gbt14848-{type}-alkaline", "ph", LimitSide.Above, high, Values, 0, false, Severity.Medium),
    ];
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Presets;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Measurements;
using PondSentinel.Tests.Repository;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Alerting.Wording;

public sealed class NoticeTextTests
{
    private const string Folder = "tests/PondSentinel.Tests/Backend/Alerting/Wording/Texts";
    private static readonly TimeSpan China = TimeSpan.FromHours(8);

    public static TheoryData<string, Language> Samples => new(
        from name in SampleNotices.All.Keys from language in Enum.GetValues<Language>() select (name, language));

    // Read these files as somebody who was woken by one of them.
    [Theory]
    [MemberData(nameof(Samples))]
    public void Notice_says_what_where_compared_with_what_how_sure_and_what_to_do(string name, Language language)
    {
        var text = NoticeText.Of(SampleNotices.All[name], language, China);

        Assert.Equal(File.ReadAllText(Checkout.Absolute($"{Folder}/{name}.{text.Code}.txt")), Plain(text));
    }

    [Theory]
    [InlineData(0, "2026-07-01 18:10 UTC")]
    [InlineData(8 * 60, "2026-07-02 02:10 UTC+8")]
    [InlineData(345, "2026-07-01 23:55 UTC+5:45")]
    [InlineData(-210, "2026-07-01 14:40 UTC-3:30")]
    public void Times_are_those_of_who_reads_with_their_offset(int offsetMinutes, string time)
    {
        var text = NoticeText.Of(SampleNotices.Firing, Language.English, TimeSpan.FromMinutes(offsetMinutes));

        Assert.EndsWith($"since {time}", text.Sentence, StringComparison.Ordinal);
    }

    // A record of a gateway may have any time that a calendar has.
    [Theory]
    [InlineData(14)]
    [InlineData(-12)]
    public void Calibration_at_the_end_of_the_calendar_keeps_no_alarm_from_being_told(int offset)
    {
        foreach (var at in (DateTimeOffset[])[DateTimeOffset.MaxValue, DateTimeOffset.MinValue])
        {
            foreach (var language in Enum.GetValues<Language>())
            {
                Assert.NotEmpty(NoticeText.Of(SampleNotices.Firing with { Calibrated = at }, language, TimeSpan.FromHours(offset)).Lines);
            }
        }
    }

    [Fact]
    public void Json_keeps_to_utc_in_both_languages()
    {
        Assert.EndsWith("since 2026-07-01 18:10 UTC", SampleNotices.Firing.Summary, StringComparison.Ordinal);
        Assert.EndsWith("自 2026-07-01 18:10（UTC）起", SampleNotices.Firing.SummaryZh, StringComparison.Ordinal);
        Assert.Contains("\"since\":\"2026-07-01T18:10:00.000Z\"", SampleNotices.Firing.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(15.004, 15, "15.004")]
    [InlineData(15.04, 15, "15.04")]
    [InlineData(16.24, 15, "16.2")]
    [InlineData(14.996, 15, "14.996")]
    [InlineData(15, 15, "15.0")]
    public void Value_is_never_rounded_onto_the_limit_that_it_has_crossed(double value, double limit, string text) =>
        Assert.Equal(text, Figures.Beside(Measurand.AmmoniumNitrogen, value, limit));

    [Fact]
    public void Every_measurand_unit_flag_reason_and_severity_has_words_in_both_languages()
    {
        foreach (var words in Enum.GetValues<Language>().Select(Vocabulary.Of))
        {
            Assert.All(MeasurandNames.All, measurand => Assert.NotEmpty(words.Label(measurand)));
            Assert.All(Enum.GetValues<QualityFlag>(), flag => Assert.DoesNotContain(words.Flag(flag), (string[])["unknown", "未知"]));
            Assert.All(Enum.GetValues<Why>().Where(why => why != Why.None), why => Assert.NotEmpty(Assert.Single(words.Reasons(why))));
            Assert.All(Enum.GetValues<Severity>(), severity => Assert.NotEmpty(words.Severity(severity)));
        }

        // What is spelt alike in both languages is a name or a formula.
        Assert.Equal(
            ["PM1", "pH"],
            MeasurandNames.All.Select(measurand => ChineseNames.Label(measurand)).Where(label => label.All(char.IsAscii)).Order(StringComparer.Ordinal));
    }

    // Else a leak that goes on is told as over.
    [Theory]
    [InlineData("ammonium-rise", "nh4-rise", 31, true)]
    [InlineData("leak", "leak", 31, true)]
    [InlineData("ammonium-rise", "nh4-rise", 30.9, false)]
    [InlineData("gb-26451-2011-ammonium", "gb26451-nh4n", 40, false)]
    public void End_of_what_has_become_usual_says_so(string preset, string id, double days, bool says)
    {
        var rule = Preset.All[preset].Rules.Single(rule => rule.Id == id);
        var (from, until) = (new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero).AddDays(days));
        AlertNotice Told(NoticeKind kind, DateTimeOffset? over) => AlertNotice.Of(
            rule, new AlertSubject("s", "st", "g", "d", "c", rule.Measurand), kind, "e", 2,
            new NoticeStep(new StepValue(until, 0.1), IsJudged: true, (30, false), from, over), ChannelBackground.None);

        Assert.Equal(says, NoticeText.Of(Told(NoticeKind.Cleared, until), Language.English, China).Action?.Text.Contains("counts as usual now", StringComparison.Ordinal) ?? false);
        Assert.Equal(says, NoticeText.Of(Told(NoticeKind.Past, until), Language.Chinese, China).Action?.Text.Contains("已被视为常态", StringComparison.Ordinal) ?? false);
        Assert.Null(Told(NoticeKind.Firing, null).Outlasted);
    }

    [Fact]
    public void Rules_of_presets_speak_both_languages() => Assert.All(
        Preset.All.Values.SelectMany(preset => preset.Rules),
        rule =>
        {
            Assert.NotNull(rule.TextZh);
            Assert.NotNull(rule.DoZh);
            Assert.True(rule.StatisticText is null || rule.StatisticTextZh is not null, $"{rule.StatisticText} has no Chinese name.");
        });

    [Theory]
    [InlineData("difference", "upstream", "与 upstream 之差，1 小时滑动均值，有效率不低于 75%")]
    [InlineData("ratio", "*", "与任一站点之比，1 小时滑动均值，有效率不低于 75%")]
    public void Comparison_with_other_channels_is_named_in_chinese_too(string scale, string station, string name)
    {
        List<Problem> problems = [];
        var rule = Assert.Single(RuleConfiguration.Read(
            TomlSection.Parse("r.toml", $$"""
                [[rule]]
                id = "leak"
                measurand = "ammonium_n_mg_l"
                against = { station = "{{station}}", as = "{{scale}}", within = "30m" }
                statistic = { mean = "1h" }
                raise_above = 1
                clear_below = 0.8
                hold_raise = "0s"
                hold_clear = "0s"
                severity = "high"
                """, problems),
            problems));

        Assert.Empty(problems);
        Assert.Equal(name, ChineseNames.Statistic(rule.Statistic!));
    }

    [Fact]
    public void Rule_without_chinese_words_is_told_in_its_own()
    {
        var text = NoticeText.Of(SampleNotices.Firing with { TextZh = null, DoZh = null }, Language.Chinese, China);

        Assert.Equal(("Ammonium at the outlet is above the discharge limit", "Close valve V3 and take a grab sample"), (text.Facts[0].Text, text.Action?.Text));
    }

    [Fact]
    public void Notice_of_an_older_version_that_lacks_what_was_added_is_worded_all_the_same()
    {
        var old = AlertNotice.FromJson("""
            {"v":1,"id":"a.1","episode":"a","rule":"r","phase":"firing","severity":"high","site":"s","station":"t","gateway":"g","device":"d",
             "channel":"c","measurand":"ammonium_n_mg_l","unit":"mg/L as N","value":16.2,"peak":16.2,"limit":15,"side":"above",
             "since":"2026-07-01T06:00:00.000Z","time":"2026-07-01T06:10:00.000Z","summary":"x","text":"y"}
            """);

        Assert.All(Enum.GetValues<Language>(), language => Assert.Contains("16.2", NoticeText.Of(old, language, China).Sentence, StringComparison.Ordinal));
    }

    private static string Plain(NoticeText text) => string.Join(
        '\n',
        [
            text.Title, "", text.Sentence, "", .. text.Lines, "", text.Footer, "",
        ]);
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Alerting;

public sealed class RuleConfigurationTests
{
    private const string Whole = """
        [[rule]]
        id = "effluent"
        site = "gannan"
        station = "outlet"
        device = "*"
        channel = "nh4n"
        measurand = "ammonium_n_mg_l"
        raise_above = 15
        clear_below = 13.5
        hold_raise = "10m"
        hold_clear = "30m"
        silence = "1h"
        severity = "high"
        text = "Above the discharge limit"
        do = "Close the valve"
        standard = "GB 26451-2011"
        clause = "Table 2"
        """;

    [Fact]
    public void Whole_rule_is_read_as_it_stands()
    {
        var rule = Assert.Single(Read(Whole).Rules);
        Assert.Equal(
            new AlertRule
            {
                Id = "effluent",
                Site = "gannan",
                Station = "outlet",
                Channel = "nh4n",
                Measurand = Measurand.AmmoniumNitrogen,
                Severity = Severity.High,
                Text = "Above the discharge limit",
                Do = "Close the valve",
                Standard = "GB 26451-2011",
                Clause = "Table 2",
                Threshold = new ThresholdRule
                {
                    Side = LimitSide.Above,
                    RaiseLimit = 15,
                    ClearLimit = 13.5,
                    HoldRaise = TimeSpan.FromMinutes(10),
                    HoldClear = TimeSpan.FromMinutes(30),
                    SilenceMax = TimeSpan.FromHours(1),
                },
            },
            rule);
    }

    [Fact]
    public void Least_rule_watches_every_channel_and_says_plainly_what_it_means()
    {
        var rule = Assert.Single(Read("""
            [[rule]]
            id = "acid"
            measurand = "ph"
            raise_below = 6
            clear_above = 6.2
            hold_raise = "0s"
            hold_clear = "5m"
            severity = "urgent"
            """).Rules);
        Assert.Equal("pH below 6", rule.Text);
        Assert.Equal(LimitSide.Below, rule.Threshold.Side);
        Assert.Equal(TimeSpan.FromMinutes(30), rule.Threshold.SilenceMax);
        Assert.True(rule.AppliesTo(new AlertSubject("any", "any", "any", "any", "any", Measurand.Ph)));
        Assert.False(rule.AppliesTo(new AlertSubject("any", "any", "any", "any", "any", Measurand.Pm10)));
    }

    [Fact]
    public void Rule_that_says_nothing_of_itself_is_told_by_words_that_people_use()
    {
        var rule = Assert.Single(Read("""
            [[rule]]
            id = "door"
            measurand = "door_open"
            raise_above = 0.5
            clear_below = 0.5
            hold_raise = "5m"
            hold_clear = "5m"
            severity = "info"
            """).Rules);
        Assert.Equal(("Door open above 0.5 (1 = yes)", "rule door: Door open above 0.5 (1 = yes) for 5m at */* *.*, info"), (rule.Text, CheckCommand.Describe(rule, DateTimeOffset.UnixEpoch)));
    }

    /// <summary>It would ring while all is well, or never.</summary>
    [Theory]
    [InlineData("no_value = true", "raise_below = 6\nclear_above = 7", "a channel that brings values has been without one for 0 min")]
    [InlineData("no_value = true", "raise_outside = [6, 30]\nclear_inside = [7, 29]", "a channel that brings values has been without one for 0 min")]
    [InlineData("flagged = \"1h\"", "raise_above = 120\nclear_below = 100", "no more than 100 % of the values can be flagged")]
    [InlineData("flagged = \"1h\"", "raise_below = 10\nclear_above = 20", "few flagged values are no alarm")]
    [InlineData("time_to = 3200, trend = \"1h\"", "raise_above = 2\nclear_below = 1", "that it takes long to get there is no alarm")]
    [InlineData("no_value = true", "raise_above = 30\nclear_below = 30", null)]
    [InlineData("flagged = \"1h\"", "raise_above = 50\nclear_below = 40", null)]
    [InlineData("time_to = 3200, trend = \"1h\"", "raise_below = 2\nclear_above = 4", null)]
    public void Limits_by_which_a_statistic_says_nothing_are_mistakes(string statistic, string limits, string? mistake)
    {
        var problems = Read($$"""
            [[rule]]
            id = "probe"
            measurand = "water_level_mm"
            statistic = { {{statistic}} }
            {{limits}}
            hold_raise = "0s"
            hold_clear = "5m"
            severity = "info"
            """).Problems;
        Assert.Equal(mistake is null ? 0 : 1, problems.Count);
        Assert.All(problems, problem => Assert.Contains(mistake!, problem.ToString(), StringComparison.Ordinal));
    }

    /// <summary>It would ring once, go on for ever, and hide the next.</summary>
    [Theory]
    [InlineData("water_level_mm", "statistic = { no_value = true }", "raise_above = 30\nclear_below = 0", "5:1: nothing is below 0 min", "write clear_below = 30")]
    [InlineData("water_level_mm", "statistic = [{ no_value = true }, { mean = \"1h\" }]", "raise_above = 30\nclear_below = 0", "5:1: nothing is below 0 min", "write clear_below = 30")]
    [InlineData("water_level_mm", "statistic = { flagged = \"1h\" }", "raise_above = 50\nclear_below = 0", "5:1: nothing is below 0 %", "write clear_below = 50")]
    [InlineData("water_level_mm", "statistic = { time_to = 3200, trend = \"1h\" }", "raise_below = 6\nclear_above = 800", "5:1: nothing is above 720 h", "write clear_above = 6")]
    [InlineData("tilt_deg", "statistic = { time_to_failure = \"4d\", least = 1 }", "raise_below = 48\nclear_above = 720", "5:1: nothing is above 720 h", "write clear_above = 48")]
    [InlineData("door_open", "", "raise_above = 0.5\nclear_below = 0", "5:1: nothing is below 0", "write clear_below = 0.5")]
    [InlineData("door_open", "", "raise_above = -1\nclear_below = -1", "5:1: nothing is below 0", "let the limits lie from 0 to 1")]
    [InlineData("pump_running", "statistic = { mean = \"1h\" }", "raise_below = 0.5\nclear_above = 1", "5:1: nothing is above 1", "write clear_above = 0.5")]
    [InlineData("undervoltage", "statistic = { count = [2, 3] }", "raise_above = 0.5\nclear_below = 0", "5:1: nothing is below 0", "write clear_below = 0.5")]
    [InlineData("water_level_mm", "statistic = { no_value = true }", "raise_above = 30\nclear_below = 1", null, null)]
    [InlineData("water_level_mm", "statistic = { no_value = true }", "raise_above = 0\nclear_below = 0", null, null)]
    [InlineData("water_level_mm", "statistic = { flagged = \"1h\" }", "raise_above = 0\nclear_below = 0", null, null)]
    [InlineData("water_level_mm", "statistic = { time_to = 3200, trend = \"1h\" }", "raise_below = 720\nclear_above = 720", null, null)]
    [InlineData("water_level_mm", "statistic = { change = \"1h\" }", "raise_above = 5\nclear_below = 0", null, null)]
    [InlineData("door_open", "statistic = { deviation = \"7d\" }", "raise_above = 0.5\nclear_below = 0", null, null)]
    [InlineData("door_open", "against = { channel = \"other\" }", "raise_above = 0.5\nclear_below = 0", null, null)]
    [InlineData("door_open", "", "raise_above = 0\nclear_below = 0", null, null)]
    public void Clear_limit_that_nothing_comes_back_past_is_a_mistake(string measurand, string statistic, string limits, string? mistake, string? mend)
    {
        var problems = Read($"""
            [[rule]]
            id = "probe"
            measurand = "{measurand}"
            {limits}
            {statistic}
            hold_raise = "0s"
            hold_clear = "5m"
            severity = "info"
            """).Problems;
        Assert.Equal(mistake is null ? 0 : 1, problems.Count);
        Assert.All(problems, problem => Assert.Contains($"{mistake}, so the alarm would never be over and the next would be told to nobody; {mend}", problem.ToString(), StringComparison.Ordinal));
    }

    /// <summary>A probe may err to below nothing: that is no ground to refuse the rule.</summary>
    [Theory]
    [InlineData("ammonium_n_mg_l", "raise_above = 15\nclear_below = 0", "nothing is below 0 mg/L as N, so the alarm may never be over and the next be told to nobody; write clear_below = 15, or a little less")]
    [InlineData("rain_intensity_mm_h", "raise_above = 5\nclear_below = 0\nstatistic = { mean = \"1h\" }", "nothing is below 0 mm/h, so the alarm may never be over and the next be told to nobody; write clear_below = 5, or a little less")]
    [InlineData("ph", "raise_below = 6\nclear_above = 14", "nothing is above 14 pH, so the alarm may never be over and the next be told to nobody; write clear_above = 6, or a little more")]
    [InlineData("ammonium_n_mg_l", "raise_above = 0\nclear_below = 0", null)]
    [InlineData("ammonium_n_mg_l", "raise_above = 15\nclear_below = 0.1", null)]
    [InlineData("ammonium_n_mg_l", "raise_above = 15\nclear_below = 0\nstatistic = { change = \"1h\" }", null)]
    [InlineData("ammonium_n_mg_l", "raise_above = 15\nclear_below = 0\nagainst = { station = \"up\" }", null)]
    [InlineData("water_temperature_c", "raise_above = 15\nclear_below = 0", null)]
    public void Clear_limit_that_no_true_value_comes_back_past_is_warned_of(string measurand, string limits, string? warning)
    {
        var loaded = BackendConfigurationFile.Read("b.toml", $"""
            [[rule]]
            id = "probe"
            measurand = "{measurand}"
            {limits}
            hold_raise = "5m"
            hold_clear = "5m"
            severity = "info"
            """);
        using var output = new StringWriter();
        Assert.Equal(0, CheckCommand.Report("b.toml", loaded, output));
        Assert.Equal(
            warning is null ? [] : [$"  warning: {warning}"],
            output.ToString().Split('\n').Where(line => line.Contains("nothing is ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("door_open", "raise_above = 1\nclear_below = 0.5", "4:1: door_open is from 0 to 1, so the rule never rings; write a limit between 0 and 1")]
    [InlineData("door_open", "raise_below = 0\nclear_above = 0.5", "door_open is from 0 to 1, so the rule never rings")]
    [InlineData("air_humidity_percent", "raise_above = -1\nclear_below = -2", "air_humidity_percent is from 0 to 100, so the rule always rings")]
    [InlineData("air_humidity_percent", "raise_below = 101\nclear_above = 102", "air_humidity_percent is from 0 to 100, so the rule always rings")]
    [InlineData("pump_running", "raise_outside = [0, 1]\nclear_inside = [0.1, 0.9]", "4:1: pump_running is from 0 to 1, so the rule never rings")]
    [InlineData("air_humidity_percent", "raise_above = 100\nclear_below = 95\nstatistic = { mean = \"1h\" }", "air_humidity_percent (rolling 1 h mean, 75% complete) is from 0 to 100, so the rule never rings")]
    [InlineData("valve_open", "raise_above = 1\nclear_below = 0.5\nstatistic = [{ change = \"1h\" }, { count = [2, 3] }]", "is from -1 to 1, so the rule never rings")]
    [InlineData("wind_direction_deg", "raise_above = 360\nclear_below = 350", "wind_direction_deg is from 0 to 360, so the rule never rings")]
    [InlineData("ph", "raise_below = 6\nclear_above = 7\nwhen = { measurand = \"pump_running\", above = 1 }", "pump_running is from 0 to 1, so this never holds")]
    [InlineData("ph", "raise_below = 6\nclear_above = 7\nunless = { measurand = \"air_humidity_percent\", between = [101, 120] }", "air_humidity_percent is from 0 to 100, so this never holds")]
    [InlineData("door_open", "raise_above = 0.99\nclear_below = 0.5", null)]
    [InlineData("door_open", "raise_below = 1\nclear_above = 1", null)]
    [InlineData("air_humidity_percent", "raise_outside = [20, 100]\nclear_inside = [25, 99]", null)]
    [InlineData("door_open", "raise_above = 30\nclear_below = 30\nstatistic = { no_value = true }", null)]
    [InlineData("door_open", "raise_above = 200\nclear_below = 100\nstatistic = { deviation = \"24h\", as = \"percent\" }", null)]
    [InlineData("medium_wear_percent", "raise_above = 100\nclear_below = 100", null)]
    [InlineData("ph", "raise_below = 6\nclear_above = 7\nwhen = { measurand = \"valve_open\", between = [1, 1] }", null)]
    [InlineData("air_humidity_percent", "raise_above = 1.5\nclear_below = 1.2\nagainst = { station = \"hill\", as = \"ratio\" }", null)]
    public void Limit_that_no_value_can_pass_or_all_are_past_is_a_mistake(string measurand, string limits, string? mistake)
    {
        var problems = Read($"""
            [[rule]]
            id = "door"
            measurand = "{measurand}"
            {limits}
            hold_raise = "1m"
            hold_clear = "5m"
            severity = "info"
            """).Problems.Select(problem => problem.ToString()).ToList();
        if (mistake is null)
        {
            Assert.Empty(problems);
        }
        else
        {
            Assert.Contains(mistake, Assert.Single(problems), StringComparison.Ordinal);
        }
    }

    /// <summary>An arithmetic mean of 350° and 10° is south: no alarm may rest on it.</summary>
    [Theory]
    [InlineData("statistic = { mean = \"24h\", window = \"clock\" }", "a direction has no arithmetic mean")]
    [InlineData("statistic = { mean = \"1h\" }", null)]
    [InlineData("statistic = { deviation = \"14d\" }", "a direction has no arithmetic mean")]
    [InlineData("statistic = [{ change = \"1h\" }, { count = [2, 3] }]", "a direction has no arithmetic mean")]
    [InlineData("against = { station = \"mast\" }", "a direction has no difference or ratio")]
    [InlineData("when = { measurand = \"wind_direction_deg\", statistic = { mean = \"1h\" }, between = [315, 45] }", null)]
    [InlineData("statistic = { count = [2, 3] }", null)]
    [InlineData("statistic = { count = [3, 3] }", null)]
    [InlineData("statistic = { no_value = true }", null)]
    [InlineData("when = { measurand = \"wind_direction_deg\", station = \"mast\", between = [315, 45] }", null)]
    public void Direction_is_watched_by_what_makes_no_arithmetic_of_it(string more, string? mistake)
    {
        var read = Read($"""
            [[rule]]
            {more}
            id = "vane"
            measurand = "wind_direction_deg"
            raise_above = 90
            clear_below = 80
            hold_raise = "0s"
            hold_clear = "5m"
            severity = "info"
            """);
        if (mistake is null)
        {
            Assert.Empty(read.Problems);
            return;
        }

        Assert.Contains(mistake, Assert.Single(read.Problems).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id = \"effluent\"", "id = \"Effluent\"", "2:1: \"Effluent\" cannot be a rule's id")]
    [InlineData("id = \"effluent\"", "", "1:3: id of [rule] is missing")]
    [InlineData("\"ammonium_n_mg_l\"", "\"ammonium_mg_l\"", "7:1: \"ammonium_mg_l\" is not a measurand; did you mean ammonium_n_mg_l?")]
    [InlineData("measurand = \"ammonium_n_mg_l\"", "", "measurand of [rule] is missing")]
    [InlineData("raise_above = 15", "", "1:3: the rule has no limit")]
    [InlineData("raise_above = 15", "raise_above = 15\nraise_below = 3", "9:1: a rule has either raise_above or raise_below")]
    [InlineData("raise_above = 15", "raise_below = 15", "clear_below does not go with raise_below; write clear_above")]
    [InlineData("raise_above = 15", "raise_above = \"15\"", "8:1: raise_above of [rule] must be a number")]
    [InlineData("clear_below = 13.5", "", "8:1: raise_above needs clear_below; add clear_below = … (nine tenths")]
    [InlineData("clear_below = 13.5", "clear_below = 15.1", "9:1: clear_below lies on the bad side of raise_above")]
    [InlineData("hold_raise = \"10m\"", "", "hold_raise of [rule] is missing")]
    [InlineData("hold_clear = \"30m\"", "hold_clear = \"25h\"", "11:1: hold_clear of [rule] must be from")]
    [InlineData("silence = \"1h\"", "silence = \"0s\"", "12:1: silence of [rule] must be from")]
    [InlineData("severity = \"high\"", "severity = \"awful\"", "use one of: info, medium, high, urgent")]
    [InlineData("station = \"outlet\"", "station = \"out let\"", "4:1: \"out let\" cannot be a name")]
    [InlineData("text = \"Above the discharge limit\"", "text = \"a\\nb\"", "14:1: text must be one line")]
    [InlineData("do = \"Close the valve\"", "do = \"\"", "15:1: do must be one line")]
    [InlineData("standard = \"GB 26451-2011\"", "", "clause needs the standard")]
    [InlineData("clause = \"Table 2\"", "clause_zh = \"表 2\"", "clause_zh says the same as clause, and there is none")]
    [InlineData("silence = \"1h\"", "silense = \"1h\"", "silense of [rule] is not known here; did you mean silence?")]
    public void Mistake_is_listed_with_its_place_and_the_rule_is_left_out(string from, string to, string expected)
    {
        var (rules, problems) = Read(Whole.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.ToString().Contains(expected, StringComparison.Ordinal));
        Assert.Empty(rules);
    }

    [Fact]
    public void Every_mistake_of_every_rule_is_listed_at_once()
    {
        var (rules, problems) = Read("""
            [[rule]]
            id = "a b"
            measurand = "phh"
            raise_above = 1
            severity = "x"
            [[rule]]
            measurand = "ph"
            """);
        Assert.Empty(rules);
        Assert.True(problems.Count >= 9, string.Join('\n', problems));
    }

    [Fact]
    public void Second_rule_of_the_same_id_is_refused_and_the_first_stays()
    {
        var (rules, problems) = Read(Whole + "\n" + Whole);
        Assert.Single(rules);
        Assert.Contains("effluent stands here a second time", Assert.Single(problems).What, StringComparison.Ordinal);
    }

    [Fact]
    public void File_without_rules_has_none() => Assert.Empty(Read("[backend]\nid = \"b1\"").Rules);

    private static (IReadOnlyList<AlertRule> Rules, List<Problem> Problems) Read(string toml)
    {
        List<Problem> problems = [];
        var top = TomlSection.Parse("b.toml", toml, problems);
        return (RuleConfiguration.Read(top, problems), problems);
    }
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Alerting;

public sealed class JointConfigurationTests
{
    private const string Leak = """
        [[rule]]
        id = "leak"
        station = "stream"
        measurand = "ammonium_n_mg_l"
        against = { station = "spring", within = "20m" }
        statistic = [{ deviation = "14d", as = "mad", mad_min = 0.33 }, { count = [3, 4] }]
        when = [{ measurand = "conductivity_us_cm", statistic = { change = "2h" }, above = 20 }, { measurand = "wind_direction_deg", station = "*", between = [315, 45] }]
        unless = [{ station = "spring", below = 1 }]
        raise_above = 3
        clear_below = 2
        hold_raise = "0s"
        hold_clear = "30m"
        severity = "high"
        """;

    [Fact]
    public void Whole_rule_is_read_as_it_stands()
    {
        var rule = Assert.Single(Read(Leak).Rules);
        var joint = rule.Joint!;
        Assert.Equal(
            new Comparison { Of = new ChannelSelector(Measurand.AmmoniumNitrogen) { Station = "spring" }, Within = TimeSpan.FromMinutes(20) }, joint.Against);
        Assert.Equal(
            [typeof(DeviationStatistic), typeof(CountStatistic)], Assert.IsType<ChainStatistic>(joint.Own).Parts.Select(part => part.GetType()));
        Assert.Equal(
            [
                "Conductivity, change in 2 h, above 20 µS/cm at the same station",
                "Wind direction from 315 to 45 ° at any station",
                "not Ammonium (NH4-N) below 1 mg/L as N at spring",
            ],
            joint.Conditions.Select(condition => condition.Text));
        Assert.Equal("MAD", rule.Unit);
        Assert.Equal(
            "Ammonium (NH4-N), difference to spring, deviation from the median of 336 h, in MAD of at least 0.33, 3 of the last 4 values, above 3 MAD", rule.Text);
    }

    [Fact]
    public void Second_sensor_has_to_be_over_the_raise_limit_of_the_same_statistic()
    {
        var rule = Assert.Single(Read("""
            [[rule]]
            id = "r"
            measurand = "ph"
            statistic = { mean = "1h" }
            raise_below = 6
            clear_above = 6.2
            hold_raise = "0s"
            hold_clear = "0s"
            severity = "high"
            confirmed_by = { device = "ph-2", within = "10m" }
            """).Rules);
        var condition = Assert.Single(rule.Joint!.Conditions);
        Assert.Equal(
            (ValueRange.Below(6), rule.Joint.Own, TimeSpan.FromMinutes(10), "ph-2"),
            (condition.Range, condition.Statistic, condition.Within, condition.Of.Device));
    }

    [Fact]
    public void Part_of_a_chain_counts_silences_in_what_the_part_before_it_makes()
    {
        var rule = Assert.Single(Read(Leak.Replace("{ deviation = \"14d\", as = \"mad\", mad_min = 0.33 }", "{ mean = \"24h\", window = \"clock\" }", StringComparison.Ordinal)).Rules);
        Assert.Equal(
            [TimeSpan.FromMinutes(30), TimeSpan.FromHours(48)], Assert.IsType<ChainStatistic>(rule.Joint!.Own).Parts.Select(part => part.SilenceMax));
        Assert.Equal(TimeSpan.FromHours(48), rule.Threshold.SilenceMax);
    }

    [Fact]
    public void Band_is_two_rules()
    {
        var rules = Read("""
            [[rule]]
            id = "ph"
            measurand = "ph"
            statistic = { count = [2, 3] }
            raise_outside = [6, 9]
            clear_inside = [6.2, 8.8]
            hold_raise = "10m"
            hold_clear = "30m"
            severity = "high"
            """).Rules;
        Assert.Equal(
            [("ph-low", LimitSide.Below, 6.0, 6.2), ("ph-high", LimitSide.Above, 9.0, 8.8)],
            rules.Select(rule => (rule.Id, rule.Threshold.Side, rule.Threshold.RaiseLimit, rule.Threshold.ClearLimit)));
        Assert.Equal([LimitSide.Below, LimitSide.Above], rules.Select(rule => Assert.IsType<CountStatistic>(rule.Statistic).Side));
    }

    [Theory]
    [InlineData("{ station = \"spring\", within = \"20m\" }", "{ within = \"20m\" }", "5:11: rule.against does not say which channel it means")]
    [InlineData("against = { station", "against = { stasion", "stasion of [rule.against] is not known here; did you mean station?")]
    [InlineData("against = {", "against = { as = \"times\",", "5:13: as of [rule.against] is not a word known here; use one of: difference, ratio")]
    [InlineData("against = {", "against = { measurand = \"ph\",", "pH cannot be subtracted from mg/L as N")]
    [InlineData("against = { station = \"spring\"", "against = { station = \"the spring\"", "5:13: \"the spring\" cannot be a name")]
    [InlineData("within = \"20m\"", "within = \"2d\"", "within of [rule.against] must be from")]
    [InlineData("above = 20", "above = 20, below = 30", "a condition has one range, not above and below")]
    [InlineData(", above = 20", "", "7:9: the condition does not say for which values it holds; write above = …")]
    [InlineData("station = \"spring\", below = 1", "station = \"spring\", between = [3, 1]", "between does not rise; write the lower one first")]
    [InlineData("between = [315, 45]", "between = [400, -20]", "between goes from 0 to 360 degrees: no wind comes from elsewhere")]
    [InlineData("{ station = \"spring\", below = 1 }", "{ below = 1 }", "rule.unless does not say which channel it means")]
    [InlineData("measurand = \"conductivity_us_cm\"", "measurand = \"conductivity\"", "7:11: \"conductivity\" is not a measurand")]
    [InlineData("{ change = \"2h\" }", "{ chance = \"2h\" }", "the statistic does not say what it is")]
    [InlineData("{ change = \"2h\" }", "{ time_to_failure = \"4d\" }", "least must be above 0")]
    [InlineData("{ change = \"2h\" }", "{ time_to_failure = \"4d\", least = 0 }", "least must be above 0: what stands still has no failure")]
    [InlineData("{ change = \"2h\" }", "{ time_to_failure = \"250m\", least = 1 }", "is not a number of whole hours")]
    [InlineData("{ change = \"2h\" }", "{ time_to_failure = \"15d\", least = 1 }", "must be from 4h to")]
    [InlineData("unless = [{ station = \"spring\", below = 1 }]", "unless = 5", "unless of [rule] must be a list of tables")]
    [InlineData("raise_above = 3", "raise_above = 3\nconfirmed_by = { device = \"x\" }", "10:1: confirmed_by does not go with against")]
    [InlineData("raise_above = 3", "raise_above = 3\nraise_outside = [1, 2]", "clear_inside of [rule] is missing")]
    [InlineData("raise_above = 3\nclear_below = 2", "raise_outside = [6, 9]\nclear_inside = [5, 8]", "10:1: clear_inside does not lie within raise_outside")]
    [InlineData("raise_above = 3\nclear_below = 2", "raise_outside = [6, 9]\nclear_inside = [8, 8]", "10:1: clear_inside does not lie within raise_outside")]
    [InlineData("{ count = [3, 4] }", "{ mean = \"1h\", complete = \"0%\" }", "complete must be from 1% to 100%")]
    [InlineData("clear_below = 2", "clear_inside = [2, 3]\nraise_outside = [1, 9]", "raise_above does not go with raise_outside")]
    public void Mistake_is_listed_with_its_place_and_the_rule_is_left_out(string from, string to, string expected)
    {
        Assert.Contains(from, Leak, StringComparison.Ordinal);
        var (rules, problems) = Read(Leak.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.ToString().Contains(expected, StringComparison.Ordinal));
        Assert.Empty(rules);
    }

    private static (IReadOnlyList<AlertRule> Rules, List<Problem> Problems) Read(string toml)
    {
        List<Problem> problems = [];
        var top = TomlSection.Parse("b.toml", toml, problems);
        return (RuleConfiguration.Read(top, problems), problems);
    }
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Alerting;

public sealed class SilenceConfigurationTests
{
    private const string Ends = """
        raise_above = 30
        clear_below = 30
        hold_raise = "0s"
        hold_clear = "0s"
        """;

    [Fact]
    public void Rule_about_gateways_has_a_time_in_place_of_limits()
    {
        var rule = Assert.Single(Read("offline = \"2h\"\ngateway = \"gz-07\"").Rules);
        Assert.Equal((Measurand.GatewaySilence, 120.0, 120.0, "min", "Silence of the gateway above 120 min"), (rule.Measurand, rule.Threshold.RaiseLimit, rule.Threshold.ClearLimit, rule.Unit, rule.Text));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMinutes(5)), (rule.Threshold.HoldRaise, rule.Threshold.HoldClear));
        Assert.True(rule.AppliesTo(AlertSubject.Of(new GatewayName("any", "gz-07"))));
        Assert.False(rule.AppliesTo(AlertSubject.Of(new GatewayName("any", "gz-08"))));
    }

    [Fact]
    public void Statistics_of_silence_quality_and_projection_are_read()
    {
        Assert.Equal("min", Assert.Single(Read("measurand = \"ph\"\nstatistic = { no_value = true }\n" + Ends).Rules).Unit);
        Assert.Equal(
            new FlaggedStatistic { Period = TimeSpan.FromHours(2), Reasons = Why.Flat | Why.Spike },
            Assert.Single(Read("measurand = \"ph\"\nstatistic = { flagged = \"2h\", why = [\"flat\", \"spike\"] }\n" + Ends).Rules).Statistic);
        Assert.Equal(
            new ProjectedMeanStatistic { Period = TimeSpan.FromHours(24), From = 18, UtcOffset = TimeSpan.FromHours(8) },
            Assert.Single(Read("measurand = \"ph\"\nstatistic = { mean = \"24h\", window = \"clock\", utc_offset_h = 8, projected_from = \"18h\" }\n" + Ends).Rules).Statistic);
    }

    [Theory]
    [InlineData("offline = \"1m\"", "3:1: offline of [rule] must be from 5m to 7d")]
    [InlineData("offline = \"30m\"\nraise_above = 3", "4:1: raise_above does not go with offline; a rule about gateways has")]
    [InlineData("offline = \"30m\"\nstation = \"x\"", "4:1: station does not go with offline")]
    [InlineData("offline = \"30m\"\nstatistic = { no_value = true }", "4:1: statistic does not go with offline")]
    [InlineData("measurand = \"ph\"\ngateway = \"x\"\nraise_above = 30\nclear_below = 30\nhold_raise = \"0s\"\nhold_clear = \"0s\"", "4:1: gateway of [rule] is not known here")]
    [InlineData("measurand = \"ph\"\nstatistic = { no_value = false }\n" + Ends, "4:15: no_value can only be true")]
    [InlineData("measurand = \"ph\"\nstatistic = { flagged = \"1h\", why = [\"flatt\"] }\n" + Ends, "\"flatt\" is no reason; did you mean flat?")]
    [InlineData("measurand = \"ph\"\nstatistic = { mean = \"24h\", projected_from = \"18h\" }\n" + Ends, "projected_from means nothing for a rolling mean")]
    [InlineData("measurand = \"ph\"\nstatistic = { mean = \"24h\", window = \"clock\", projected_from = \"24h\" }\n" + Ends, "a projection needs some whole hours of the period, and not all")]
    [InlineData("measurand = \"ph\"\nstatistic = { mean = \"24h\", window = \"clock\", projected_from = \"18h\", complete = \"75%\" }\n" + Ends, "complete means nothing for a projection")]
    public void Mistake_is_one_problem_with_its_place_and_the_rule_is_left_out(string keys, string expected)
    {
        var (rules, problems) = Read(keys);
        Assert.Contains(expected, Assert.Single(problems).ToString(), StringComparison.Ordinal);
        Assert.Empty(rules);
    }

    private static (IReadOnlyList<AlertRule> Rules, List<Problem> Problems) Read(string keys)
    {
        List<Problem> problems = [];
        var top = TomlSection.Parse("b.toml", $"[[rule]]\nid = \"r\"\n{keys}\nseverity = \"info\"", problems);
        return (RuleConfiguration.Read(top, problems), problems);
    }
}

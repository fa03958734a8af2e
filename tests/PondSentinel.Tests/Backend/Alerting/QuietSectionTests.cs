using PondSentinel.Backend.Alerting;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Alerting;

public sealed class QuietSectionTests
{
    [Fact]
    public void Rule_waits_for_others_at_a_place()
    {
        var (rules, problems) = Read("""quiet_while = ["storm"]""", "");
        Assert.Empty(problems);
        Assert.Equal(["storm"], rules[0].Quiet.While);
        Assert.Equal(QuietPlace.Site, rules[0].Quiet.At);
        Assert.Same(QuietRule.None, rules[1].Quiet);
        Assert.Equal(QuietPlace.Gateway, Read("quiet_while = [\"storm\"]\nquiet_at = \"gateway\"", "").Rules[0].Quiet.At);
    }

    [Theory]
    [InlineData("quiet_while = [\"storms\"]", "", "did you mean storm?")]
    [InlineData("quiet_while = [\"turbid\"]", "", "waits for others itself")]
    [InlineData("quiet_while = [\"storm\"]", "quiet_while = [\"turbid\"]", "waits for others itself")]
    [InlineData("quiet_at = \"site\"", "", "there is none")]
    [InlineData("quiet_while = [\"storm\"]\nquiet_at = \"pond\"", "", "quiet_at")]
    [InlineData("quiet_while = [\"storm\"]\nseverity = \"urgent\"", "", "waits for no other")]
    public void Mistake_is_told(string turbid, string storm, string told) =>
        Assert.Contains(Read(turbid, storm).Problems, problem => problem.Contains(told, StringComparison.Ordinal));

    [Fact]
    public void Urgent_alarm_waits_only_where_that_is_asked_for() =>
        Assert.Empty(Read("quiet_while = [\"storm\"]\nseverity = \"urgent\"\nquiet_urgent = true", "").Problems);

    private static (IReadOnlyList<AlertRule> Rules, IReadOnlyList<string> Problems) Read(string turbid, string storm)
    {
        List<Problem> problems = [];
        var text = $"{Rule("turbid", turbid)}{Rule("storm", storm)}";
        var rules = RuleConfiguration.Read(TomlSection.Parse("b.toml", text, problems), problems);
        return (rules, [.. problems.Select(problem => problem.ToString())]);
    }

    private static string Rule(string id, string keys) => $"""
        [[rule]]
        id = "{id}"
        measurand = "ammonium_n_mg_l"
        raise_above = 15
        clear_below = 12
        hold_raise = "0s"
        hold_clear = "0s"
        {(keys.Contains("severity", StringComparison.Ordinal) ? "" : "severity = \"medium\"")}
        {keys}

        """;
}

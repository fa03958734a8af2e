using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>The rules that every backend has: in whose place an owner's rule stands, and what <c>check</c> says of it.</summary>
public sealed class BackendRulesTests
{
    private const string Overdue = """
        [[rule]]
        id = "mine"
        measurand = "calibration_days"
        raise_below = -30
        clear_above = -30
        hold_raise = "0s"
        hold_clear = "0s"
        severity = "high"
        """;

    [Fact]
    public void Every_measurand_that_the_backend_looks_at_has_a_rule_in_both_languages()
    {
        Assert.Equal(
            [Measurand.GatewaySilence, Measurand.CertificateDays, Measurand.CalibrationDays, Measurand.ClockError],
            MeasurandNames.All.Where(measurand => measurand.IsFoundByBackend));

        // How long a gateway may be silent is its owner's to say.
        Assert.Equal(
            [
                ("certificate-30d", Measurand.CertificateDays), ("certificate-14d", Measurand.CertificateDays), ("certificate-3d", Measurand.CertificateDays),
                ("calibration-due", Measurand.CalibrationDays), ("calibration-overdue", Measurand.CalibrationDays),
                ("clock-drift", Measurand.ClockError),
            ],
            BackendRules.All.Select(rule => (rule.Id, rule.Measurand)));
        Assert.All(BackendRules.All, rule => Assert.All([rule.Text, rule.TextZh, rule.Do, rule.DoZh], text => Assert.False(string.IsNullOrEmpty(text))));
        Assert.All(BackendRules.All, rule => Assert.True(rule.Measurand.IsFoundByBackend && !rule.RaisesByOneValue));
    }

    [Fact]
    public void Check_tells_of_them_and_in_whose_place_an_owner_s_rule_stands()
    {
        var all = Check("");
        Assert.Contains("rule calibration-overdue: Days until the calibration is due below 0 d for 0s at */* *.*, medium, of every backend\n", all, StringComparison.Ordinal);
        Assert.Contains("rule clock-drift: Error of the clock above 5 s for 10m at */* *.*, medium, of every backend\n", all, StringComparison.Ordinal);
        Assert.DoesNotContain("not in force", all, StringComparison.Ordinal);

        var own = Check(Overdue);
        Assert.Contains("not in force: calibration-due, calibration-overdue, in whose place stands mine\n", own, StringComparison.Ordinal);
        Assert.DoesNotContain("rule calibration-overdue", own, StringComparison.Ordinal);
        Assert.DoesNotContain("warning: not everywhere", own, StringComparison.Ordinal);
        Assert.DoesNotContain("one value alone", own, StringComparison.Ordinal);
        Assert.Contains("rule clock-drift", own, StringComparison.Ordinal);
    }

    [Fact]
    public void Rule_that_replaces_them_at_one_place_alone_is_warned_of()
    {
        Assert.Contains("  warning: not everywhere;", Check($"{Overdue}\nsite = \"pond\"\n"), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "not everywhere", Check($"{Overdue}\nsite = \"pond\"\n{Overdue.Replace("mine", "others", StringComparison.Ordinal)}\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("statistic", "statistic = { mean = \"1h\" }")]
    [InlineData("when", "when = [{ measurand = \"ph\", above = 7 }]")]
    public void Nothing_is_computed_of_what_the_backend_finds(string key, string line)
    {
        var problems = BackendConfigurationFile.Read("b.toml", $"{Overdue}\n{line}\n").Problems;
        Assert.Contains(
            problems,
            problem => problem.ToString().EndsWith(
                $"{key} cannot be made of calibration_days, which the backend finds by itself; remove {key}: the limit is held against what is found", StringComparison.Ordinal));
    }

    private static string Check(string text)
    {
        var loaded = BackendConfigurationFile.Read("b.toml", text);
        Assert.Equal([], loaded.Problems);
        using var output = new StringWriter();
        Assert.Equal(0, CheckCommand.Report("b.toml", loaded, output));
        return output.ToString();
    }
}

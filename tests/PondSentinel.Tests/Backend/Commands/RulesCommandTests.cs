using System.CommandLine;
using System.Text.Json;
using PondSentinel.Backend.Alerting.Presets;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;

namespace PondSentinel.Tests.Backend.Commands;

/// <summary><c>pond-backend rules try</c> on files, as a person gives them.</summary>
public sealed class RulesCommandTests : IDisposable
{
    private const string Rules = """
        [[rule]]
        id = "high"
        measurand = "ammonium_n_mg_l"
        raise_above = 15
        clear_below = 12
        hold_raise = "2m"
        hold_clear = "1m"
        severity = "high"

        [[rule]]
        id = "acid"
        station = "outlet"
        measurand = "ph"
        raise_below = 6
        clear_above = 6.2
        hold_raise = "0s"
        hold_clear = "0s"
        severity = "urgent"
        """;

    private const string Dust = """
        [[rule]]
        id = "dust"
        average = "pm10-rolling24"
        measurand = "pm10_ug_m3"
        raise_above = 150
        clear_below = 150
        hold_raise = "0s"
        hold_clear = "0s"
        severity = "high"
        """;

    private const string Away = """
        [[rule]]
        id = "away"
        offline = "30m"
        severity = "high"
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("pond-rules-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("ph", "raise_below = 6\nclear_above = 6.2", "5", "  5, limit below 6,")]
    [InlineData("door_open", "raise_above = 0.5\nclear_below = 0.5", "1", "  1 (1 = yes), limit above 0.5,")]
    public void Number_has_the_unit_that_people_read(string measurand, string limits, string value, string expected)
    {
        var (_, output, _) = Try(
            $"[[rule]]\nid = \"r\"\nmeasurand = \"{measurand}\"\n{limits}\nhold_raise = \"0s\"\nhold_clear = \"0s\"\nseverity = \"high\"\n",
            $"time,channel,value\n2026-11-01T00:00:00Z,a.{measurand},{value}\n2026-11-01T00:01:00Z,a.{measurand},{value}\n",
            "--channel", $"a.{measurand}={measurand}");
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_change_is_told_in_order_and_a_raised_alert_is_exit_code_one()
    {
        // Not in order, with a column more, quotes and seconds.
        var (code, output, error) = Try(Rules, """
            channel,note,time,flag,value
            ammonium,,2026-11-01T00:03:00Z,1,18
            ammonium,,2026-11-01T00:00:00Z,1,5
            "ammonium","a, b",1793491260,,16
            ammonium,,2026-11-01T00:02:00Z,4,99
            ammonium,,2026-11-01 00:04:00,1,11
            ammonium,,2026-11-01T00:05:00Z,,10
            other/x.ph,,2026-11-01T00:05:00Z,1,3
            outlet/x.ph,,2026-11-01T00:06:00Z,3,3
            outlet/x.ph,,2026-11-01T00:07:00Z,,NaN
            """, "--json");

        Assert.Equal(1, code);
        var changes = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            [
                "2026-11-01T00:01:00Z high normal pending 16", "2026-11-01T00:03:00Z high pending firing 18",
                "2026-11-01T00:04:00Z high firing clearing 11", "2026-11-01T00:05:00Z high clearing normal 10",
                "2026-11-01T00:06:00Z acid normal firing 3",
            ],
            changes.Select(change =>
                $"{change.GetProperty("time")} {change.GetProperty("rule")} {change.GetProperty("from")} {change.GetProperty("to")} {change.GetProperty("value")}"));
        Assert.Contains("no rule watches other/x.ph", error, StringComparison.Ordinal);
        Assert.Contains("still on at the end: acid for outlet/x.ph", error, StringComparison.Ordinal);
        Assert.Contains("9 values, 5 changes, 2 alerts raised", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Reasons_of_a_flag_decide_whether_a_failed_value_counts()
    {
        const string Head = "time,channel,value,flag,why\n2026-11-01T00:00:00Z,outlet/x.ph,7,1,\n2026-11-01T00:01:00Z,outlet/x.ph,1.5,4,";

        Assert.Equal([0, 0, 1], ((string[])["", "over-range spike", "over-range out-of-bounds"]).Select(why => Try(Rules, $"{Head}{why}\n").Code));
    }

    [Fact]
    public void Names_of_the_file_cannot_act_on_the_terminal()
    {
        var (_, output, error) = Try(Rules, "time,channel,value\n2026-11-01T00:00:00Z,\"ev\u001b[31mil\nx.ammonium\",50\n2026-11-01T00:30:00Z,\"ev\u001b[31mil\nx.ammonium\",50\n");
        Assert.DoesNotContain('\u001b', output + error);
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("2026-", line));
    }

    [Theory]
    [InlineData(65)]
    [InlineData(20_000)]
    public void Brackets_without_end_are_a_mistake_of_the_file_and_no_end_of_the_program(int depth)
    {
        var (code, _, error) = Try($"x = {new string('[', depth)}\n{Rules}", "time,channel,value\n2026-11-01,ph,7\n");
        Assert.Equal(2, code);
        Assert.Contains("nested more than 64 deep", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("statistic = { deviation = \"24h\" }", 34 * 24, "; counts as usual now, it need not have come back; ", true)]
    [InlineData("statistic = { deviation = \"24h\" }", 10 * 24, "", false)]
    [InlineData("valid_to = \"2026-11-10\"", 34 * 24, "; no longer judged by this rule, this is no all-clear", false)]
    [InlineData("", 10 * 24, "", false)]
    public void End_that_is_no_all_clear_says_so(string more, int hoursOfLeak, string said, bool isOutlasted)
    {
        var rules = $"{Rules.Split("\n\n")[0]}\n{more}";
        var values = "time,channel,value\n" + string.Join('\n', Enumerable.Range(0, 36 * 24).Select(hour =>
            $"{new DateTime(2026, 11, 1).AddHours(hour):yyyy-MM-ddTHH:mm:ss}Z,ammonium,{(hour < 48 || hour >= 48 + hoursOfLeak ? 1 : 40)}"));
        var (_, output, error) = Try(rules, values);
        var end = Assert.Single(output.Split('\n'), line => line.Contains("  cleared ", StringComparison.Ordinal));
        Assert.Equal(said.Length > 0, end.Contains("; counts as", StringComparison.Ordinal) || end.Contains("; no longer", StringComparison.Ordinal));
        Assert.Contains(said, end, StringComparison.Ordinal);
        Assert.Contains("1 alert raised", error, StringComparison.Ordinal);

        var json = JsonDocument.Parse(Try(rules, values, "--json").Output.Split('\n').Single(line => line.Contains("\"cleared\":true", StringComparison.Ordinal))).RootElement;
        Assert.Equal(isOutlasted, json.TryGetProperty("outlasted", out var outlasted) && outlasted.GetBoolean());
    }

    [Fact]
    public void Nothing_raised_is_exit_code_zero()
    {
        var (code, output, _) = Try(Rules, "time,channel,value\n2026-11-01,ph,7\n");

        Assert.Equal((0, ""), (code, output));
    }

    [Fact]
    public void Rule_that_looks_at_several_channels_finds_them_in_the_recording_or_says_which_it_misses()
    {
        const string Leak = """
            [[rule]]
            id = "leak"
            station = "stream"
            measurand = "ammonium_n_mg_l"
            against = { station = "spring" }
            when = [{ measurand = "conductivity_us_cm", above = 100 }]
            unless = [{ measurand = "rain_intensity_mm_h", above = 5 }]
            raise_above = 3
            clear_below = 2
            hold_raise = "0s"
            hold_clear = "0s"
            severity = "high"
            """;
        var (code, output, error) = Try(Leak, """
            time,channel,value
            2026-11-01T00:00:00Z,stream/a.nh4,9
            2026-11-01T00:00:00Z,spring/b.nh4,1
            2026-11-01T00:00:00Z,stream/a.conductivity,50
            2026-11-01T00:01:00Z,stream/a.nh4,9
            2026-11-01T00:01:00Z,stream/a.conductivity,150
            """, "--channel", "stream/a.nh4=ammonium_n_mg_l", "--channel", "spring/b.nh4=ammonium_n_mg_l");

        Assert.Equal(1, code);
        Assert.StartsWith("2026-11-01T00:01:00Z  RAISED   high   leak  stream/a.nh4  8 mg/L as N, limit above 3", Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.EndsWith(
            "; difference to spring; itself 9; spring/b.nh4 1 at 2026-11-01T00:00:00Z; stream/a.conductivity 150 at 2026-11-01T00:01:00Z",
            output.Trim(), StringComparison.Ordinal);
        Assert.Contains("leak for stream/a.nh4 finds nothing here of: not Rain above 5 mm/h at the same station", error, StringComparison.Ordinal);
        Assert.DoesNotContain("no rule watches", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Dust, "dust", "left out: dust: it watches the average pm10-rolling24, which a running backend makes of what it stores; pond-backend average FILE.csv")]
    [InlineData(Away, "away", "left out: away: it waits for gateways that are silent, and a recording has none; pond-backend rules test EPISODE.toml")]
    public void Rule_that_values_cannot_move_is_said_to_be_left_out_and_the_others_are_tried(string more, string rule, string told)
    {
        const string Values = "time,channel,value\n2026-11-01,pm10_ug_m3,900\n2026-11-01,outlet/x.ph,3\n";
        var (code, output, error) = Try($"{Rules}\n{more}", Values);
        Assert.Equal(1, code);
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.DoesNotContain("left out: acid", error, StringComparison.Ordinal);

        var lines = Try($"{Rules}\n{more}", Values, "--json").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([$"{rule} True", "acid False"], lines.Select(line => $"{line.GetProperty("rule")} {line.TryGetProperty("left_out", out _)}"));
        Assert.Equal(0, Try(more, "time,channel,value\n2026-11-01,pm10_ug_m3,900\n").Code);
    }

    [Theory]
    [InlineData("time,chan,value\n", "values.csv:1:1: the first line names no column channel; begin with")]
    [InlineData("", "values.csv:1:1: an empty file; its first line is")]
    [InlineData("time,channel,value\n2026-11-01,ph,7\nsoon,ph,7\n", "values.csv:3:1: in column 1, no time: \"soon\"; write")]
    [InlineData("time,channel,value\n2026-11-01,ph,7;5\n", "values.csv:2:1: in column 3, no value: \"7;5\"; write")]
    [InlineData("time,channel,value\n2026-11-01,,7\n", "values.csv:2:1: in column 2, no channel; write")]
    [InlineData("time,channel,value,flag\n2026-11-01,ph,7,5\n", "values.csv:2:1: in column 4, no flag: \"5\"; write")]
    [InlineData("time,channel,value\n2026-11-01,ph\n", "values.csv:2:1: in column 1, 2 columns of 3; fill")]
    [InlineData("time,channel,value\n1793491260000,ph,7\n", "these look like milliseconds")]
    [InlineData("time,channel,value\n2026-11-01,probe7,7\n", "what probe7 measures cannot be told; say it: --channel probe7=")]
    public void Mistake_is_one_line_with_its_place_and_exit_code_two(string values, string told)
    {
        var (code, output, error) = Try(Rules, values);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(told, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("probe7=ph", 1)]
    [InlineData("probe7=pH", 2)]
    [InlineData("probe8=ph", 2)]
    public void Channel_may_be_said_to_measure_something(string channel, int expected) =>
        Assert.Equal(expected, Try(Rules, "time,channel,value\n2026-11-01,probe7,3\n", "--channel", channel).Code);

    public static TheoryData<string> Presets => [.. Preset.All.Keys];

    [Theory]
    [MemberData(nameof(Presets))]
    public void Preset_that_is_shown_can_be_put_into_a_configuration_as_it_is(string name)
    {
        var file = Path.Combine(folder, "backend.toml");
        File.WriteAllText(file, $"[backend]\nid = \"b1\"\n{Run("rules", "show", name).Output}");
        var loaded = BackendConfigurationFile.Load(file);
        using var output = new StringWriter();
        Assert.True(CheckCommand.Report(file, loaded, output) == 0, output.ToString());
        var (preset, configuration) = (Preset.All[name], loaded.Configuration);
        Assert.Equal(
            preset.Rules.Select(rule => (rule.Id, rule.Standard, rule.Clause, rule.Severity, rule.Threshold, rule.StatisticText, rule.Average?.Id, rule.Text)),
            configuration!.Rules.Select(rule => (rule.Id, rule.Standard, rule.Clause, rule.Severity, rule.Threshold, rule.StatisticText, rule.Average?.Id, rule.Text)));
    }

    [Fact]
    public void Unknown_preset_has_a_suggestion()
    {
        Assert.Contains("did you mean dust?", Run("rules", "show", "dusk").Error, StringComparison.Ordinal);
    }

    private (int Code, string Output, string Error) Try(string rules, string values, params string[] more)
    {
        var (rulesFile, valuesFile) = (Path.Combine(folder, "rules.toml"), Path.Combine(folder, "values.csv"));
        File.WriteAllText(rulesFile, rules);
        File.WriteAllText(valuesFile, values);
        var (code, output, error) = Run(["rules", "try", "--rules", rulesFile, "--input", valuesFile, .. more]);
        return (code, output, error.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand { RulesCommand.Create(new Option<string?>("--config")) };
        var code = root.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}

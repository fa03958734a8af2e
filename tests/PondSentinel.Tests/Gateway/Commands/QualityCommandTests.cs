using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Gateway.Commands;

namespace PondSentinel.Tests.Gateway.Commands;

public sealed class QualityCommandTests : IDisposable
{
    private const string Spike = "qc = { spike = { suspect = 1, fail = 3 } }";

    private readonly string folder = Directory.CreateTempSubdirectory("pond-qc-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Series_is_printed_with_the_flag_of_each_sample_and_the_verdict_of_each_test()
    {
        var (code, output, error) = await RunAsync(
            "time,value\n2026-11-01T06:00:00Z,7\n2026-11-01T06:01:00Z,12\n2026-11-01T06:02:00Z,7\n2026-11-01T06:03:00Z,\n",
            "suspect = [4, 10]\n" + Spike);

        Assert.Equal(
            """
            time,value,flag,gross_range,spike
            2026-11-01T06:00:00.000Z,7,1,1,2
            2026-11-01T06:01:00.000Z,12,4,3,4
            2026-11-01T06:02:00.000Z,7,1,1,2
            2026-11-01T06:03:00.000Z,,9,9,9

            """,
            output);
        Assert.Equal((1, "4 samples: 2 good, 0 suspect, 1 fail, 0 not evaluated, 1 missing"), (code, error.Trim()));
    }

    [Fact]
    public async Task Json_has_an_object_for_each_sample()
    {
        var (code, output, _) = await RunAsync("0,7\n60,inf\nNaT,NaN\n", "fail = [0, 14]", "--json");

        Assert.Equal(1, code);
        Assert.Equal(
            [
                """{"time":"1970-01-01T00:00:00.000Z","value":7,"flag":1,"tests":{"gross_range":1}}""",
                """{"time":"1970-01-01T00:01:00.000Z","value":"Infinity","flag":4,"tests":{"gross_range":4}}""",
                """{"time":null,"value":null,"flag":9,"tests":{"gross_range":9}}""",
            ],
            output.TrimEnd().Split('\n'));
        Assert.All(output.TrimEnd().Split('\n'), line => JsonDocument.Parse(line).Dispose());
    }

    /// <summary>A share of nothing is nothing: a floor keeps noise near zero from being a spike.</summary>
    [Theory]
    [InlineData("", 1)]
    [InlineData(", floor = 1", 0)]
    public async Task Share_comes_to_its_floor_at_least(string floor, int code) =>
        Assert.Equal(code, (await RunAsync("0,0.1\n60,0.3\n120,0.1\n", $"qc = {{ spike = {{ fail = \"20%\"{floor} }} }}")).Code);

    [Fact]
    public async Task Nothing_suspect_is_good_and_missing_is_not_wrong() =>
        Assert.Equal(0, (await RunAsync("0,7\n60,\n120,7\n", "fail = [0, 14]")).Code);

    /// <summary>What is harmless is taken: a byte order mark, line ends of all kinds, blanks, quotes, blank lines, no head, names
    /// in any case and order, times in the forms that programs write.</summary>
    [Theory]
    [InlineData("\uFEFFtime,value\r\n2026-11-01T06:30:00Z,7.5\r\n")]
    [InlineData("Value , TIME\n7.5,2026-11-01T06:30:00Z")]
    [InlineData("\n \n\"time\",\"value\"\n\n  \"2026-11-01T06:30:00Z\" , \" 7.5 \" \n\n")]
    [InlineData("time,value\r2026-11-01T06:30:00Z,7.5\r")]
    [InlineData("2026-11-01T06:30Z,7.5")]
    [InlineData("2026-11-01T06:30:00,7.5")]
    [InlineData("2026-11-01 06:30:00,+7.50e0")]
    [InlineData("2026-11-01 06:30:00.000+00:00,7.5")]
    [InlineData("2026-11-01T14:30:00.000000000+08:00,7.5")]
    [InlineData("1793514600,7.5")]
    [InlineData("1793514600.0004,7.5")]
    [InlineData("1.7935146e9,7.5")]
    public async Task Series_is_read_in_every_harmless_form(string csv)
    {
        var (code, output, _) = await RunAsync(csv, "fail = [0, 14]");

        Assert.Equal((0, "2026-11-01T06:30:00.000Z,7.5,1,1"), (code, output.Trim().Split('\n')[1]));
    }

    [Theory]
    [InlineData("0,7\n60;8", "2:5: the second column is missing; separate the columns by a comma, not by a semicolon")]
    [InlineData("0,7\n60\t8", "2:5: the second column is missing; separate the columns by a comma, not by a tab")]
    [InlineData("0,7\r\n60", "2:3: the second column is missing; write time,value on each line")]
    [InlineData("0,7\n60", "2:3: the second column is missing; write time,value on each line")]
    [InlineData("0,7,pond-1\n", "1:5: a third column; keep the columns time and value only")]
    [InlineData("zeit,wert\n0,7", "1:1: no time: \"zeit\"; write 2026-11-01T06:30:00Z, or seconds since 1970 UTC")]
    [InlineData("0,7\n2026-13-01T00:00:00Z,7", "2:1: no time: \"2026-13-01T00:00:00Z\"; write 2026-11-01T06:30:00Z, or seconds since 1970 UTC")]
    [InlineData("1793514600000,7", "1:1: a time after the year 9999 or before the year 1: \"1793514600000\"; these look like milliseconds: divide them by 1000")]
    [InlineData("1e300,7", "1:1: a time after the year 9999 or before the year 1: \"1e300\"; write seconds since 1970 UTC")]
    [InlineData("NaN,7", "1:1: no time: \"NaN\"; write 2026-11-01T06:30:00Z, or seconds since 1970 UTC")]
    [InlineData("0, high", "1:4: no value: \"high\"; write a number, or leave it empty where it is missing")]
    [InlineData("0,\"7,5\"", "1:3: no value: \"7,5\"; write a decimal point instead of the comma")]
    [InlineData("0,\"7", "1:3: a quote without its end; close it on the same line, or remove it")]
    [InlineData("\"0\"7,8", "1:4: something after a quote; put a comma between the columns")]
    [InlineData("0,\u001b[31m7", "1:3: no value: \"?[31m7\"; write a number, or leave it empty where it is missing")]
    public async Task What_is_no_series_is_refused_with_its_place_and_what_to_do(string csv, string finding)
    {
        var (code, _, error) = await RunAsync(csv, Spike);

        Assert.Equal((2, $"{File("series.csv")}:{finding}"), (code, error.Trim()));
    }

    [Fact]
    public async Task Line_without_end_is_refused_and_not_kept()
    {
        var (code, output, error) = await RunAsync(new string('7', 3_000_000), Spike);

        Assert.Equal((2, "time,value,flag,spike"), (code, output.Trim()));
        Assert.Equal($"{File("series.csv")}:1:1025: a line of more than 1024 characters, so no series; name a CSV file with the columns time and value", error.Trim());
    }

    [Fact]
    public async Task Any_bytes_give_flags_or_one_clear_error()
    {
        var random = new Random(8);
        var alphabet = "0123456789-:.,;TZ\"\n\r e+NaNinf\t\0\uFFFD";
        for (var round = 0; round < 300; round++)
        {
            var csv = new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            var (code, _, error) = await RunAsync(csv, Spike);

            Assert.True(code is 0 or 1 or 2, csv);
            Assert.Single(error.Trim().Split('\n'));
        }
    }

    [Theory]
    [InlineData("", "1:1: nothing is tested for; write fail, suspect or [qc]; pond-gateway qc --help shows an example")]
    [InlineData("fail = [14, 0]", "1:1: fail must be [low, high]; put the lower number first")]
    [InlineData("fail = [0, 14]\nsuspect = [0, 15]", "2:1: suspect must lie within fail; widen fail or narrow suspect")]
    [InlineData("measurand = \"pH\"\nfail = [0, 14]", "1:1: there is no measurand \"pH\"; did you mean ph?")]
    [InlineData("[qc]\nspike = { fail = 1, fial = 2 }", "2:21: fial of [qc.spike] is not known here; remove it")]
    [InlineData("measurand = \"ph\"\n[qc]\ndefaults = true\nspike = { fail = 1 }\noff = [\"spike\"]", "5:1: spike stands in [qc] and in its off; remove one of them")]
    [InlineData("[qc]\nclimatology = [{ month = [4, 9], quarter = [1, 2], suspect = [0, 1] }]", "2:16: [qc.climatology] says twice when it holds; write one of month, quarter, day_of_year, week, day_of_week and dates, for example month = [4, 9]")]
    [InlineData("[qc]\nspke = { suspect = 1 }\nspike = { fail = 1 }", "2:1: spke of [qc] is not known here; did you mean spike?")]
    [InlineData("[qc]\nspike = { suspect = \"many\" }", "2:11: suspect of [qc.spike] must be a number of 0 or more, or a percentage; write suspect = 1.5 or suspect = \"20%\"|2:9: [qc.spike] flags nothing; give suspect, fail or both, or take the test away")]
    [InlineData("[qc]\nspike = { suspect = 2, fail = 1 }", "2:24: fail of [qc.spike] must not be below suspect; raise fail or lower suspect")]
    [InlineData("[qc]\nspike = { fail = 1, method = \"mean\" }", "2:21: method of [qc.spike] is not a word known here; use one of: differential, average")]
    [InlineData("[qc]\nrate_of_change = { suspect = 1 }", "2:18: per of [qc.rate_of_change] is missing; add it here")]
    [InlineData("[qc]\nflat_line = { suspect = \"6h\", tolerance = 0 }", "2:31: tolerance of [qc.flat_line] must be above 0; write half of what the probe can tell apart, or more")]
    [InlineData("[qc]\nattenuated_signal = { suspect = 1, period = \"1h\" }", "2:36: [qc.attenuated_signal] would call a period that has just begun attenuated; add period_min = \"12h\": until it has seen so much it says nothing")]
    [InlineData("[qc]\nclimatology = [{ suspect = [0, 1] }]", "2:16: [qc.climatology] does not say when it holds; write one of month, quarter, day_of_year, week, day_of_week and dates, for example month = [4, 9]")]
    [InlineData("[qc]\nclimatology = [{ month = [4, 9] }]", "2:16: [qc.climatology] does not say what is usual; add suspect = [low, high]")]
    [InlineData("[qc]\nclimatology = [{ month = [9, 4], suspect = [0, 1] }]", "2:18: month of [qc.climatology] must be [first, last]; put the earlier first; for a season over the turn of the year write two")]
    [InlineData("[qc]\nclimatology = [{ dates = [\"May\", \"June\"], suspect = [0, 1] }]", "2:18: dates of [qc.climatology] must be two times; write dates = [\"2026-04-01\", \"2026-09-30T23:59:59Z\"]; UTC")]
    [InlineData("[qc]\ndefaults = true", "2:1: defaults of [qc] needs to know what is measured; name the measurand, for example measurand = \"ph\"")]
    [InlineData("measurand = \"orp_mv\"\n[qc]\ndefaults = true", "3:1: there are no defaults for orp_mv; write the tests themselves")]
    [InlineData("measurand = \"ph\"\n[qc]\ndefaults = true\noff = [\"spikes\"]", "4:1: off of [qc] names no test that is among the defaults: \"spikes\"; did you mean spike?")]
    public async Task Mistake_in_the_tests_is_told_with_its_place_and_what_to_do(string toml, string findings)
    {
        var (code, output, error) = await RunAsync("0,7\n", toml);

        Assert.Equal((2, ""), (code, output));
        var lines = error.Trim().Split('\n');
        Assert.Equal(
            findings.Split('|').Order(StringComparer.Ordinal),
            lines[..^1].Select(line => line.Replace(File("tests.toml") + ":", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Files_that_are_not_there_are_named()
    {
        await RunAsync("0,7\n", Spike);

        var (noTests, _, testsError) = await InvokeAsync(File("series.csv"), "--tests", File("none.toml"));
        var (noSeries, _, seriesError) = await InvokeAsync(File("none.csv"), "--tests", File("tests.toml"));

        Assert.Equal((2, $"{File("none.toml")}: no such file; pond-gateway qc --help shows what stands in it"), (noTests, testsError.Trim()));
        Assert.Equal(2, noSeries);
        Assert.StartsWith($"{File("none.csv")}: ", seriesError, StringComparison.Ordinal);
    }

    /// <summary>The median of a series says how many samples are 5 minutes; an interval in the settings says it before.</summary>
    [Theory]
    [InlineData("", "every 1m", "9,10")]
    [InlineData("interval = \"30s\"\n", "every 30s", "")]
    public async Task Flat_line_counts_by_the_median_or_by_the_interval_that_is_given(string interval, string said, string flat)
    {
        var csv = new StringBuilder("time,value\n");
        for (var n = 0; n < 11; n++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{n * 60},{(n < 4 ? n : 7)}\n");
        }

        var (_, output, error) = await RunAsync(csv.ToString(), interval + "qc = { flat_line = { suspect = \"5m\", tolerance = \"1%\" } }");

        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Equal(flat, string.Join(',', output.Trim().Split('\n').Skip(1).Select((line, n) => (line, n)).Where(each => each.line.EndsWith(",3", StringComparison.Ordinal)).Select(each => each.n)));
    }

    [Fact]
    public async Task Defaults_of_a_measurand_hold_but_for_what_is_written_or_off()
    {
        var (_, output, _) = await RunAsync(
            "0,7\n600,7.4\n1200,7.4\n", "measurand = \"ph\"\nfail = [0, 7]\nqc = { defaults = true, off = [\"flat_line\"], rate_of_change = { suspect = 0.3, per = \"10m\" } }");

        Assert.Equal("time,value,flag,gross_range,spike,rate_of_change", output.Split('\n')[0]);
        Assert.EndsWith(",7.4,4,4,1,3", output.Split('\n')[2], StringComparison.Ordinal);
    }

    /// <summary>What the help shows is a file that can be used.</summary>
    [Fact]
    public async Task Example_of_the_help_has_nothing_wrong()
    {
        var (_, help, _) = await InvokeAsync("--help");
        var lines = help.Split('\n').Select(line => line.Trim()).ToList();
        var example = lines.Skip(lines.FindIndex(line => line.StartsWith("interval =", StringComparison.Ordinal)))
            .TakeWhile(line => line.Length > 0)
            .Select(line => line.Split("   ")[0]);

        var (code, output, error) = await RunAsync("0,7\n60,7.01\n", string.Join('\n', example));

        Assert.Equal((0, "time,value,flag,gross_range,climatology,spike,rate_of_change,flat_line,attenuated_signal,time_gap,step"), (code, output.Split('\n')[0]));
        Assert.Equal("2 samples every 1m: 2 good, 0 suspect, 0 fail, 0 not evaluated, 0 missing", error.Trim());
    }

    private string File(string name) => Path.Combine(folder, name);

    private async Task<(int Code, string Output, string Error)> RunAsync(string csv, string toml, params string[] more)
    {
        await System.IO.File.WriteAllTextAsync(File("series.csv"), csv);
        await System.IO.File.WriteAllTextAsync(File("tests.toml"), toml);
        return await InvokeAsync([File("series.csv"), "--tests", File("tests.toml"), .. more]);
    }

    private static async Task<(int Code, string Output, string Error)> InvokeAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync(["qc", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}

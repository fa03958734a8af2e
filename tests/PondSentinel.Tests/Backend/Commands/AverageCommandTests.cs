using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PondSentinel.Backend.Commands;
using static PondSentinel.Tests.Repository.KnownAnswers;

namespace PondSentinel.Tests.Backend.Commands;

/// <summary><c>pond-backend average</c> on files, as a person gives them.</summary>
public sealed class AverageCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-average-").FullName;

    public static TheoryData<string, string, string, string> Days => new()
    {
        { "pm10-24h-gb", "gb_valid", "rounded", "gb_int" },
        { "pm10-24h-us", "us_valid", "rounded", "us_round10" },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Days))]
    public void Day_is_valid_and_rounded_as_known(string kind, string valid, string field, string known)
    {
        foreach (var day in Rows("Alerting/vectors/pm10_24h.csv").Where(day => day["n_valid"] != "0"))
        {
            var hours = Enumerable.Range(0, 24).Select(hour => $"2026-03-01T{hour:00}:00:00Z,{day[$"h{hour:00}"]}");
            var (code, output, error) = Average("time,value\n" + string.Join('\n', hours), kind, "--json");

            Assert.Equal((0, "24 rows every 1h, days by UTC+0"), (code, error.Trim()));
            var row = JsonDocument.Parse(Assert.Single(Lines(output))).RootElement;
            Assert.Equal("2026-03-01T00:00:00Z", row.GetProperty("start").GetString());
            Assert.Equal(int.Parse(day["n_valid"], CultureInfo.InvariantCulture), row.GetProperty("valid").GetInt32());
            Assert.Equal(day[valid] == "1" ? "valid" : "no data", row.GetProperty("state").GetString());
            Assert.Equal(day[valid] == "1" ? Number(day[known]) : null, Nullable(row.GetProperty(field)));
            Assert.Equal(day[valid] == "1" ? Number(day["mean"])!.Value : 0, Nullable(row.GetProperty("mean")) ?? 0, 6);
        }
    }

    [Fact]
    public void Columns_are_averaged_each_and_days_go_by_their_place()
    {
        var hours = Enumerable.Range(0, 25).Select(hour => FormattableString.Invariant($"{1_772_323_200 + (hour * 3600)},{hour},7"));
        var (code, output, _) = Average("time,pm10,other\n" + string.Join('\n', hours), "pm10-24h-us", "--utc-offset-h", "1");

        Assert.Equal(0, code);
        Assert.Equal(
            """
            column,day,start,end,state,valid,needed,mean,rounded
            pm10,2026-03-01,2026-02-28T23:00:00Z,2026-03-01T23:00:00Z,valid,23,18,11,10
            pm10,2026-03-02,2026-03-01T23:00:00Z,2026-03-02T23:00:00Z,no data,2,18,,
            other,2026-03-01,2026-02-28T23:00:00Z,2026-03-01T23:00:00Z,valid,23,18,7,10
            other,2026-03-02,2026-03-01T23:00:00Z,2026-03-02T23:00:00Z,no data,2,18,,
            """,
            output.Trim());
    }

    [Fact]
    public void Samples_make_hours_of_which_45_minutes_are_enough()
    {
        var samples = Enumerable.Range(0, 180).Where(minute => minute is < 60 or (>= 76 and < 120) or (>= 135 and < 180))
            .Select(minute => $"2026-03-01T{minute / 60:00}:{minute % 60:00}:30Z,{minute}");
        var (_, output, error) = Average(string.Join('\n', samples), "mean-1h");

        Assert.Equal("149 rows every 1m, days by UTC+0", error.Trim());
        Assert.Equal("column,start,end,state,valid,needed,mean", Lines(output)[0]);
        Assert.Equal(["valid", "no data", "valid", "no data"], Lines(output).Skip(1).Select(line => line.Split(',')[3]));
    }

    [Fact]
    public void Index_and_NowCast_are_told_with_both_tables()
    {
        var hours = string.Join('\n', Enumerable.Range(0, 24).Select(hour => $"2026-03-01T{hour:00}:00Z,460"));

        Assert.EndsWith(",460,460,345,340,Hazardous", Lines(Average(hours, "aqi-us").Output)[1], StringComparison.Ordinal);
        Assert.EndsWith(",460,460,350,Severely Polluted,IAQI (HJ 633-2012)", Lines(Average(hours, "iaqi-cn").Output)[1], StringComparison.Ordinal);
        Assert.EndsWith(
            ",460,460,200,Moderately Polluted,IAQI by --breakpoints",
            Lines(Average(hours, "iaqi-cn", "--breakpoints", "0:0,230:100,460:200").Output)[1],
            StringComparison.Ordinal);
        var nowCast = Lines(Average(hours, "nowcast").Output);
        Assert.Equal(25, nowCast.Length);
        Assert.EndsWith(",no data,1,,,,,", nowCast[1], StringComparison.Ordinal);
        Assert.EndsWith(",valid,12,460,460,345,340,Hazardous", nowCast[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void PH_of_all_there_is_has_both_means()
    {
        var (_, output, _) = Average("2026-03-01T00:00Z,4\n2026-03-01T01:00Z,5\n", "ph-mean", "--json");
        var row = JsonDocument.Parse(output).RootElement;

        Assert.Equal((4.5, 4.5, 4.0, 5.0), (Of("arithmetic"), Of("median"), Of("lowest"), Of("highest")));
        Assert.Equal((4.259637, 1.0, 2.0), (Math.Round(Of("hydrogen_ion"), 6), Of("covered"), Of("values")));

        double Of(string name) => row.GetProperty(name).GetDouble();
    }

    [Fact]
    public void Rows_in_any_order_and_rows_that_revise_end_with_the_same()
    {
        string[] hours = [.. Enumerable.Range(0, 24).Select(hour => $"2026-03-01T{hour:00}:00Z,{hour}")];
        var inOrder = Average(string.Join('\n', hours), "pm10-24h-gb").Output;

        var random = new Random(3);
        random.Shuffle(hours);
        Assert.Equal(inOrder, Average($"2026-03-01T07:00Z,900\n{string.Join('\n', hours)}", "pm10-24h-gb").Output);
    }

    [Theory]
    [InlineData("", "series.csv: no values in it; its columns are time and value")]
    [InlineData("time,value\n", "series.csv: no values in it; its columns are time and value")]
    [InlineData("2026-03-01,7\n,8\n", "series.csv:2:1: no time, so nobody knows what these values are of; write it, or remove the line")]
    [InlineData("2026-03-01,7\n2026-03-02,x\n", "series.csv:2:12: no value: \"x\"; write a number, or leave it empty where it is missing")]
    [InlineData("time,a,a\n", "series.csv:1:6: two columns are called a; give each column a name of its own")]
    [InlineData("time,a,\n", "series.csv:1:8: a column without a name; give each column a name of its own")]
    [InlineData("time,a,b\n2026-03-01,7\n", "series.csv:2:13: 2 columns of 3; fill the line up, a value that is missing stays empty")]
    [InlineData("time,a\n2026-03-01,7,8\n", "series.csv:2:14: 3 columns of 2; give the first line a name for each column")]
    [InlineData("1026-03-01,7\n2026-03-02,5\n", "series.csv: its times are 1000 years apart; mend or remove the wrong ones")]
    public void What_cannot_be_read_is_told_with_its_place(string text, string expected)
    {
        var (code, output, error) = Average(text, "mean-1h");

        Assert.Equal((2, "", expected), (code, output, error.Trim().Replace(folder + "/", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("mean-2h")]
    [InlineData("mean-1h", "--utc-offset-h", "15")]
    [InlineData("mean-1h", "--interval", "2h")]
    [InlineData("mean-1h", "--stamp", "middle")]
    [InlineData("mean-1h", "--needed", "0")]
    [InlineData("iaqi-cn", "--breakpoints", "0:0")]
    [InlineData("iaqi-cn", "--breakpoints", "0:0,x")]
    public void Wrong_arguments_average_nothing(string kind, params string[] more)
    {
        var (code, output, error) = Average("2026-03-01,7\n", kind, more);

        Assert.NotEqual(0, code);
        Assert.DoesNotContain("state", output, StringComparison.Ordinal);
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Chronic_criterion_needs_its_columns() =>
        Assert.Equal(
            "series.csv:1:1: the first line names no column ph, water_temperature_c; begin with time,total_ammonia_n_mg_l,ph,water_temperature_c",
            Average("time,total_ammonia_n_mg_l\n2026-03-01,1\n", "ammonia-30d").Error.Trim().Replace(folder + "/", "", StringComparison.Ordinal));

    private static double? Nullable(JsonElement number) => number.ValueKind == JsonValueKind.Null ? null : number.GetDouble();

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private (int Code, string Output, string Error) Average(string text, string kind, params string[] more)
    {
        var file = Path.Combine(folder, "series.csv");
        File.WriteAllText(file, text);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = AverageCommand.Create().Parse([file, "--kind", kind, .. more])
            .Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString());
    }
}

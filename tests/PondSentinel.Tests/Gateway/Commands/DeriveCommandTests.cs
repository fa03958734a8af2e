using System.CommandLine;
using System.Text.Json;
using PondSentinel.Gateway.Commands;

namespace PondSentinel.Tests.Gateway.Commands;

/// <summary><c>pond-gateway derive</c> on files, as a person gives them.</summary>
public sealed class DeriveCommandTests : IDisposable
{
    private const string Ammonia = """
        [columns]
        "probe.nh4n" = "ammonium_n_mg_l"
        t = "water_temperature_c"
        [[channel]]
        id = "nh3n"
        formula = "unionized-ammonia-nitrogen"
        ammonium = "probe.nh4n"
        ph = "ph"
        temperature = "t"
        [[channel]]
        id = "acute"
        formula = "ammonia-acute-ratio"
        ammonium = "probe.nh4n"
        ph = "ph"
        temperature = "t"
        salmonids = false
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("pond-derive-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Channels_are_computed_with_their_flags_and_reasons()
    {
        var (code, output, error) = Derive(Ammonia, """
            time,probe.nh4n,ph,t,ph.flag
            2026-11-01T06:00:00Z,9.617954,8,20,
            2026-11-01T06:01:00Z,9.617954,8,20,3
            2026-11-01T06:02:00Z,100,4,20,1
            2026-11-01T06:03:00Z,,8,20,1
            2026-11-01T06:04:00Z,5,8,20,9
            """);

        Assert.Equal((0, "5 rows every 1m"), (code, error.Trim()));
        var rows = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToList();
        Assert.Equal("time,nh3n,nh3n.flag,nh3n.why,acute,acute.flag,acute.why", string.Join(',', rows[0]));
        Assert.Equal("2026-11-01T06:00:00.000Z 1 ", string.Join(' ', rows[1][0], rows[1][2], rows[1][3]));
        Assert.Equal(0.382046, double.Parse(rows[1][1], System.Globalization.CultureInfo.InvariantCulture), 1e-5);
        Assert.Equal(["3", "3"], [rows[2][2], rows[2][5]]);
        Assert.Equal(["1", "", "3", "extrapolated"], [rows[3][2], rows[3][3], rows[3][5], rows[3][6]]);
        Assert.All(rows.TakeLast(2), row => Assert.Equal(["", "9", "no-answer", "", "9", "no-answer"], row[1..]));
    }

    [Fact]
    public void JSON_has_an_object_for_each_channel()
    {
        var (_, output, _) = Derive(Ammonia, "time,probe.nh4n,ph,t\n0,100,4,20\n", "--json");
        var row = JsonDocument.Parse(output).RootElement;

        Assert.Equal("1970-01-01T00:00:00.000Z", row.GetProperty("time").GetString());
        Assert.Equal(1, row.GetProperty("nh3n").GetProperty("flag").GetInt32());
        Assert.Equal("extrapolated", row.GetProperty("acute").GetProperty("why")[0].GetString());
        Assert.InRange(row.GetProperty("nh3n").GetProperty("value").GetDouble(), 3.9e-4, 4.1e-4);
    }

    [Fact]
    public void Rain_of_a_day_is_summed_by_the_rows_own_interval()
    {
        var rows = Enumerable.Range(0, 30).Select(hour => $"{hour * 3600},{hour * 2}");
        var (_, output, error) = Derive("""
            [[channel]]
            id = "rain-day"
            formula = "rain-depth"
            rain = "rain_total_mm"
            """, "time,rain_total_mm\n" + string.Join('\n', rows));

        Assert.Equal("30 rows every 1h", error.Trim());
        Assert.EndsWith("05:00:00.000Z,48,1,\n", output, StringComparison.Ordinal);
        Assert.Equal(22, output.Split('\n').Count(line => line.EndsWith(",,9,not-ready", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", "channels.toml:1:1: nothing is computed; add a [[channel]]; pond-gateway derive --help shows an example|1 mistake")]
    [InlineData("[[channel]]\nid = \"a\"\nformula = \"fredboard\"", "channels.toml:3:1: there is no formula \"fredboard\"; did you mean freeboard?|1 mistake")]
    [InlineData(
        "[columns]\nt = \"celsius\"\nu = \"ph\"",
        "channels.toml:2:1: there is no measurand \"celsius\"; use one of: @|channels.toml:3:1: the series has no column \"u\"; did you mean t?|2 mistakes")]
    [InlineData(
        "[[channel]]\nid = \"a\"\nformula = \"ammonia-acute-criterion\"\nph = \"t\"\ntemperature = \"ph\"\nsalmons = true",
        "channels.toml:4:1: ph of ammonia-acute-criterion needs ph, and \"t\" is not known; use one of: @|channels.toml:5:1: temperature of ammonia-acute-criterion needs water_temperature_c, and \"ph\" is ph; there is none yet: add it|channels.toml:6:1: salmons of [channel] is not known here; did you mean salmonids?|3 mistakes")]
    [InlineData(
        "interval = \"1h\"\n[columns]\nt = \"rain_total_mm\"\n[[channel]]\nid = \"a\"\nformula = \"rain-depth\"\nrain = \"t\"\nperiod = \"10m\"",
        "channels.toml:8:1: the period of rain-depth, 10m, is shorter than the interval, 1h; lengthen it, or shorten the interval|1 mistake")]
    [InlineData(
        "interval = \"4m\"\n[columns]\nt = \"rain_total_mm\"\n[[channel]]\nid = \"a\"\nformula = \"rain-depth\"\nrain = \"t\"\nperiod = \"10m\"",
        "channels.toml:8:1: rain-depth would never have a value for sure: of values every 4m, the nearest to 10m apart are 8m apart, less than 90% of it; make the period a multiple of the interval|1 mistake")]
    public void Every_mistake_in_the_channels_is_told(string channels, string expected)
    {
        var (code, output, error) = Derive(channels, "time,ph,t\n0,7,20\n60,7,20\n");

        Assert.Equal((2, ""), (code, output));
        var told = error.Trim().Replace(folder + "/", "", StringComparison.Ordinal).ReplaceLineEndings("|");
        Assert.Equal(expected, System.Text.RegularExpressions.Regex.Replace(told, "use one of: [^|]*", "use one of: @"));
    }

    [Theory]
    [InlineData("0,100,4,20\n0,100,4,20", "series.csv:3:1: a time that is not after the one before it; sort the file by time, and keep one row of each")]
    [InlineData(",100,4,20", "series.csv:2:1: no time, so nobody knows what these values are of; write it, or remove the line")]
    public void Row_that_cannot_be_placed_in_time_is_told(string rows, string expected)
    {
        var (code, _, error) = Derive(Ammonia, "time,probe.nh4n,ph,t\n" + rows);

        Assert.Equal((2, expected), (code, error.Trim().Replace(folder + "/", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Flag_that_is_none_is_told() =>
        Assert.EndsWith(
            "series.csv:2:1: no flag in column ph.flag; write 1 good, 2 not evaluated, 3 suspect, 4 fail or 9 missing",
            Derive(Ammonia, "time,probe.nh4n,ph,t,ph.flag\n0,1,7,20,5").Error.Trim(),
            StringComparison.Ordinal);

    private (int Code, string Output, string Error) Derive(string channels, string text, params string[] more)
    {
        var (series, file) = (Path.Combine(folder, "series.csv"), Path.Combine(folder, "channels.toml"));
        File.WriteAllText(series, text);
        File.WriteAllText(file, channels);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = DeriveCommand.Create().Parse([series, "--channels", file, .. more])
            .Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString());
    }
}

using System.Globalization;
using System.Text;
using PondSentinel.Derivation;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Derivation;

/// <summary>Every formula without memory on a grid from ice to hot water, from below pH 0 to above 14 and from dry air to fog: what
/// <c>pond-gateway derive</c> makes of it is what the same formulas give that are written again in Python.</summary>
public sealed class FormulaGridTests
{
    private const string Water = "ph = \"ph\"\ntemperature = \"water_temperature_c\"\n";

    private static readonly (string Id, string Formula, string More)[] Channels =
    [
        ("compensated", "ph-at-temperature", Water),
        ("ec25", "specific-conductance", "conductivity = \"conductivity_us_cm\"\ntemperature = \"water_temperature_c\"\n"),
        ("nh4n", "ammonium-nitrogen", "ammonium = \"ammonium_ion_mg_l\"\n"),
        ("nh4", "ammonium-ion", "ammonium = \"ammonium_n_mg_l\"\n"),
        ("of-total", "ammonium-of-total", "total = \"total_ammonia_n_mg_l\"\n" + Water),
        ("tan", "total-ammonia-nitrogen", "ammonium = \"ammonium_n_mg_l\"\n" + Water),
        ("tan-of-ion", "total-ammonia-nitrogen", "ammonium = \"ammonium_ion_mg_l\"\n" + Water),
        ("nh3n", "unionized-ammonia-nitrogen", "ammonium = \"total_ammonia_n_mg_l\"\n" + Water),
        ("nh3", "unionized-ammonia", "ammonium = \"ammonium_n_mg_l\"\n" + Water),
        ("without-k", "potassium-corrected-ammonium", "ammonium = \"ammonium_n_mg_l\"\npotassium = \"potassium_mg_l\"\n"),
        ("cmc", "ammonia-acute-criterion", Water),
        ("cmc-absent", "ammonia-acute-criterion", Water + "salmonids = false\n"),
        ("ccc", "ammonia-chronic-criterion", Water),
        ("ccc-absent", "ammonia-chronic-criterion", Water + "mussels = false\n"),
        ("acute", "ammonia-acute-ratio", "ammonium = \"total_ammonia_n_mg_l\"\n" + Water),
        ("chronic", "ammonia-chronic-ratio", "ammonium = \"total_ammonia_n_mg_l\"\n" + Water),
        ("dry", "dry-pm10", "pm = \"pm10_ug_m3\"\nhumidity = \"air_humidity_percent\"\n"),
        ("dry25", "dry-pm25", "pm = \"pm25_ug_m3\"\nhumidity = \"air_humidity_percent\"\n"),
        ("freeboard", "freeboard", "level = \"water_level_mm\"\ncrest_mm = 3200\n"),
    ];

    [Fact]
    public async Task Every_formula_agrees_with_its_like_in_python_on_a_dense_grid()
    {
        var folder = TestFolder.Create();
        var (series, channels, printed) = (Path.Combine(folder, "grid.csv"), Path.Combine(folder, "channels.toml"), Path.Combine(folder, "derived.jsonl"));
        Assert.Equal(
            FormulaBook.All.Where(formula => formula.Period is null).Select(formula => formula.Name).Order(StringComparer.Ordinal),
            Channels.Select(channel => channel.Formula).Distinct().Order(StringComparer.Ordinal));
        await File.WriteAllTextAsync(series, Grid(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            channels,
            string.Concat(Channels.Select(channel => $"[[channel]]\nid = \"{channel.Id}\"\nformula = \"{channel.Formula}\"\n{channel.More}")),
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            printed,
            await Command.RunAsync("/usr/bin/env", "dotnet", Built.Program("PondSentinel.Gateway", "pond-gateway"), "derive", series, "--channels", channels, "--json"),
            TestContext.Current.CancellationToken);

        var (code, output, error) = await Command.TryAsync("/usr/bin/python3", Checkout.Absolute("tests/rigs/formulas.py"), printed, series);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.True(code == 0 && output.TrimEnd().EndsWith(" values agree", StringComparison.Ordinal), $"{error}{output}");
    }

    // Both ends of each validity are on it, and a step beside them.
    private static string Grid()
    {
        var text = new StringBuilder("time,ph,water_temperature_c,total_ammonia_n_mg_l,ammonium_n_mg_l,ammonium_ion_mg_l,potassium_mg_l,conductivity_us_cm,pm10_ug_m3,pm25_ug_m3,air_humidity_percent,water_level_mm\n");
        var row = 0;
        for (var ph = -2; ph <= 60; ph++)
        {
            for (var celsius = -12; celsius <= 108; celsius += 3)
            {
                var amount = Math.Pow(10, (row % 17 / 2.0) - 4);
                text.Append(CultureInfo.InvariantCulture, $"{1_772_323_200L + (60 * row)},{ph * 0.25:R},{celsius * 0.5:R},{amount:R},{amount * 1.7:R},{amount * 0.9:R},{row % 40},{amount * 100:R},{row % 907},{row % 311},{row % 103},{(row % 5000) - 200}\n");
                row++;
            }
        }

        return text.ToString();
    }
}

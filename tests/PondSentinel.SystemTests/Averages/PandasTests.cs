using System.Globalization;
using System.Text;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Averages;

/// <summary>A year of hours with gaps, out of order and partly revised: what <c>pond-backend average</c> makes of it is what pandas
/// makes of it.</summary>
public sealed class PandasTests
{
    private const int Hours = 8_760;
    private const int Revisions = 200;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 5, 0, 0, TimeSpan.Zero);

    private readonly string folder = TestFolder.Create();

    [Theory]
    [InlineData("pm10-24h-gb", "8")]
    [InlineData("pm10-24h-us", "-7")]
    [InlineData("pm10-rolling24", "0")]
    [InlineData("nowcast", "0")]
    [InlineData("aqi-us", "0")]
    [InlineData("iaqi-cn", "8")]
    public async Task Dust_of_a_year_is_averaged_as_pandas_does(string kind, string offset) =>
        await CompareAsync(Dust(kind.Length), kind, offset);

    [Fact]
    public async Task PH_of_a_year_is_averaged_as_pandas_does() =>
        await CompareAsync(Water(1), "ph-mean", "8", "--period", "24h");

    [Fact]
    public async Task Ammonia_of_a_year_is_held_against_its_criterion_as_pandas_does() =>
        await CompareAsync(Water(2), "ammonia-30d", "8");

    private async Task CompareAsync(string series, string kind, string offset, params string[] more)
    {
        var (file, printed) = (Path.Combine(folder, $"{kind}.csv"), Path.Combine(folder, $"{kind}.jsonl"));
        await File.WriteAllTextAsync(file, series, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            printed,
            await Command.RunAsync(
                "/usr/bin/env", ["dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "average", file, "--kind", kind, "--utc-offset-h", offset, "--json", .. more]),
            TestContext.Current.CancellationToken);

        var (code, output, error) = await Command.TryAsync(
            "/usr/bin/python3", Checkout.Absolute("tests/rigs/averages.py"), file, kind, offset, printed);
        var said = output.TrimEnd().Split('\n')[^1];
        Assert.True(code == 0 && said.EndsWith(" windows agree", StringComparison.Ordinal), $"{error}{output}");
        Assert.True(int.Parse(said.Split(' ')[0], CultureInfo.InvariantCulture) > 300, said);
    }

    // Calm days, storms of a day, and tenths, so that means end in halves; a storm that stops the instrument.
    private static string Dust(int seed) => Series(seed, "value,other", (random, hour) =>
    {
        var storm = hour / 24 % 29 == 3 ? 20 : 1;
        return [Math.Round(storm * 120 * random.NextDouble(), 1), Math.Floor(hour / 24.0) % 2 == 0 ? 121.5 : Math.Round(300 * random.NextDouble())];
    });

    private static string Water(int seed) => Series(seed, "total_ammonia_n_mg_l,ph,water_temperature_c", (random, hour) =>
        [Math.Round(3 * random.NextDouble(), 3), Math.Round(5 + (4 * random.NextDouble()), 2), Math.Round(16 - (12 * Math.Cos(hour * 2 * Math.PI / Hours)), 1)]);

    private static string Series(int seed, string columns, Func<Random, int, double[]> values)
    {
        var random = new Random(seed);
        List<string> rows = [];
        var gapUntil = 0;
        for (var hour = 0; hour < Hours; hour++)
        {
            if (random.Next(60) == 0)
            {
                gapUntil = hour + random.Next(1, random.Next(8) == 0 ? 400 : 9);
            }

            if (hour >= gapUntil)
            {
                rows.Add(Row(hour));
            }
        }

        var shuffled = rows.Index().OrderBy(row => row.Index + (200 * random.NextDouble())).Select(row => row.Item).ToList();
        shuffled.AddRange(Enumerable.Range(0, Revisions).Select(_ => Row(random.Next(Hours))));
        return new StringBuilder("time,").Append(columns).Append('\n').AppendJoin('\n', shuffled).Append('\n').ToString();

        string Row(int hour)
        {
            var cells = values(random, hour).Select(value => random.Next(50) == 0 ? "" : value.ToString("R", CultureInfo.InvariantCulture));
            return $"{Start.AddHours(hour):yyyy-MM-ddTHH:mm:ssZ},{string.Join(',', cells)}";
        }
    }
}

using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using PondSentinel.Averages;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Averages;

/// <summary>What a running backend keeps of values is what <c>pond-backend average --stamp instant</c> makes of them as a file.</summary>
public sealed class LiveAndRecordedTests : IDisposable
{
    // Kind here, kind there, the column there, and how many hours are needed where both may be told.
    private static readonly (string Live, string Recorded, string Field, int? Needed)[] Kinds =
    [
        ("mean-1h", "mean-1h", "mean", null),
        ("pm10-24h-gb", "pm10-24h-gb", "rounded", 9),
        ("pm10-24h-us", "pm10-24h-us", "rounded", 9),
        ("pm10-rolling24", "pm10-rolling24", "mean", 6),
        ("nowcast", "nowcast", "nowcast", null),
        ("nowcast-aqi", "nowcast", "aqi_2024", null),
        ("aqi-us", "aqi-us", "aqi_2024", 9),
        ("iaqi-cn", "iaqi-cn", "iaqi", 9),
        ("ph-mean", "ph-mean", "arithmetic", 9),
        ("ph-mean-ion", "ph-mean", "hydrogen_ion", 9),
    ];

    private static readonly Gen<(int Tenths, double Value, bool IsMissing)[]> GenSeries =
        Gen.Select(Gen.Frequency((40, Gen.Int[50, 250]), (1, Gen.Int[250, 9000])), Gen.Double[0, 14], Gen.Int[0, 9], (tenths, value, chance) => (tenths, value, chance == 0))
            .Array[1, 300];

    private readonly string folder = Directory.CreateTempSubdirectory("pond-alike-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_window_of_each_kind_is_the_same_of_the_records_and_of_a_file_of_them() =>
        Gen.Select(GenSeries, Gen.Int[0, Kinds.Length - 1], Gen.Int[0, 3].Select(one => new[] { 0.0, 8.0, -7.0, 5.75 }[one])).Sample(
            (series, place, offset) =>
            {
                var (live, recorded, field, needed) = Kinds[place];
                var measurand = live.StartsWith("ph", StringComparison.Ordinal) ? Measurand.Ph : Measurand.Pm10;
                var tenths = 0;
                List<Point> points = [.. series.Select(one => AverageBench.PointOf(
                    (tenths += one.Tenths) / 10.0, measurand == Measurand.Ph ? one.Value : 50 * one.Value,
                    one.IsMissing ? QualityFlag.Fail : QualityFlag.Good, measurand, "pm10"))];
                using var bench = new AverageBench(string.Create(
                    CultureInfo.InvariantCulture,
                    $"[[average]]\nkind = \"{live}\"\nutc_offset_h = {offset:0.00}\n{(live == "mean-1h" ? "measurand = \"pm10_ug_m3\"\n" : "")}{(needed is null ? "" : $"needed = {needed}\n")}"));
                bench.Store(points);
                var file = Recorded(points, recorded, offset, needed, measurand == Measurand.Ph ? ["--period", "24h"] : []);
                var shift = TimeSpan.FromMinutes(AverageShift(offset));
                foreach (var (_, endHour, value) in bench.Windows())
                {
                    var row = file[HourMean.EndMs(endHour, shift)];
                    Assert.Equal(value.Valid, row.GetProperty("valid").GetInt32());
                    var there = row.GetProperty(field);
                    Assert.Equal(value.Value is null, there.ValueKind == JsonValueKind.Null);
                    Assert.Equal(value.Value ?? 0, value.Value is null ? 0 : there.GetDouble(), 1e-9 * (1 + Math.Abs(value.Value ?? 0)));
                }
            },
            iter: 60);

    [Fact]
    public void Both_kinds_of_ammonia_are_the_same_too()
    {
        const string Of = "ph = \"dust.ph\"\ntemperature = \"dust.t\"\n";
        using var bench = new AverageBench($"[[average]]\nkind = \"ammonia-30d\"\n{Of}[[average]]\nkind = \"ammonia-4d\"\n{Of}");
        var random = new Random(7);
        var text = new StringBuilder("time,total_ammonia_n_mg_l,ph,water_temperature_c\n");
        for (var hour = 1; hour <= 24 * 34; hour++)
        {
            if (random.Next(15) == 0)
            {
                continue;
            }

            var (total, ph, water) = (Math.Round(hour is > 200 and < 350 ? 6 : random.NextDouble(), 3), Math.Round(6 + (2 * random.NextDouble()), 2), Math.Round(5 + (20 * random.NextDouble()), 1));
            bench.Store(
                AverageBench.PointOf(hour * 60, total, measurand: Measurand.TotalAmmoniaNitrogen, channel: "tan"),
                AverageBench.PointOf(hour * 60, ph, measurand: Measurand.Ph, channel: "ph"),
                AverageBench.PointOf(hour * 60, water, measurand: Measurand.WaterTemperature, channel: "t"));
            text.Append(CultureInfo.InvariantCulture, $"{AverageBench.Start.AddHours(hour):yyyy-MM-ddTHH:mm:ssZ},{total:R},{ph:R},{water:R}\n");
        }

        var file = Run(text.ToString(), "ammonia-30d", []);
        var values = bench.Windows().Where(window => window.Value.Value is not null).ToList();
        Assert.True(values.Count > 10);
        Assert.All(values, window => Assert.Equal(
            window.Value.Value!.Value,
            file[HourMean.EndMs(window.EndHour, TimeSpan.Zero)].GetProperty(window.Average == "ammonia-4d" ? "ammonia_four_day_ratio" : "ammonia_chronic_ratio").GetDouble(),
            1e-9));
    }

    private static int AverageShift(double offset) => (((int)(offset * 60) % 60) + 60) % 60;

    private Dictionary<long, JsonElement> Recorded(IEnumerable<Point> points, string kind, double offset, int? needed, string[] more)
    {
        var text = new StringBuilder("time,value\n");
        foreach (var point in points)
        {
            text.Append(CultureInfo.InvariantCulture, $"{DateTimeOffset.FromUnixTimeMilliseconds(point.TimeMs):yyyy-MM-ddTHH:mm:ss.fffZ},");
            text.Append(point.Value.Flag == QualityFlag.Fail ? "" : point.Value.Value!.Value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }

        return Run(
            text.ToString(), kind,
            ["--utc-offset-h", offset.ToString(CultureInfo.InvariantCulture), .. needed is { } hours ? ["--needed", hours.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(), .. more]);
    }

    private Dictionary<long, JsonElement> Run(string text, string kind, string[] more)
    {
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.csv");
        File.WriteAllText(file, text);
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, AverageCommand.Create().Parse([file, "--kind", kind, "--stamp", "instant", "--json", .. more])
            .Invoke(new InvocationConfiguration { Output = output, Error = error }));
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(row => row.GetProperty("end").GetDateTimeOffset().ToUnixTimeMilliseconds());
    }
}

using System.Globalization;
using System.Text.Json;
using PondSentinel.Air;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>What stood out in each stretch of a series, asked of InfluxDB in InfluxQL: three questions in one request, and two more of a direction, whose mean is
/// one of vectors. Pure.</summary>
internal static class InfluxSketch
{
    private const int DirectionAt = 3;
    private const int LastAt = 1;
    private const int MeanAt = 4;
    private const double RadiansOfDegree = Math.PI / 180;

    private const string Numbers = """SELECT first("value"), last("value"), min("value"), max("value"), mean("value") FROM """;

    /// <summary>The questions: of numbers that did not fail, of those that did, and of all points.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="bucketMs">Length of a stretch, ms.</param>
    public static string Question(SeriesKey series, long fromNs, long toNs, long bucketMs)
    {
        var of = InfluxHistory.Of(series, fromNs, toNs);
        var fail = (int)QualityFlag.Fail;
        var each = string.Create(CultureInfo.InvariantCulture, $"GROUP BY time({bucketMs}ms) fill(none)");
        var three = string.Create(
            CultureInfo.InvariantCulture,
            $"""{Numbers}{of} AND "qc" < {fail} {each}; {Numbers}{of} AND "qc" >= {fail} {each}; SELECT count("qc"), max("qc") FROM {of} {each}""");
        string Vectors(string which) => string.Create(
            CultureInfo.InvariantCulture,
            $"""SELECT mean("s"), mean("c") FROM (SELECT sin("value" * {RadiansOfDegree:R}) AS "s", cos("value" * {RadiansOfDegree:R}) AS "c" FROM {of} AND "qc" {which} {fail}) WHERE time >= {fromNs} AND time < {toNs} {each}""");
        return series.Measurand.IsDirection ? $"{three}; {Vectors("<")}; {Vectors(">=")}" : three;
    }

    /// <summary>The stretches in an answer, oldest first.</summary>
    /// <param name="json">The answer, hostile.</param>
    /// <returns>The stretches; or what is wrong.</returns>
    public static (IReadOnlyList<SeriesBucket> Buckets, string? Fault) BucketsIn(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var results = document.RootElement.GetProperty("results");
            foreach (var result in results.EnumerateArray())
            {
                if (result.TryGetProperty("error", out var error))
                {
                    return ([], error.GetString());
                }
            }

            var (sound, failed) = (NumbersIn(results[0]), NumbersIn(results[1]));
            if (results.GetArrayLength() > DirectionAt + 1)
            {
                TakeDirections(sound, results[DirectionAt]);
                TakeDirections(failed, results[DirectionAt + 1]);
            }

            return ([.. RowsIn(results[2], 3).Where(row => row[1].GetInt64() > 0).Select(row => Bucket(row, sound, failed))], null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException or ArgumentException)
        {
            return ([], "its answer is none of InfluxQL, or longer than is read");
        }
    }

    // In the place of the mean of the numbers.
    private static void TakeDirections(Dictionary<long, double?[]> numbers, JsonElement result)
    {
        foreach (var row in RowsIn(result, 3).Where(row => row[1].ValueKind == JsonValueKind.Number))
        {
            if (numbers.TryGetValue(row[0].GetInt64(), out var known))
            {
                known[MeanAt] = WindMean.DirectionOf(row[1].GetDouble(), row[2].GetDouble(), whole: 1) ?? known[LastAt];
            }
        }
    }

    private static SeriesBucket Bucket(
        JsonElement row, Dictionary<long, double?[]> sound, Dictionary<long, double?[]> failed)
    {
        var time = row[0].GetInt64();
        var numbers = sound.GetValueOrDefault(time) ?? failed.GetValueOrDefault(time) ?? new double?[5];
        return new SeriesBucket(
            time / 1_000_000, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], row[1].GetInt64(), (QualityFlag)row[2].GetInt64());
    }

    private static Dictionary<long, double?[]> NumbersIn(JsonElement result) => RowsIn(result, 6)
        .Where(row => row[1].ValueKind == JsonValueKind.Number)
        .ToDictionary(
            row => row[0].GetInt64(),
            row => row.EnumerateArray().Skip(1).Select(cell => cell.ValueKind == JsonValueKind.Null ? (double?)null : cell.GetDouble()).ToArray());

    private static List<JsonElement> RowsIn(JsonElement result, int columns) =>
        !result.TryGetProperty("series", out var series) ? []
        : series[0].GetProperty("columns").GetArrayLength() == columns ? [.. series[0].GetProperty("values").EnumerateArray()]
        : throw new FormatException("It has other columns than were asked for.");
}

using System.Globalization;
using System.Text.Json;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>Means in InfluxDB, and what is old there, asked for in InfluxQL. Pure.</summary>
internal static class InfluxMeans
{
    private const string Fields = "\"records\", \"count\", \"mean\", \"min\", \"max\", \"adj\", \"worst\", \"expired\"";
    private const int Columns = 9;

    /// <summary>The question for means of a series.</summary>
    public static string Question(SeriesKey series, Resolution resolution, long fromMs, long toMs) =>
        $"SELECT {Fields} FROM {InfluxHistory.Of(series, resolution, fromMs * 1_000_000, toMs * 1_000_000)} ORDER BY time";

    /// <summary>The question for series that have something before a time.</summary>
    public static string SeriesBefore(Resolution resolution, long beforeNs) => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT first(\"{FieldOf(resolution)}\") FROM {(resolution == Resolution.Record ? "/.+/" : $"\"{resolution.Measurement}\"")} WHERE time < {beforeNs} GROUP BY *");

    /// <summary>The question for the first time of a series.</summary>
    public static string First(SeriesKey series, Resolution resolution, long fromNs, long toNs) =>
        $"SELECT first(\"{FieldOf(resolution)}\") FROM {InfluxHistory.Of(series, resolution, fromNs, toNs)}";

    /// <summary>The order to delete.</summary>
    public static string Delete(SeriesKey series, Resolution resolution, long fromNs, long toNs) =>
        $"DELETE FROM {InfluxHistory.Of(series, resolution, fromNs, toNs)}";

    /// <summary>Reads means.</summary>
    public static Func<string, (IReadOnlyList<MeanPoint>, string?)> MeansIn(SeriesKey series, Resolution resolution) => json =>
        InfluxAnswers.Read<MeanPoint>(json, result => result.GetProperty("columns").GetArrayLength() == Columns
            ? [.. result.GetProperty("values").EnumerateArray().Select(row => new MeanPoint
            {
                Of = series,
                Resolution = resolution,
                StartMs = row[0].GetInt64() / 1_000_000,
                Value = Value(row),
                Expired = row[8].GetInt64(),
            })]
            : throw new FormatException());

    /// <summary>Reads series, those of measurands alone.</summary>
    public static Func<string, (IReadOnlyList<SeriesKey>, string?)> SeriesIn(Resolution resolution) => json =>
        InfluxAnswers.Read<SeriesKey>(json, result =>
        {
            var tags = result.GetProperty("tags");
            string Tag(string name) => tags.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
            var name = resolution == Resolution.Record ? result.GetProperty("name").GetString()! : Tag("m");
            return MeasurandNames.TryParse(name, out var measurand)
                ? [new SeriesKey(measurand, Tag("site"), Tag("station"), Tag("gw"), Tag("device"), Tag("channel"))]
                : [];
        });

    /// <summary>Reads a time.</summary>
    public static (IReadOnlyList<long>, string?) TimesIn(string json) =>
        InfluxAnswers.Read<long>(json, result => [.. result.GetProperty("values").EnumerateArray().Select(row => row[0].GetInt64())]);

    /// <summary>Reads what an order came to: nothing, or what is wrong.</summary>
    public static (IReadOnlyList<bool>, string?) Done(string json) => InfluxAnswers.Read<bool>(json, _ => []);

    // The server keeps a number that a window no longer has, for it merges fields: where nothing counts there is none.
    private static MeanValue Value(JsonElement row)
    {
        var count = row[2].GetInt64();
        double? Number(int column) => count == 0 || row[column].ValueKind == JsonValueKind.Null ? null : row[column].GetDouble();
        return new MeanValue(row[1].GetInt64(), count, Number(3), Number(4), Number(5), Number(6), (QualityFlag)row[7].GetInt64());
    }

    // One that every point has.
    private static string FieldOf(Resolution resolution) => resolution == Resolution.Record ? "qc" : "records";
}

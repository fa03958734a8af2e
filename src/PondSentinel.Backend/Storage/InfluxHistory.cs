using System.Globalization;
using System.Text.Json;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>Points read back from InfluxDB in InfluxQL. Pure.</summary>
internal static class InfluxHistory
{
    private static readonly string[] Columns = ["time", "value", "raw", "cal", "adj", "adj_cal", "qc", "why"];

    /// <summary>The question for the points of a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    public static string Question(SeriesKey series, long fromNs, long toNs) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        SELECT "value", "raw", "cal", "adj", "adj_cal", "qc", "why" FROM {Of(series, fromNs, toNs)} ORDER BY time LIMIT {IHistoryStore.PointsMax}
        """);

    /// <summary>The points of a series in a stretch of time, as they are named behind <c>FROM</c>.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    public static string Of(SeriesKey series, long fromNs, long toNs) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        "{series.Measurand.WireName}" WHERE "gw" = {Quoted(series.Gateway)} AND "device" = {Quoted(series.Device)} AND "channel" = {Quoted(series.Channel)} AND "station" = {Quoted(series.Station)} AND "site" = {Quoted(series.Site)} AND time >= {fromNs} AND time < {toNs}
        """);

    /// <summary>The points in an answer.</summary>
    /// <param name="json">The answer, hostile.</param>
    /// <returns>The points; or what is wrong.</returns>
    public static (IReadOnlyList<HistoryPoint> Points, string? Fault) PointsIn(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var result = document.RootElement.GetProperty("results")[0];
            if (result.TryGetProperty("error", out var error))
            {
                return ([], error.GetString());
            }

            // No series at all is one without points.
            if (!result.TryGetProperty("series", out var all))
            {
                return ([], null);
            }

            var series = all[0];
            return series.GetProperty("columns").EnumerateArray().Select(column => column.GetString()).SequenceEqual(Columns)
                ? ([.. series.GetProperty("values").EnumerateArray().Select(Point)], null)
                : ([], "its answer has other columns than were asked for");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return ([], "its answer is none of InfluxQL, or longer than is read");
        }
    }

    private static HistoryPoint Point(JsonElement row) => new(
        row[0].GetInt64(), Number(row[1]), Number(row[2]), row[3].GetString() ?? "", Number(row[4]), row[5].GetString(),
        (QualityFlag)row[6].GetInt64(), PointText.ParseWhy(row[7].GetString() ?? ""));

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();

    private static string Quoted(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}

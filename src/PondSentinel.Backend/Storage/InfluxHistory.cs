using System.Globalization;
using System.Text.Json;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>Points read back from InfluxDB in InfluxQL. Pure.</summary>
internal static class InfluxHistory
{
    private static readonly string[] Columns = ["time", "value", "raw", "cal", "adj", "adj_cal", "qc", "why", "lo", "hi"];

    /// <summary>The question for the points of a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    public static string Question(SeriesKey series, long fromNs, long toNs) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        SELECT "value", "raw", "cal", "adj", "adj_cal", "qc", "why", "lo", "hi" FROM {Of(series, fromNs, toNs)} ORDER BY time LIMIT {IHistoryStore.PointsMax}
        """);

    /// <summary>The points of a series in a stretch of time, as they are named behind <c>FROM</c>.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    public static string Of(SeriesKey series, long fromNs, long toNs) => Of(series, Resolution.Record, fromNs, toNs);

    /// <summary>What there is of a series in a stretch of time, as it is named behind <c>FROM</c>.</summary>
    /// <param name="series">The series.</param>
    /// <param name="resolution">Of what.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    public static string Of(SeriesKey series, Resolution resolution, long fromNs, long toNs)
    {
        var (measurand, isRecord) = (series.Measurand.WireName, resolution == Resolution.Record);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            "{(isRecord ? measurand : resolution.Measurement)}" WHERE {(isRecord ? "" : $"\"m\" = '{measurand}' AND ")}"gw" = {Quoted(series.Gateway)} AND "device" = {Quoted(series.Device)} AND "channel" = {Quoted(series.Channel)} AND "station" = {Quoted(series.Station)} AND "site" = {Quoted(series.Site)} AND time >= {fromNs} AND time < {toNs}
            """);
    }

    /// <summary>The points in an answer.</summary>
    /// <param name="json">The answer, hostile.</param>
    /// <returns>The points; or what is wrong.</returns>
    public static (IReadOnlyList<HistoryPoint> Points, string? Fault) PointsIn(string json) => InfluxAnswers.Read(
        json,
        series => series.GetProperty("columns").EnumerateArray().Select(column => column.GetString()).SequenceEqual(Columns)
            ? series.GetProperty("values").EnumerateArray().Select(Point)
            : throw new FormatException());

    private static HistoryPoint Point(JsonElement row) => new(
        row[0].GetInt64(), Number(row[1]), Number(row[2]), row[3].GetString() ?? "", Number(row[4]), row[5].GetString(),
        (QualityFlag)row[6].GetInt64(), PointText.ParseWhy(row[7].GetString() ?? ""))
    {
        Low = Number(row[8]),
        High = Number(row[9]),
    };

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();

    private static string Quoted(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}

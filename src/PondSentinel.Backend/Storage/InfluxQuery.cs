using System.Globalization;
using System.Text.Json;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>What is asked of InfluxDB, in InfluxQL, and how its answers are read.</summary>
internal static class InfluxQuery
{
    /// <summary>The values of a series between two instants, with quality and reasons.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">The first, ns since 1970.</param>
    /// <param name="toNs">The last.</param>
    public static string OfSeries(SeriesKey series, long fromNs, long toNs) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        SELECT "value", "qc", "why" FROM {Name(series.Measurand.WireName)} WHERE "gw" = {Text(series.Gateway)}
        AND "device" = {Text(series.Device)} AND "channel" = {Text(series.Channel)} AND "station" = {Text(series.Station)}
        AND "site" = {Text(series.Site)} AND time >= {fromNs} AND time <= {toNs}
        """);

    /// <summary>Reads the answer to <see cref="OfSeries"/>.</summary>
    /// <param name="body">JSON.</param>
    /// <param name="server">Who gave it, for people.</param>
    /// <exception cref="StoreUnavailableException">It is not what InfluxDB answers.</exception>
    public static IReadOnlyList<NearValue> Read(string body, Uri server)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var result = json.RootElement.GetProperty("results")[0];
            if (result.TryGetProperty("error", out var error))
            {
                throw new StoreUnavailableException($"{server} cannot be asked: {error.GetString()}");
            }

            if (!result.TryGetProperty("series", out var series))
            {
                return [];
            }

            return
            [
                .. series[0].GetProperty("values").EnumerateArray()
                    .Where(row => row[1].ValueKind == JsonValueKind.Number)
                    .Select(row => new NearValue(
                        row[0].GetInt64(), row[1].GetDouble(), (QualityFlag)row[2].GetInt64(), PointText.ParseWhy(row[3].GetString() ?? ""))),
            ];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new StoreUnavailableException($"{server} gave an answer that no InfluxDB gives: {e.Message}", e);
        }
    }

    private static string Name(string name) => $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Text(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}

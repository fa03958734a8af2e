using System.Text.Json;

namespace PondSentinel.Backend.Storage;

/// <summary>Reads answers of <c>/query</c>.</summary>
internal static class InfluxAnswers
{
    /// <summary>Reads what is told of each series.</summary>
    /// <param name="json">The answer, hostile.</param>
    /// <param name="read">Reads a series; may throw what reading JSON throws.</param>
    /// <returns>All of it; or what is wrong.</returns>
    public static (IReadOnlyList<T> Rows, string? Fault) Read<T>(string json, Func<JsonElement, IEnumerable<T>> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var result = document.RootElement.GetProperty("results")[0];
            return result.TryGetProperty("error", out var error) ? ([], error.GetString() ?? "an error without words")
                : result.TryGetProperty("series", out var series) ? ([.. series.EnumerateArray().SelectMany(read)], null)
                : ([], null); // No series at all is one without points.
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return ([], "its answer is none of InfluxQL, or longer than is read");
        }
    }
}

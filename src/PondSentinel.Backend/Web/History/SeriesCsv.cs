using System.Globalization;
using System.Text;

namespace PondSentinel.Backend.Web.History;

/// <summary>An answer as comma-separated values, for spreadsheets and scripts: the points, and no more. The columns of numbers bear
/// the measurand's name, which ends in its unit.</summary>
internal static class SeriesCsv
{
    /// <summary>The content type.</summary>
    public const string ContentType = "text/csv; charset=utf-8; header=present";

    /// <summary>The table: RFC 4180, times UTC, numbers with a point.</summary>
    /// <param name="answer">The answer.</param>
    public static string Of(SeriesAnswer answer)
    {
        var (points, name, text) = (answer.Points, answer.Measurand, new StringBuilder());
        text.Append(points.Why is null
            ? $"time_utc,{name}_first,{name}_last,{name}_min,{name}_max,{name}_mean,count,flag\r\n"
            : $"time_utc,{name},flag,why\r\n");
        for (var i = 0; i < points.TimeMs.Count; i++)
        {
            text.Append(DateTimeOffset.FromUnixTimeMilliseconds(points.TimeMs[i]).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            foreach (var column in points.Why is null ? [points.First, points.Last, points.Min, points.Max, points.Mean] : new[] { points.First })
            {
                text.Append(',').Append(column[i]?.ToString("R", CultureInfo.InvariantCulture));
            }

            // Names of the wire, with nothing in them that would have to be escaped but the comma between them.
            text.Append(points.Why is null
                ? string.Create(CultureInfo.InvariantCulture, $",{points.Count[i]},{points.Flag[i]}\r\n")
                : $",{points.Flag[i]},\"{points.Why[i]}\"\r\n");
        }

        return text.ToString();
    }

    /// <summary>A name for the file, of letters that every system takes.</summary>
    /// <param name="answer">The answer.</param>
    public static string FileName(SeriesAnswer answer) =>
        string.Concat($"{answer.Site}-{answer.Station}-{answer.Device}-{answer.Channel}"
            .Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '_')) + ".csv";
}

using System.Text;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>A recorded series of one column or several, in order of time. Of rows of one time the last holds: a revision.</summary>
/// <param name="Names">Names of the columns.</param>
/// <param name="TimesMs">Times of the rows, UTC ms, rising.</param>
/// <param name="Values">The values of each column, row by row; NaN where one is missing.</param>
internal sealed record RecordedColumns(IReadOnlyList<string> Names, IReadOnlyList<long> TimesMs, IReadOnlyList<double[]> Values)
{
    private const int ColumnsMax = 64;
    private const int ValuesMax = 50_000_000;
    private static readonly TimeSpan SpanMax = TimeSpan.FromDays(36_525);

    /// <summary>The usual time between rows, their median, up to an hour; an hour where there is one row only.</summary>
    public TimeSpan Interval
    {
        get
        {
            var steps = Enumerable.Range(1, Math.Max(0, TimesMs.Count - 1)).Select(i => TimesMs[i] - TimesMs[i - 1]).Order().ToList();
            var hour = TimeSpan.FromHours(1);
            var median = steps.Count == 0 ? hour : TimeSpan.FromMilliseconds(steps[(steps.Count - 1) / 2]);
            return median < hour ? median : hour;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fault">Why it cannot be used, in a line.</param>
    public static RecordedColumns? Read(string path, out string fault)
    {
        try
        {
            using var source = new StreamReader(path, Encoding.UTF8);
            return Read(source, path, out fault);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"{path}: {e.Message}";
            return null;
        }
    }

    private static RecordedColumns? Read(TextReader source, string path, out string fault)
    {
        var reader = new SeriesReader(source, path, ColumnsMax);
        List<long> times = [];
        List<double[]> rows = [];
        while (reader.TryNext(out var ms, out var row))
        {
            if (ms is not { } at)
            {
                fault = new Problem(path, reader.Line, 1, "no time, so nobody knows what these values are of", "write it, or remove the line").ToString();
                return null;
            }

            if ((long)(times.Count + 1) * row.Length > ValuesMax)
            {
                fault = new Problem(path, reader.Line, 1, $"more than {ValuesMax} values", "cut the file into years").ToString();
                return null;
            }

            times.Add(at);
            rows.Add(row.ToArray());
        }

        fault = reader.Problem?.ToString() ?? (times.Count == 0 ? $"{path}: no values in it; its columns are time and value" : "");
        return fault.Length == 0 ? InOrder(reader.Columns, times, rows, path, out fault) : null;
    }

    private static RecordedColumns? InOrder(
        IReadOnlyList<string> names, List<long> times, List<double[]> rows, string path, out string fault)
    {
        // Stable, so that of one time the last row comes last.
        var order = Enumerable.Range(0, times.Count).OrderBy(i => times[i]).ToList();
        List<int> kept = [.. order.Where((row, i) => i + 1 == order.Count || times[order[i + 1]] != times[row])];
        var span = TimeSpan.FromMilliseconds(times[kept[^1]] - times[kept[0]]);
        fault = span > SpanMax ? $"{path}: its times are {span.TotalDays / 365.25:0} years apart; mend or remove the wrong ones" : "";
        return fault.Length > 0
            ? null
            : new RecordedColumns(
                names, [.. kept.Select(row => times[row])], [.. names.Select((_, column) => kept.Select(row => rows[row][column]).ToArray())]);
    }
}

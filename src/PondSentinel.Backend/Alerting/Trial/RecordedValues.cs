using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Alerting.Trial;

/// <summary>A value of a recorded series.</summary>
/// <param name="Channel">The channel as the file calls it.</param>
/// <param name="Sample">The value.</param>
internal readonly record struct RecordedValue(string Channel, AlertSample Sample);

/// <summary>Reads recorded values: CSV with the columns <c>time</c>, <c>channel</c>, <c>value</c> and, where there is one,
/// <c>flag</c> and <c>why</c>, in any order.</summary>
internal static class RecordedValues
{
    private const int CellMax = 4096;
    private static readonly string[] Needed = ["time", "channel", "value"];

    /// <summary>Reads a file.</summary>
    /// <param name="source">The text.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="problem">The first thing that is wrong with it.</param>
    /// <returns>The values by time, those of one time in the file's order; null where something is wrong.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<RecordedValue>? Read(TextReader source, string name, out Problem? problem)
    {
        problem = null;
        using var parser = new CsvParser(source, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            TrimOptions = TrimOptions.Trim,
            MaxFieldSize = CellMax,
            BadDataFound = null,
        });
        List<RecordedValue> values = [];
        Dictionary<string, int>? columns = null;
        try
        {
            while (problem is null && parser.Read())
            {
                if (parser.Count == 1 && parser[0].Length == 0)
                {
                    continue;
                }

                if (columns is null)
                {
                    columns = Columns(parser, name, out problem);
                }
                else if (Value(parser, columns, name, out problem) is { } value)
                {
                    values.Add(value);
                }
            }
        }
        catch (CsvHelperException)
        {
            problem = new Problem(name, parser.RawRow, 1, $"a cell of more than {CellMax} characters, so no recorded values", "name a CSV file with the columns time, channel, value and flag");
        }

        if (problem is null && columns is null)
        {
            problem = new Problem(name, 1, 1, "an empty file", "its first line is time,channel,value,flag");
        }

        return problem is null ? [.. values.OrderBy(value => value.Sample.At)] : null;
    }

    private static Dictionary<string, int>? Columns(CsvParser parser, string name, out Problem? problem)
    {
        Dictionary<string, int> columns = new(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < parser.Count; i++)
        {
            columns.TryAdd(parser[i], i);
        }

        var missing = Needed.Where(column => !columns.ContainsKey(column)).ToList();
        problem = missing.Count == 0
            ? null
            : new Problem(name, parser.RawRow, 1, $"the first line names no column {string.Join(", ", missing)}", "begin with time,channel,value,flag");
        return missing.Count == 0 ? columns : null;
    }

    private static RecordedValue? Value(CsvParser parser, Dictionary<string, int> columns, string name, out Problem? problem)
    {
        problem = null;
        if (parser.Count <= columns.Values.Max())
        {
            return Refuse(parser, name, 0, $"{parser.Count} columns of {columns.Values.Max() + 1}", "fill the line up, a value that is missing stays empty", out problem);
        }

        if (!RecordedTime.TryParse(parser[columns["time"]], out var ms, out var fault))
        {
            return Refuse(parser, name, columns["time"], fault.What, fault.Mend, out problem);
        }

        var channel = parser[columns["channel"]];
        if (channel.Length == 0)
        {
            return Refuse(parser, name, columns["channel"], "no channel", "write its name, for example stream-nh4.ammonium", out problem);
        }

        var text = parser[columns["value"]];
        double? value = null;
        if (text.Length > 0 && !text.Equals("NaN", StringComparison.OrdinalIgnoreCase))
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            {
                return Refuse(parser, name, columns["value"], $"no value: \"{RecordedTime.Shown(text)}\"", "write a number, or leave it empty where it is missing", out problem);
            }

            value = number;
        }

        var flag = value is null ? QualityFlag.Missing : QualityFlag.Good;
        if (columns.TryGetValue("flag", out var at) && parser[at] is { Length: > 0 } word && value is not null)
        {
            if (!byte.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var digit) || !Enum.IsDefined((QualityFlag)digit))
            {
                return Refuse(parser, name, at, $"no flag: \"{RecordedTime.Shown(word)}\"", "write 1 good, 2 not evaluated, 3 suspect, 4 fail or 9 missing", out problem);
            }

            flag = (QualityFlag)digit;
        }

        var why = columns.TryGetValue("why", out var reasons)
            ? parser[reasons].Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(Why.None, (sum, token) => sum | WhyTokens.Parse(token))
            : Why.None;
        return new RecordedValue(channel, new AlertSample(DateTimeOffset.FromUnixTimeMilliseconds(ms), value, flag, why));
    }

    private static RecordedValue? Refuse(CsvParser parser, string name, int column, string what, string mend, out Problem? problem)
    {
        problem = new Problem(name, parser.RawRow, 1, $"in column {column + 1}, {what}", mend);
        return null;
    }
}

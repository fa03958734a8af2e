using System.Globalization;
using PondSentinel.Toml;

namespace PondSentinel.Terminal;

/// <summary>Reads a recorded series: lines of a time and one value or several, in CSV (RFC 4180).</summary>
/// <remarks>Memory: one line. A cell may stand in quotes; blanks around it, blank lines, a byte order mark and every kind of line
/// end are taken. A first line of names, <c>time</c> among them, may be left out: then the time comes first.</remarks>
/// <param name="source">The text.</param>
/// <param name="name">The file's name, for messages.</param>
/// <param name="valuesMax">Most columns of values.</param>
public sealed class SeriesReader(TextReader source, string name, int valuesMax = 1)
{
    private const int LineMaxOfTwo = 1024;
    private const int LineMaxOfMore = 16 * 1024;

    private readonly char[] line = new char[valuesMax == 1 ? LineMaxOfTwo : LineMaxOfMore];
    private readonly List<Cell> cells = [];
    private double[] values = [];
    private int timeAt;
    private int length;
    private int number;

    /// <summary>What is wrong with the file; null as long as nothing was found.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>The names of the columns of values, known with the first row: as the head has them, or <c>value</c>, <c>value2</c> and so on.
    /// </summary>
    public IReadOnlyList<string> Columns { get; private set; } = [];

    /// <summary>Line of the row that was read last, from 1.</summary>
    public int Line => number;

    /// <summary>Reads the next row.</summary>
    /// <param name="ms">Its time, UTC ms since 1970; null where it is empty or <c>NaT</c>.</param>
    /// <param name="row">Its values, in the order of <see cref="Columns"/>; NaN where one is missing. Valid until the next call.</param>
    /// <returns>Whether there is one: not at the end, and not where <see cref="Problem"/> says why.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool TryNext(out long? ms, out ReadOnlySpan<double> row)
    {
        ms = null;
        row = default;
        while (Problem is null && ReadLine())
        {
            if (line.AsSpan(0, length).IsWhiteSpace())
            {
                continue;
            }

            if (!TrySplit() || (Columns.Count == 0 && TakeHead()))
            {
                continue;
            }

            row = values;
            return TryRow(out ms);
        }

        return false;
    }

    // Whether the line names columns and holds no values, or is refused.
    private bool TakeHead()
    {
        var named = cells.FindIndex(cell => cell.Text.Equals("time", StringComparison.OrdinalIgnoreCase));
        timeAt = Math.Max(0, named);
        var others = cells.Where((_, i) => i != timeAt).ToList();
        values = new double[others.Count];
        if (named < 0)
        {
            Columns = [.. others.Select((_, i) => i == 0 ? "value" : string.Create(CultureInfo.InvariantCulture, $"value{i + 1}"))];
            return false;
        }

        Columns = [.. others.Select(cell => cell.Text)];
        if (others.FirstOrDefault(cell => cell.Text.Length == 0 || others.Count(other => other.Text == cell.Text) > 1) is { Text: not null } cell)
        {
            Refuse(cell, cell.Text.Length == 0 ? "a column without a name" : $"two columns are called {RecordedTime.Shown(cell.Text)}", "give each column a name of its own");
        }

        return true;
    }

    private bool TryRow(out long? ms)
    {
        if (!TryTime(cells[timeAt], out ms))
        {
            return false;
        }

        for (int i = 0, at = 0; i < cells.Count; i++)
        {
            if (i != timeAt && !TryValue(cells[i], out values[at++]))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryTime(Cell cell, out long? ms)
    {
        ms = null;
        if (cell.Text.Length == 0 || cell.Text.Equals("NaT", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!RecordedTime.TryParse(cell.Text, out var time, out var fault))
        {
            return Refuse(cell, fault.What, fault.Mend);
        }

        ms = time;
        return true;
    }

    private bool TryValue(Cell cell, out double value)
    {
        var text = cell.Text;
        value = double.NaN;
        if (text.Length == 0)
        {
            return true;
        }

        // The words of other programs; the number's own parser knows NaN and Infinity.
        value = text.ToUpperInvariant() switch
        {
            "INF" or "+INF" => double.PositiveInfinity,
            "-INF" => double.NegativeInfinity,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : Refused(),
        };
        return Problem is null;

        double Refused()
        {
            Refuse(cell, $"no value: \"{RecordedTime.Shown(text)}\"", text.Contains(',', StringComparison.Ordinal)
                ? "write a decimal point instead of the comma"
                : "write a number, or leave it empty where it is missing");
            return double.NaN;
        }
    }

    private bool TrySplit()
    {
        cells.Clear();
        var text = line.AsSpan(0, length);
        for (var place = 0; ; place++)
        {
            if (!TryCell(text, ref place, out var cell))
            {
                return false;
            }

            cells.Add(cell);
            if (place == text.Length)
            {
                break;
            }

            if (cells.Count > valuesMax)
            {
                return RefuseOneMore(place + 1);
            }
        }

        // A first line says how many there are.
        var wanted = Columns.Count == 0 ? 2 : Columns.Count + 1;
        return cells.Count < wanted ? RefuseTooFew(text, wanted)
            : Columns.Count == 0 || cells.Count == wanted || RefuseOneMore(cells[wanted].Start);
    }

    private bool RefuseTooFew(ReadOnlySpan<char> text, int wanted)
    {
        var other = text.IndexOfAny(';', '\t') is var at and >= 0 ? text[at] == ';' ? "semicolon" : "tab" : null;
        return Refuse(
            new Cell("", text.Length),
            cells.Count == 1 ? "the second column is missing" : string.Create(CultureInfo.InvariantCulture, $"{cells.Count} columns of {wanted}"),
            other is not null ? $"separate the columns by a comma, not by a {other}"
            : wanted == 2 ? "write time,value on each line" : "fill the line up, a value that is missing stays empty");
    }

    private bool RefuseOneMore(int start) => valuesMax == 1
        ? Refuse(new Cell("", start), "a third column", "keep the columns time and value only")
        : Refuse(
            new Cell("", start),
            cells.Count > valuesMax
                ? string.Create(CultureInfo.InvariantCulture, $"more than {valuesMax} columns of values")
                : string.Create(CultureInfo.InvariantCulture, $"{cells.Count} columns of {Columns.Count + 1}"),
            cells.Count > valuesMax ? "leave out those that are not needed" : "give the first line a name for each column");

    // Reads a cell up to the comma after it, or to the end.
    private bool TryCell(ReadOnlySpan<char> text, ref int place, out Cell cell)
    {
        cell = default;
        while (place < text.Length && char.IsWhiteSpace(text[place]))
        {
            place++;
        }

        var start = place;
        if (place < text.Length && text[place] == '"')
        {
            var quote = text[(place + 1)..].IndexOf('"');
            if (quote < 0)
            {
                return Refuse(new Cell("", start), "a quote without its end", "close it on the same line, or remove it");
            }

            cell = new Cell(text.Slice(place + 1, quote).Trim().ToString(), start);
            place += quote + 2;
            while (place < text.Length && char.IsWhiteSpace(text[place]))
            {
                place++;
            }

            return place == text.Length || text[place] == ','
                || Refuse(new Cell("", place), "something after a quote", "put a comma between the columns");
        }

        var length = text[place..].IndexOf(',');
        length = length < 0 ? text.Length - place : length;
        cell = new Cell(text.Slice(place, length).Trim().ToString(), start);
        place += length;
        return true;
    }

    private bool Refuse(Cell at, string what, string mend)
    {
        Problem = new Problem(name, number, at.Start + 1, what, mend);
        return false;
    }

    private bool ReadLine()
    {
        number++;
        length = 0;
        for (var next = source.Read(); next >= 0; next = source.Read())
        {
            switch ((char)next)
            {
                case '\n':
                    return true;
                case '\r':
                    if (source.Peek() == '\n')
                    {
                        source.Read();
                    }

                    return true;
                case '\uFEFF' when number == 1 && length == 0:
                    break;
                default:
                    if (length == line.Length)
                    {
                        return Refuse(
                            new Cell("", length), string.Create(CultureInfo.InvariantCulture, $"a line of more than {length} characters, so no series"), "name a CSV file with the columns time and value");
                    }

                    line[length++] = (char)next;
                    break;
            }
        }

        return length > 0;
    }

    /// <summary>What stands between two commas.</summary>
    /// <param name="Text">It, without quotes and blanks around it.</param>
    /// <param name="Start">Where it begins in the line, from 0.</param>
    private readonly record struct Cell(string Text, int Start);
}

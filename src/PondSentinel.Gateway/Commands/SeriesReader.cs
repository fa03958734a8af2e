using System.Globalization;
using PondSentinel.Quality;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>Reads a recorded series: lines of a time and a value, in CSV (RFC 4180).</summary>
/// <remarks>Memory: one line. A cell may stand in quotes; blanks around it, blank lines, a byte order mark and every kind of line
/// end are taken. A first line of the names <c>time</c> and <c>value</c>, in either order, may be left out.</remarks>
/// <param name="source">The text.</param>
/// <param name="name">The file's name, for messages.</param>
internal sealed class SeriesReader(TextReader source, string name)
{
    private const int LineMax = 1024;

    private readonly char[] line = new char[LineMax];
    private int length;
    private int number;
    private bool hasBegun;
    private bool isValueFirst;

    /// <summary>What is wrong with the file; null as long as nothing was found.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>Reads the next sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <returns>Whether there is one: not at the end, and not where <see cref="Problem"/> says why.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool TryNext(out QualitySample sample)
    {
        sample = default;
        while (Problem is null && ReadLine())
        {
            var text = line.AsSpan(0, length);
            if (text.IsWhiteSpace())
            {
                continue;
            }

            if (!TrySplit(text, out var first, out var second))
            {
                return false;
            }

            if (!hasBegun)
            {
                hasBegun = true;
                if (IsHead(first.Text, second.Text))
                {
                    continue;
                }
            }

            return TrySample(isValueFirst ? second : first, isValueFirst ? first : second, out sample);
        }

        return false;
    }

    private bool IsHead(string first, string second)
    {
        isValueFirst = Is(first, "value") && Is(second, "time");
        return isValueFirst || (Is(first, "time") && Is(second, "value"));

        static bool Is(string cell, string word) => cell.Equals(word, StringComparison.OrdinalIgnoreCase);
    }

    private bool TrySample(Cell time, Cell value, out QualitySample sample)
    {
        sample = default;
        if (!TryTime(time, out var ms) || !TryValue(value, out var number))
        {
            return false;
        }

        sample = new QualitySample(ms, number);
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

    private bool TrySplit(ReadOnlySpan<char> text, out Cell first, out Cell second)
    {
        second = default;
        var place = 0;
        if (!TryCell(text, ref place, out first))
        {
            return false;
        }

        if (place == text.Length)
        {
            var other = text.IndexOfAny(';', '\t') is var at and >= 0 ? text[at] == ';' ? "semicolon" : "tab" : null;
            return Refuse(
                new Cell("", place), "the second column is missing",
                other is null ? "write time,value on each line" : $"separate the columns by a comma, not by a {other}");
        }

        place++;
        if (!TryCell(text, ref place, out second))
        {
            return false;
        }

        return place == text.Length || Refuse(new Cell("", place + 1), "a third column", "keep the columns time and value only");
    }

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
                    if (length == LineMax)
                    {
                        return Refuse(
                            new Cell("", LineMax), $"a line of more than {LineMax} characters, so no series", "name a CSV file with the columns time and value");
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

using System.Globalization;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace PondSentinel.Toml;

/// <summary>A table of a TOML file, read key by key; everything wrong with it becomes a <see cref="Problem"/> with its
/// place, so that one run lists every mistake.</summary>
/// <remarks>A getter that returns null has reported a problem, or the key is optional and absent. Call
/// <see cref="RefuseUnknownKeys"/> when all keys have been asked for.</remarks>
public sealed partial class TomlSection
{
    private readonly string file;
    private readonly List<Problem> problems;
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);

    private TomlSection(string file, List<Problem> problems, string name, int line, int column)
    {
        this.file = file;
        this.problems = problems;
        Name = name;
        Line = line;
        Column = column;
    }

    /// <summary>The table's name as it stands in the file, empty for the top.</summary>
    public string Name { get; }

    /// <summary>Line of its heading, from 1.</summary>
    public int Line { get; }

    /// <summary>Column of its heading, from 1.</summary>
    public int Column { get; }

    /// <summary>The keys that stand in it, in the file's order.</summary>
    public IEnumerable<string> Keys => entries.Keys;

    /// <summary>Parses a file.</summary>
    /// <param name="file">Name for messages.</param>
    /// <param name="text">The TOML text.</param>
    /// <param name="problems">Receives every mistake of form.</param>
    /// <returns>The top table; what could not be understood is left out of it.</returns>
    public static TomlSection Parse(string file, string text, List<Problem> problems)
    {
        var top = new TomlSection(file, problems, "", 1, 1);
        if (Understand(file, text, problems) is not { } document)
        {
            return top;
        }

        foreach (var diagnostic in document.Diagnostics)
        {
            problems.Add(new Problem(
                file,
                diagnostic.Span.Start.Line + 1,
                diagnostic.Span.Start.Column + 1,
                diagnostic.Message.TrimEnd('.'),
                "mend the TOML at this place"));
        }

        foreach (var pair in document.KeyValues)
        {
            top.Add(pair);
        }

        foreach (var table in document.Tables)
        {
            if (table.Name is { } name)
            {
                var section = top.Open(name, table is TableArraySyntax);
                foreach (var pair in table.Items)
                {
                    section?.Add(pair);
                }
            }
        }

        return top;
    }

    /// <summary>Whether the key stands in the table. Does not count as asking for it.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => entries.ContainsKey(key);

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public string? Text(string key, bool required = false) => Take(key, required) switch
    {
        { Value: StringValueSyntax { Value: { } text } } => text,
        { } entry => Wrong<string>(entry, key, "must be a text", $"write {key} = \"…\""),
        null => null,
    };

    /// <summary>A whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="min">Lowest allowed.</param>
    /// <param name="max">Highest allowed.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public long? Integer(string key, long min, long max, bool required = false)
    {
        var entry = Take(key, required);
        return entry switch
        {
            null => null,
            { Value: IntegerValueSyntax { Value: var number } } when number >= min && number <= max => number,
            _ => Wrong<long?>(
                entry, key, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}"), "change the number"),
        };
    }

    /// <summary>A number, whole or not, finite.</summary>
    /// <param name="key">The key.</param>
    /// <param name="min">Lowest allowed.</param>
    /// <param name="max">Highest allowed.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public double? Number(
        string key, double min = double.MinValue, double max = double.MaxValue, bool required = false)
    {
        var entry = Take(key, required);
        if (entry is null)
        {
            return null;
        }

        if (AsNumber(entry.Value) is not { } number)
        {
            return Wrong<double?>(entry, key, "must be a number", $"write {key} = 1.5");
        }

        return number >= min && number <= max
            ? number
            : Wrong<double?>(
                entry,
                key,
                string.Create(CultureInfo.InvariantCulture, $"must be a number from {min} to {max}"),
                "change the number");
    }

    /// <summary>A number, or a percentage such as <c>"20%"</c>; 0 or more.</summary>
    /// <param name="key">The key.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public (double Amount, bool IsPercent)? Share(string key, bool required = false)
    {
        var entry = Take(key, required);
        return entry switch
        {
            null => null,
            { Value: StringValueSyntax { Value: { } text } } when Units.Percent(text) is { } percent => (percent, true),
            _ when AsNumber(entry.Value) is { } number and >= 0 => (number, false),
            _ => Wrong<(double, bool)?>(entry, key, "must be a number of 0 or more, or a percentage", $"write {key} = 1.5 or {key} = \"20%\""),
        };
    }

    /// <summary>True or false.</summary>
    /// <param name="key">The key.</param>
    public bool? Flag(string key) => Take(key, required: false) switch
    {
        { Value: BooleanValueSyntax { Value: var flag } } => flag,
        { } entry => Wrong<bool?>(entry, key, "must be true or false", $"write {key} = true"),
        null => null,
    };

    /// <summary>A duration such as <c>"500ms"</c>, <c>"10s"</c>, <c>"5m"</c>, <c>"2h"</c> or <c>"30d"</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="min">Shortest allowed.</param>
    /// <param name="max">Longest allowed.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public TimeSpan? Duration(string key, TimeSpan min, TimeSpan max, bool required = false)
    {
        var entry = Take(key, required);
        if (entry is null)
        {
            return null;
        }

        if (entry.Value is not StringValueSyntax { Value: { } text } || Units.Duration(text) is not { } duration)
        {
            return Wrong<TimeSpan?>(
                entry, key, "must be a duration", $"write {key} = \"10s\" (units: ms, s, m, h, d)");
        }

        return duration >= min && duration <= max
            ? duration
            : Wrong<TimeSpan?>(
                entry, key, $"must be from {Units.Text(min)} to {Units.Text(max)}", "change the duration");
    }

    /// <summary>A size such as <c>"64KiB"</c>, <c>"512MiB"</c> or <c>"2GiB"</c>, or a number of bytes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="min">Smallest allowed, bytes.</param>
    /// <param name="max">Largest allowed, bytes.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public long? Bytes(string key, long min, long max, bool required = false)
    {
        var entry = Take(key, required);
        long? bytes = entry?.Value switch
        {
            IntegerValueSyntax { Value: var number } => number,
            StringValueSyntax { Value: { } text } => Units.Bytes(text),
            _ => null,
        };
        if (entry is null)
        {
            return null;
        }

        if (bytes is null)
        {
            return Wrong<long?>(entry, key, "must be a size", $"write {key} = \"64MiB\" (units: KiB, MiB, GiB)");
        }

        return bytes >= min && bytes <= max
            ? bytes
            : Wrong<long?>(
                entry, key, string.Create(CultureInfo.InvariantCulture, $"must be from {min} to {max} bytes"), "change the size");
    }

    /// <summary>A list of exactly this many numbers.</summary>
    /// <param name="key">The key.</param>
    /// <param name="count">How many.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public IReadOnlyList<double>? Numbers(string key, int count, bool required = false)
    {
        var entry = Take(key, required);
        var numbers = AsNumbers(entry);
        return entry is null || numbers?.Count == count
            ? numbers
            : Wrong<IReadOnlyList<double>>(
                entry, key, string.Create(CultureInfo.InvariantCulture, $"must be a list of {count} numbers"), $"write {key} = [0, 14]");
    }

    /// <summary>A list of numbers, as many as there are.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<double>? Numbers(string key)
    {
        var entry = Take(key, required: false);
        var numbers = AsNumbers(entry);
        return entry is null || numbers is { Count: > 0 }
            ? numbers
            : Wrong<IReadOnlyList<double>>(entry, key, "must be a list of numbers", $"write {key} = [0xFFFF]");
    }

    /// <summary>A list of texts.</summary>
    /// <param name="key">The key.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public IReadOnlyList<string>? Texts(string key, bool required = false)
    {
        var entry = Take(key, required);
        if (entry is null)
        {
            return null;
        }

        List<string> texts = [];
        var good = entry.Value is ArraySyntax;
        if (entry.Value is ArraySyntax array)
        {
            foreach (var item in array.Items)
            {
                if (item.Value is StringValueSyntax { Value: { } text })
                {
                    texts.Add(text);
                }
                else
                {
                    good = false;
                }
            }
        }

        return good
            ? texts
            : Wrong<IReadOnlyList<string>>(entry, key, "must be a list of texts", $"write {key} = [\"a\", \"b\"]");
    }

    /// <summary>One of a closed list of words.</summary>
    /// <typeparam name="T">What a word stands for.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="words">The words and their meanings.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public T? Word<T>(string key, IReadOnlyDictionary<string, T> words, bool required = false)
        where T : struct
    {
        var entry = Take(key, required);
        return entry switch
        {
            null => null,
            { Value: StringValueSyntax { Value: { } text } } when words.TryGetValue(text, out var meaning) => meaning,
            _ => Wrong<T?>(entry, key, "is not a word known here", $"use one of: {string.Join(", ", words.Keys)}"),
        };
    }

    /// <summary>Whether a word stands in place of what the key usually has, for example <c>"off"</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="word">The word.</param>
    public bool IsWord(string key, string word) =>
        Take(key, required: false) is { Value: StringValueSyntax { Value: { } text } } && text == word;

    /// <summary>A table: <c>[key]</c> or <c>key = { … }</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    public TomlSection? Table(string key, bool required = false)
    {
        var entry = Take(key, required);
        return entry switch
        {
            null => null,
            { Sections: [var only], IsArray: false } => only,
            _ => Wrong<TomlSection>(entry, key, "must be one table", $"write {key} = {{ … }} in one line, or [{(Name.Length == 0 ? key : $"{Name}.{key}")}] above its lines"),
        };
    }

    /// <summary>Tables: <c>[[key]]</c> repeated or <c>key = [{ … }, { … }]</c>. Empty where there are none.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<TomlSection> Tables(string key)
    {
        var entry = Take(key, required: false);
        return entry switch
        {
            null => [],
            { IsArray: true } => entry.Sections,
            { Value: ArraySyntax { Items.ChildrenCount: 0 } } => [],
            _ => Wrong<IReadOnlyList<TomlSection>>(entry, key, "must be a list of tables", $"write {key} = [{{ … }}] in one line, or [[{(Name.Length == 0 ? key : $"{Name}.{key}")}]] above the lines of each") ?? [],
        };
    }

    /// <summary>One table or several: <c>key = { … }</c> or <c>key = [{ … }, { … }]</c>. Empty where there are none.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<TomlSection> TableOrTables(string key) =>
        entries.TryGetValue(key, out var entry) && entry is { Sections: [_], IsArray: false } ? [Table(key)!] : Tables(key);

    /// <summary>Reports a problem at a key, or at the table's heading where the key is absent.</summary>
    /// <param name="key">The key, or null for the table.</param>
    /// <param name="what">What is wrong.</param>
    /// <param name="mend">What to do about it.</param>
    public void Report(string? key, string what, string mend) => problems.Add(At(key, what, mend));

    /// <summary>Reports a key that does not belong here; nobody has to ask for it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="what">What is wrong.</param>
    /// <param name="mend">What to do about it.</param>
    public void Refuse(string key, string what, string mend)
    {
        asked.Add(key);
        Report(key, what, mend);
    }

    /// <summary>A problem at a key, or at the table's heading where the key is absent, without reporting it: for warnings,
    /// which the caller keeps apart.</summary>
    /// <param name="key">The key, or null for the table.</param>
    /// <param name="what">What is wrong.</param>
    /// <param name="mend">What to do about it.</param>
    public Problem At(string? key, string what, string mend)
    {
        var (line, column) = key is not null && entries.TryGetValue(key, out var entry)
            ? (entry.Line, entry.Column)
            : (Line, Column);
        return new Problem(file, line, column, what, mend);
    }

    /// <summary>Reports every key that nobody asked for, with the nearest known one.</summary>
    public void RefuseUnknownKeys()
    {
        foreach (var (key, entry) in entries)
        {
            if (!asked.Contains(key))
            {
                var nearest = Units.Nearest(key, asked);
                problems.Add(new Problem(
                    file,
                    entry.Line,
                    entry.Column,
                    $"{Described(key)} is not known here",
                    nearest is null ? "remove it" : $"did you mean {nearest}?"));
            }
        }
    }

    private static DocumentSyntax? Understand(string file, string text, List<Problem> problems)
    {
        try
        {
            return SyntaxParser.Parse(text, file, validate: true);
        }
        catch (TomlException)
        {
            // All else Tomlyn lists; this it throws where it would recurse for long, and it says only sometimes where.
            problems.Add(new Problem(
                file, 1, 1, "somewhere brackets are nested more than 64 deep", "write lists and tables of fewer levels"));
            return null;
        }
        catch (ArgumentOutOfRangeException)
        {
            // Tomlyn 2.10 means to report a wrong escape, and throws in the message where what follows the backslash is no
            // character: the end of the file, or half of a surrogate pair. It does not say where.
            problems.Add(new Problem(
                file, 1, 1, "somewhere a text has a backslash with no character after it", "write \\\\ for a backslash"));
            return null;
        }
    }

    private static double? AsNumber(SyntaxNode? value) => value switch
    {
        IntegerValueSyntax { Value: var number } => number,
        FloatValueSyntax { Value: var number } when double.IsFinite(number) => number,
        _ => null,
    };

    // Null where one of them is no number.
    private static List<double>? AsNumbers(Entry? entry)
    {
        if (entry?.Value is not ArraySyntax array)
        {
            return null;
        }

        List<double> numbers = [];
        foreach (var item in array.Items)
        {
            if (AsNumber(item.Value) is not { } number)
            {
                return null;
            }

            numbers.Add(number);
        }

        return numbers;
    }

    private static string KeyText(BareKeyOrStringValueSyntax? key) => key switch
    {
        StringValueSyntax { Value: { } text } => text,
        BareKeySyntax { Key.Text: { } text } => text,
        _ => "",
    };

    private Entry? Take(string key, bool required)
    {
        asked.Add(key);
        if (entries.TryGetValue(key, out var entry))
        {
            return entry;
        }

        if (required)
        {
            problems.Add(new Problem(file, Line, Column, $"{Described(key)} is missing", "add it here"));
        }

        return null;
    }

    private T? Wrong<T>(Entry entry, string key, string what, string mend)
    {
        problems.Add(new Problem(file, entry.Line, entry.Column, $"{Described(key)} {what}", mend));
        return default;
    }

    private string Described(string key) => Name.Length == 0 ? key : $"{key} of [{Name}]";

    private void Add(KeyValueSyntax pair)
    {
        if (pair.Key is not { } key || pair.Value is not { } value)
        {
            return;
        }

        var section = this;
        var first = KeyText(key.Key);
        List<string> path = [first];
        foreach (var dotted in key.DotKeys)
        {
            path.Add(KeyText(dotted.Key));
        }

        var start = key.Span.Start;
        foreach (var step in path.SkipLast(1))
        {
            section = section.Child(step, start.Line + 1, start.Column + 1, isArray: false);
            if (section is null)
            {
                return;
            }
        }

        section.Put(path[^1], value, start.Line + 1, start.Column + 1);
    }

    private void Put(string key, ValueSyntax value, int line, int column)
    {
        if (entries.ContainsKey(key))
        {
            return; // The parser has already reported it as a duplicate.
        }

        var entry = new Entry(value, line, column, value is ArraySyntax);
        switch (value)
        {
            case InlineTableSyntax table:
                entry.Sections.Add(Inline(key, table));
                break;
            case ArraySyntax array:
                foreach (var item in array.Items)
                {
                    if (item.Value is InlineTableSyntax table)
                    {
                        entry.Sections.Add(Inline(key, table));
                    }
                }

                // A list is a list of tables only where every member is one; Tables reports the others.
                entry.IsArray = entry.Sections.Count > 0 && entry.Sections.Count == array.Items.ChildrenCount;
                break;
        }

        entries.Add(key, entry);
    }

    private TomlSection Inline(string key, InlineTableSyntax table)
    {
        var start = table.Span.Start;
        var section = new TomlSection(
            file, problems, Name.Length == 0 ? key : $"{Name}.{key}", start.Line + 1, start.Column + 1);
        foreach (var item in table.Items)
        {
            if (item.KeyValue is { } pair)
            {
                section.Add(pair);
            }
        }

        return section;
    }

    private TomlSection? Open(KeySyntax name, bool isArray)
    {
        List<string> path = [KeyText(name.Key)];
        foreach (var dotted in name.DotKeys)
        {
            path.Add(KeyText(dotted.Key));
        }

        var start = name.Span.Start;
        TomlSection? section = this;
        foreach (var step in path.SkipLast(1))
        {
            section = section?.Child(step, start.Line + 1, start.Column + 1, isArray: false);
        }

        return section?.Child(path[^1], start.Line + 1, start.Column + 1, isArray);
    }

    // Steps into a table, or into the last of a list of tables, making it where it is not there yet.
    private TomlSection? Child(string key, int line, int column, bool isArray)
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            entry = new Entry(null, line, column, isArray);
            entries.Add(key, entry);
        }
        else if (entry.Value is not null and not InlineTableSyntax)
        {
            problems.Add(new Problem(file, line, column, $"{Described(key)} is both a value and a table", "rename one"));
            return null;
        }

        if (isArray || entry.Sections.Count == 0)
        {
            entry.Sections.Add(
                new TomlSection(file, problems, Name.Length == 0 ? key : $"{Name}.{key}", line, column));
        }

        return entry.Sections[^1];
    }

    private sealed class Entry(SyntaxNode? value, int line, int column, bool isArray)
    {
        public SyntaxNode? Value { get; } = value;

        public int Line { get; } = line;

        public int Column { get; } = column;

        public bool IsArray { get; set; } = isArray;

        public List<TomlSection> Sections { get; } = [];
    }
}

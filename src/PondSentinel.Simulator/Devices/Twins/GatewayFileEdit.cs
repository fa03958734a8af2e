using System.Globalization;
using System.Text;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Changes some values of a configuration and leaves every other character as it is.</summary>
/// <param name="text">TOML without a mistake.</param>
internal sealed class GatewayFileEdit(string text)
{
    private readonly DocumentSyntax document = SyntaxParser.Parse(text, "", validate: true);
    private readonly List<(int At, int Length, string Text)> edits = [];
    private readonly StringBuilder added = new();

    /// <summary>A text as TOML.</summary>
    /// <param name="value">The text.</param>
    public static string Quoted(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>Sets a key of one of several tables.</summary>
    /// <param name="table">The tables, for example <c>bus</c>.</param>
    /// <param name="id">The <c>id</c> of the one.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value as TOML.</param>
    public void Set(string table, string id, string key, string value)
    {
        if (document.Tables.OfType<TableArraySyntax>().FirstOrDefault(
            one => Name(one.Name) == table && Text(Find(one, "id")) == id) is { } found)
        {
            Set(found, key, value);
        }
    }

    /// <summary>Sets a key of a table, which is added where it is missing.</summary>
    /// <param name="table">The table, for example <c>buffer</c>.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value as TOML.</param>
    public void Set(string table, string key, string value)
    {
        if (document.Tables.OfType<TableSyntax>().FirstOrDefault(one => Name(one.Name) == table) is { } found)
        {
            Set(found, key, value);
        }
        else
        {
            added.Append(CultureInfo.InvariantCulture, $"\n[{table}]\n{key} = {value}\n");
        }
    }

    /// <summary>The changed text.</summary>
    public override string ToString()
    {
        var changed = new StringBuilder(text);
        foreach (var (at, length, replacement) in edits.OrderByDescending(edit => edit.At))
        {
            changed.Remove(at, length).Insert(at, replacement);
        }

        return changed.Append(added.Length > 0 && !text.EndsWith('\n') ? "\n" : "").Append(added).ToString();
    }

    private static string? Name(SyntaxNode? name) => name?.ToString()?.Trim();

    private static KeyValueSyntax? Find(TableSyntaxBase table, string key) =>
        table.Items.FirstOrDefault(pair => Name(pair.Key) == key);

    private static string? Text(KeyValueSyntax? pair) => (pair?.Value as StringValueSyntax)?.Value;

    private void Set(TableSyntaxBase table, string key, string value)
    {
        if (Find(table, key) is { Value: { } old })
        {
            edits.Add((old.Span.Offset, old.Span.Length, value));
            return;
        }

        // On a line of its own below the heading, whatever stands beside that.
        var heading = table.CloseBracket!.Span.End.Offset;
        var end = text.IndexOf('\n', heading);
        edits.Add((end < 0 ? text.Length : end, 0, $"\n{key} = {value}"));
    }
}

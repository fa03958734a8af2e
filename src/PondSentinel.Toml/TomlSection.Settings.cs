using System.Globalization;
using System.Text;
using Tomlyn.Syntax;

namespace PondSentinel.Toml;

/// <summary>A setting of a file, apart from how the file is laid out.</summary>
/// <param name="Path">Where it stands: <c>uplink.host</c>, <c>device pond-ph.channel ph.fail</c>. A table of a list goes by its
/// <c>id</c>, or by its place from 1 on where it has none.</param>
/// <param name="Value">What it says, in one form of writing: <c>[0, 14]</c>.</param>
public readonly record struct TomlSetting(string Path, string Value);

/// <content>All settings at once, to hold one file against another.</content>
public sealed partial class TomlSection
{
    /// <summary>All settings in it and below, in the file's order. Two files with the same mean the same, whatever their comments,
    /// spaces and order are.</summary>
    public IEnumerable<TomlSetting> Settings => SettingsBelow("");

    private IEnumerable<TomlSetting> SettingsBelow(string path) => entries.SelectMany(pair => pair.Value switch
    {
        { Sections.Count: 0, Value: { } value } => [new TomlSetting($"{path}{pair.Key}", Written(value))],
        { IsArray: true } list => list.Sections.SelectMany((section, i) => section.SettingsBelow($"{path}{pair.Key} {section.NameInList(i)}.")),
        var table => table.Sections.SelectMany(section => section.SettingsBelow($"{path}{pair.Key}.")),
    });

    private string NameInList(int index) => entries.TryGetValue("id", out var entry) && entry.Value is StringValueSyntax { Value: { Length: > 0 } id }
        ? id
        : (index + 1).ToString(CultureInfo.InvariantCulture);

    private static string Written(SyntaxNode value) => value switch
    {
        StringValueSyntax { Value: var text } => Quoted(text ?? ""),
        IntegerValueSyntax { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        FloatValueSyntax { Value: var number } => number.ToString("R", CultureInfo.InvariantCulture),
        BooleanValueSyntax { Value: var flag } => flag ? "true" : "false",
        ArraySyntax array => $"[{string.Join(", ", array.Items.Where(item => item.Value is not null).Select(item => Written(item.Value!)))}]",
        _ => value.ToString().Trim(),
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            quoted = character switch
            {
                '"' or '\\' => quoted.Append('\\').Append(character),
                _ when char.IsControl(character) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }
}

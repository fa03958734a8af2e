using System.Text;
using PondSentinel.Backend.Averages;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Alerting.Presets;

/// <summary>A preset as its rules would be written out in a configuration, for whoever wants them otherwise.</summary>
internal static class PresetText
{
    private const string Table = "[[rule]]";

    /// <summary>TOML that a configuration can take as it is: what a rule has no key for are comments.</summary>
    /// <param name="preset">The preset.</param>
    public static string Of(Preset preset)
    {
        var lines = preset.Text.TrimEnd().Split('\n');
        var first = Array.FindIndex(lines, line => line.StartsWith(Table, StringComparison.Ordinal));
        var ofEach = lines[..first].Where(line => IsKey(line, "standard") || IsKey(line, "clause") || IsKey(line, "clause_zh")).ToList();
        var own = preset.Rules.Select(rule => rule.Id).ToHashSet(StringComparer.Ordinal);
        var text = new StringBuilder();
        text.AppendLine(Head(preset));
        foreach (var line in lines[..first])
        {
            text.AppendLine(line.Length == 0 || line[0] == '#' ? line : $"# {line}");
        }

        foreach (var kind in Kinds(preset))
        {
            text.AppendLine("# Leave it out where there is one; ph and temperature are your own channels.").AppendLine("[[average]]")
                .AppendLine($"id = \"{kind.Word}\"").AppendLine($"kind = \"{kind.Word}\"");
            text.AppendLine("ph = \"stream-ph.ph\"").AppendLine("temperature = \"stream-ph.temperature\"").AppendLine();
        }

        // Rules of another preset may not be there; whoever has them takes the sign away.
        var isQuietOfOthers = false;
        foreach (var line in lines[first..])
        {
            isQuietOfOthers = line.StartsWith(Table, StringComparison.Ordinal) ? false
                : IsKey(line, "quiet_while") ? !own.IsSupersetOf(Ids(line))
                : isQuietOfOthers;
            text.AppendLine(isQuietOfOthers && (IsKey(line, "quiet_while") || IsKey(line, "quiet_at")) ? $"# {line}" : line);
            if (IsKey(line, "id"))
            {
                ofEach.ForEach(of => text.AppendLine(of));
            }
        }

        return text.ToString();
    }

    private static string Head(Preset preset)
    {
        var roles = preset.Rules.SelectMany(PresetRoles.Of).Distinct(StringComparer.Ordinal).ToList();
        var hasSector = preset.Rules.Any(PresetRoles.HasSector);
        var asked = string.Concat(
            roles.Count > 0 ? $", with = {{ {string.Join(", ", roles.Select(role => $"{role} = \"…\""))} }}" : "",
            hasSector ? ", sector = […, …]" : "",
            preset.Limit is null ? "" : ", limit = …");
        var head = new StringBuilder($"# The rules of the preset {preset.Name}, written out. As they are, one table puts them to work: [[preset]] with name = \"{preset.Name}\"{asked}");
        if (roles.Count > 0)
        {
            head.AppendLine().Append($"# Write your own names in the place of: {string.Join(", ", roles)}");
        }

        if (hasSector)
        {
            head.AppendLine().Append($"# Write in the place of 0 and 360 between which degrees the wind brings it ({Measurand.WindDirection.WireName})");
        }

        if (preset.Limit is { } limit)
        {
            head.AppendLine().Append($"# Multiply the limits by yours: {limit}");
        }

        if (preset.Rules.Any(rule => rule.Unchecked is not null))
        {
            head.AppendLine().Append("# What of it was not compared with its standard is told with the preset alone, not with rules that are written out.");
        }

        return head.ToString();
    }

    private static IEnumerable<LiveKind> Kinds(Preset preset) => preset.Rules.Select(rule => rule.Average?.Kind).OfType<LiveKind>().Distinct();

    private static bool IsKey(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) && line[key.Length..].TrimStart().StartsWith('=');

    private static IReadOnlyList<string> Ids(string line) => TomlSection.Parse("quiet_while", line, []).Texts("quiet_while") ?? [];
}

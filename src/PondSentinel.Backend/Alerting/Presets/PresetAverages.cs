using PondSentinel.Backend.Averages;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Alerting.Presets;

/// <summary>A preset names averages by their kind. Which of a site's own is meant is plain where there is one of the kind.</summary>
internal static class PresetAverages
{
    /// <summary>The site's averages for the kinds that a preset watches.</summary>
    /// <param name="preset">The preset.</param>
    /// <param name="section">Its table in the configuration.</param>
    /// <param name="places">Its key <c>with</c>; null where there is none.</param>
    /// <param name="averages">The averages of the configuration.</param>
    /// <returns>By kind; null where one is missing or not plain, which has been reported.</returns>
    public static Dictionary<string, AverageDefinition>? Of(
        Preset preset, TomlSection section, TomlSection? places, IReadOnlyList<AverageDefinition> averages)
    {
        Dictionary<string, AverageDefinition> watched = new(StringComparer.Ordinal);
        var isWhole = true;
        foreach (var kind in preset.Rules.Select(rule => rule.Average?.Kind.Word).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            var all = averages.Where(average => average.Kind.Word == kind).ToList();
            var id = places?.Text(kind);
            var fitting = id is null ? all : all.FindAll(average => average.Id == id);
            if (fitting is [var only])
            {
                watched.Add(kind, only);
                continue;
            }

            isWhole = false;
            if (all.Count == 0)
            {
                section.Report("name", $"{preset.Name} watches an average of the kind {kind}, and there is none", $"write an [[average]] with kind = \"{kind}\"");
            }
            else if (id is not null)
            {
                places!.Report(kind, $"there is no average {id} of the kind {kind}", $"write {kind} = \"{all[0].Id}\"");
            }
            else
            {
                section.Report("with", $"{preset.Name} watches one average of the kind {kind}, and there are {string.Join(", ", all.Select(average => average.Id))}", $"write with = {{ {kind} = \"{all[0].Id}\" }}");
            }
        }

        return isWhole ? watched : null;
    }
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Averages;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting.Presets;

/// <summary>Reads the <c>[[preset]]</c> tables: each puts the rules of a preset to work.</summary>
internal static class PresetSection
{
    private const double OffsetHoursMax = 14;
    private const double LimitMin = 0.001;
    private const double LimitMax = 1e6;

    // Whom a value is shown beside, where a preset itself does not look at them.
    private static readonly string[] Backgrounds = ["upstream", "upwind"];

    /// <summary>Reads one.</summary>
    /// <param name="section">Its table.</param>
    /// <param name="ids">Ids that are taken.</param>
    /// <param name="averages">The averages of the configuration.</param>
    /// <returns>The rules; none where something is wrong.</returns>
    public static IReadOnlyList<AlertRule> Read(TomlSection section, HashSet<string> ids, IReadOnlyList<AverageDefinition> averages)
    {
        var preset = PresetOf(section);
        var (site, station) = (RuleConfiguration.Selector(section, "site"), RuleConfiguration.Selector(section, "station"));
        var (device, channel) = (RuleConfiguration.Selector(section, "device"), RuleConfiguration.Selector(section, "channel"));
        var severity = section.Word("severity", Severities.ByWord);
        var quiet = QuietSection.Read(section, severity ?? preset?.Rules.Max(rule => rule.Severity));
        var offset = section.Number("utc_offset_h", -OffsetHoursMax, OffsetHoursMax);
        var suffix = section.Text("suffix") ?? station;
        var places = section.Table("with");
        var sector = section.Numbers("sector", 2);
        var limit = section.Number("limit", LimitMin, LimitMax);
        var roles = preset?.Rules.SelectMany(PresetRoles.Of).Distinct(StringComparer.Ordinal).ToList() ?? [];
        var names = roles.ToDictionary(
            role => role, role => places is null ? null : RuleConfiguration.Selector(places, role), StringComparer.Ordinal);
        var watched = preset is null ? [] : PresetAverages.Of(preset, section, places, averages);
        var shown = Backgrounds.Except(roles).Select(role => places is null ? null : RuleConfiguration.Selector(places, role)).OfType<string>().ToList();
        places?.RefuseUnknownKeys();
        section.RefuseUnknownKeys();
        if (preset is null || watched is null)
        {
            return [];
        }

        if (!HasItsNames(section, preset, names) || !HasItsNumbers(section, preset)
            || (sector is not null && JointSection.RefuseNoDirection(section, "sector", sector)))
        {
            return [];
        }

        if (preset.Rules.Select(rule => PresetRoles.OfItself(rule, names, station, device)).FirstOrDefault(role => role is not null) is { } itself)
        {
            section.Report(
                "with", $"{itself} is {names[itself]}, which is what {preset.Name} watches itself: nothing would be compared", $"name the other one, or another {(names[itself] == station ? "station" : "device")} to watch");
            return [];
        }

        if (offset is not null && preset.Rules.All(rule => rule.Statistic?.InLocalTime(TimeSpan.FromHours(OffsetHoursMax + 1)) == rule.Statistic))
        {
            section.Report("utc_offset_h", $"nothing in {preset.Name} goes by the clock", "remove utc_offset_h");
        }

        List<AlertRule> rules = [];
        foreach (var rule in preset.Rules)
        {
            var id = suffix is null ? rule.Id : $"{rule.Id}-{suffix}";
            if (!IsFree(section, id, ids))
            {
                return [];
            }

            rules.Add(rule with
            {
                Id = id,
                Site = site,
                Station = station,
                Device = device,
                Channel = channel,
                Severity = severity ?? rule.Severity,
                Threshold = rule.Threshold with { RaiseLimit = rule.Threshold.RaiseLimit * (limit ?? 1), ClearLimit = rule.Threshold.ClearLimit * (limit ?? 1) },
                PresetRule = rule.Id,
                PresetWaits = rule.Quiet.While,
                Quiet = quiet.While.Count > 0 ? quiet : rule.Quiet with { While = [] },
                Average = rule.Average is { } average ? watched[average.Kind.Word] : null,
                Statistic = PresetRoles.Beside(
                    rule, PresetRoles.Played(offset is { } hours ? rule.Statistic?.InLocalTime(TimeSpan.FromHours(hours)) : rule.Statistic, names!, sector), shown),
            });
        }

        return rules;
    }

    private static bool IsFree(TomlSection section, string id, HashSet<string> ids)
    {
        if (!Names.IsName(id))
        {
            section.Report("suffix", $"\"{id}\" cannot be a rule's id", "write suffix = \"…\", short, of a-z, 0-9 and -; ids have 32 characters at most");
            return false;
        }

        if (!ids.Add(id))
        {
            section.Report("suffix", $"the rule {id} stands here a second time", "write suffix = \"…\", another for each");
            return false;
        }

        return true;
    }

    private static bool HasItsNames(TomlSection section, Preset preset, Dictionary<string, string?> names)
    {
        if (names.Where(name => name.Value is null).Select(name => name.Key).ToList() is not [_, ..] missing)
        {
            return true;
        }

        section.Report("with", $"{preset.Name} has to know your names of: {string.Join(", ", missing)}", $"write with = {{ {string.Join(", ", missing.Select(role => $"{role} = \"…\""))} }}");
        return false;
    }

    // What only the site can know, and nothing that is none of the preset's.
    private static bool HasItsNumbers(TomlSection section, Preset preset)
    {
        var hasSector = preset.Rules.Any(PresetRoles.HasSector);
        if (hasSector != section.Has("sector"))
        {
            section.Report(
                "sector",
                hasSector ? $"{preset.Name} has to know from where the wind brings dust of the pit" : $"{preset.Name} does not look at the wind",
                hasSector ? "write sector = [from, to], degrees clockwise from north; it may go through north" : "remove sector");
            return false;
        }

        if ((preset.Limit is null) == section.Has("limit"))
        {
            section.Report(
                "limit",
                preset.Limit is { } what ? $"{preset.Name} has to know your limit: {what}" : $"{preset.Name} has limits of its own",
                preset.Limit is null ? "remove limit, or write a [[rule]] with it" : "write limit = …");
            return false;
        }

        return true;
    }

    private static Preset? PresetOf(TomlSection section)
    {
        var name = section.Text("name", required: true);
        if (name is null)
        {
            return null;
        }

        if (Preset.All.TryGetValue(name, out var preset))
        {
            return preset;
        }

        var nearest = Units.Nearest(name, Preset.All.Keys);
        section.Report(
            "name", $"\"{name}\" is no preset", nearest is null ? "pond-backend rules list tells which there are" : $"did you mean {nearest}?");
        return null;
    }
}

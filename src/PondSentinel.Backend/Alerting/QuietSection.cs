using PondSentinel.Alerting;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Alerting;

/// <summary>Where another alarm has to be for one to wait for it.</summary>
public enum QuietPlace
{
    /// <summary>At the same site.</summary>
    Site,

    /// <summary>At the same station.</summary>
    Station,

    /// <summary>At the same gateway.</summary>
    Gateway,
}

/// <summary>While what people are not told of an alarm.</summary>
/// <param name="While">Rules; empty: people are always told.</param>
/// <param name="At">Where an alarm of these has to be.</param>
public sealed record QuietRule(IReadOnlyList<string> While, QuietPlace At)
{
    /// <summary>People are always told.</summary>
    public static QuietRule None { get; } = new([], QuietPlace.Site);
}

/// <summary>Reads <c>quiet_while</c>, <c>quiet_at</c> and <c>quiet_urgent</c> of a rule: the engine raises it all the same, and people are
/// not told while something else explains it.</summary>
internal static class QuietSection
{
    private static readonly Dictionary<string, QuietPlace> Places = new(StringComparer.Ordinal)
    {
        ["site"] = QuietPlace.Site, ["station"] = QuietPlace.Station, ["gateway"] = QuietPlace.Gateway,
    };

    private static readonly string[] OfNothing = ["quiet_at", "quiet_urgent"];

    /// <summary>Reads them.</summary>
    /// <param name="section">The rule's table.</param>
    /// <param name="severity">The rule's severity.</param>
    public static QuietRule Read(TomlSection section, Severity? severity)
    {
        var rules = section.Texts("quiet_while") ?? [];
        var at = section.Word("quiet_at", Places) ?? QuietPlace.Site;
        var isUrgentToo = section.Flag("quiet_urgent") ?? false;
        if (rules.Count == 0)
        {
            foreach (var key in OfNothing.Where(section.Has))
            {
                section.Report(key, $"{key} is about quiet_while, and there is none", $"write quiet_while = [\"rule\"], or remove {key}");
            }
        }
        else if (severity == Severity.Urgent && !isUrgentToo)
        {
            section.Report("quiet_while", "an urgent alarm waits for no other", "remove quiet_while, or write quiet_urgent = true if you mean it");
        }

        return rules.Count == 0 ? QuietRule.None : new QuietRule(rules, at);
    }

    /// <summary>Checks that one waits for what there is, and nothing for something that waits itself: else two that fire together would
    /// never be told of.</summary>
    /// <param name="section">A rule's table, read before without a mistake.</param>
    /// <param name="rules">All rules.</param>
    public static void Check(TomlSection section, IReadOnlyList<AlertRule> rules)
    {
        foreach (var id in section.Texts("quiet_while") ?? [])
        {
            if (rules.FirstOrDefault(rule => rule.Id == id) is not { } other)
            {
                var nearest = Units.Nearest(id, [.. rules.Select(rule => rule.Id)]);
                section.Report(
                    "quiet_while", $"there is no rule {id}",
                    nearest is null ? "write the ids of other rules; a band has two, id-low and id-high" : $"did you mean {nearest}?");
            }
            else if (other.Quiet.While.Count > 0)
            {
                section.Report("quiet_while", $"{id} waits for others itself, so that nobody might be told of either", "wait for those instead");
            }
        }
    }
}

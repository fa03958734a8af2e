using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting.Presets;
using PondSentinel.Backend.Averages;
using PondSentinel.Measurements;
using PondSentinel.Rules;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>Reads the <c>[[rule]]</c> tables of the backend's configuration. README.md of this folder lists the keys.</summary>
public static class RuleConfiguration
{
    private const int TextLengthMax = 500;

    private static readonly string[] SeriesKeys = ["statistic", "against", "when", "unless", "confirmed_by", "beside"];

    /// <summary>Reads every rule, those of presets too; a rule with a mistake is left out and each of its mistakes is listed.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="problems">The list that <paramref name="top"/> was parsed with.</param>
    public static IReadOnlyList<AlertRule> Read(TomlSection top, List<Problem> problems) =>
        Read(top, problems, AverageConfiguration.Read(top, problems));

    /// <summary>The same, with the averages that rules may watch.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="problems">The list that <paramref name="top"/> was parsed with.</param>
    /// <param name="averages">The averages.</param>
    internal static IReadOnlyList<AlertRule> Read(TomlSection top, List<Problem> problems, IReadOnlyList<AverageDefinition> averages)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        var before = problems.Count;
        List<AlertRule> rules =
        [
            .. ReadOwn(top, problems, ids, averages),
            .. top.Tables("preset").SelectMany(section => PresetSection.Read(section, ids, averages)),
        ];
        rules = PresetQuiet.Resolved(rules);
        foreach (var section in problems.Count == before ? [.. top.Tables("rule"), .. top.Tables("preset")] : Array.Empty<TomlSection>())
        {
            QuietSection.Check(section, rules);
        }

        return rules;
    }

    /// <summary>Reads the rules that are written out in a preset, which may watch any kind of average by its name.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="problems">The list that <paramref name="top"/> was parsed with.</param>
    internal static IReadOnlyList<AlertRule> ReadOwn(TomlSection top, List<Problem> problems) =>
        ReadOwn(top, problems, new HashSet<string>(StringComparer.Ordinal), AverageConfiguration.OfEachKind);

    private static List<AlertRule> ReadOwn(
        TomlSection top, List<Problem> problems, HashSet<string> ids, IReadOnlyList<AverageDefinition> averages)
    {
        List<AlertRule> rules = [];
        foreach (var section in top.Tables("rule"))
        {
            var before = problems.Count;
            var read = ReadRule(section, ids, averages);
            section.RefuseUnknownKeys();
            if (problems.Count == before)
            {
                rules.AddRange(read);
            }
        }

        return rules;
    }

    // Two where the limit is a band: what is above it is another alert than what is below.
    private static List<AlertRule> ReadRule(TomlSection section, HashSet<string> ids, IReadOnlyList<AverageDefinition> averages)
    {
        var isOffline = section.Has("offline");
        var limits = isOffline ? OfflineSection.Read(section) : LimitSection.Read(section);
        var id = section.Text("id", required: true);
        var measurand = isOffline ? Measurand.GatewaySilence : MeasurandOf(section, required: true);
        var (side, silence) = limits is [var first, ..] ? (first.Threshold.Side, first.Threshold.SilenceMax) : (LimitSide.Above, LimitSection.SilenceDefault);
        if (!isOffline)
        {
            RefuseOfFound(section, measurand);
        }

        var statistic = StatisticSection.Read(section, measurand, side, silence);
        StatisticSection.RefuseEmpty(section, measurand, statistic, limits);
        var joint = JointSection.Read(section, measurand, silence);
        var average = AverageOf(section, measurand, averages);
        var validity = ValidityOf(section);
        var severity = section.Word("severity", Severities.ByWord, required: true);
        var quiet = QuietSection.Read(section, severity);
        var (site, station) = (Selector(section, "site"), Selector(section, isOffline ? "gateway" : "station"));
        var (device, channel) = (Selector(section, "device"), Selector(section, "channel"));
        var (text, instruction) = (Words(section, "text"), Words(section, "do"));
        var (textZh, instructionZh) = (Words(section, "text_zh"), Words(section, "do_zh"));
        var (standard, clause, clauseZh) = StandardOf(section);
        List<AlertRule> rules = [];
        foreach (var (suffix, threshold) in limits)
        {
            if (id is null || !IsFree($"{id}{suffix}", section, ids) || measurand is null || severity is null)
            {
                continue;
            }

            var made = joint.With(statistic is null ? null : StatisticSection.On(threshold, statistic), threshold);
            var judged = made is null ? threshold : made.Judging(threshold);
            var rule = new AlertRule
            {
                Id = $"{id}{suffix}",
                Measurand = measurand.Value,
                Statistic = made,
                Average = average,
                Threshold = average is null ? judged : judged.ForValuesEvery(average.Spacing),
                Validity = validity,
                Severity = severity.Value,
                Site = site,
                Station = station,
                Device = device,
                Channel = channel,
                Text = text ?? "",
                Do = instruction,
                TextZh = textZh,
                DoZh = instructionZh,
                Standard = standard,
                Clause = clause,
                ClauseZh = clauseZh,
                Quiet = quiet,
            };
            rules.Add(text is null ? rule with { Text = rule.PlainText, TextZh = textZh ?? rule.PlainTextZh } : rule);
        }

        // A mistake in the limit must not hide one in the id.
        if (limits.Count == 0 && id is not null)
        {
            IsFree(id, section, ids);
        }

        return rules;
    }

    // Of what the backend itself finds only what moves a limit is kept: of anything else there would be nothing to compute.
    private static void RefuseOfFound(TomlSection section, Measurand? measurand)
    {
        foreach (var key in measurand?.IsFoundByBackend == true ? SeriesKeys.Where(section.Has) : [])
        {
            section.Report(key, $"{key} cannot be made of {measurand!.Value.WireName}, which the backend finds by itself", $"remove {key}: the limit is held against what is found");
        }
    }

    private static (string? Standard, string? Clause, string? ClauseZh) StandardOf(TomlSection section)
    {
        var (standard, clause, clauseZh) = (Words(section, "standard"), Words(section, "clause"), Words(section, "clause_zh"));
        if (clause is not null && standard is null)
        {
            section.Report("clause", "clause needs the standard it is a clause of", "add standard = \"…\"");
        }

        if (clauseZh is not null && clause is null)
        {
            section.Report("clause_zh", "clause_zh says the same as clause, and there is none", "add clause = \"…\"");
        }

        return (standard, clause, clauseZh);
    }

    private static AverageDefinition? AverageOf(TomlSection section, Measurand? measurand, IReadOnlyList<AverageDefinition> averages)
    {
        if (section.Text("average") is not { } id)
        {
            return null;
        }

        var average = averages.FirstOrDefault(known => known.Id == id);
        if (average is null)
        {
            var nearest = Units.Nearest(id, [.. averages.Select(known => known.Id)]);
            section.Report("average", $"there is no average {id}", nearest is null ? $"write an [[average]] with id = \"{id}\"" : $"did you mean {nearest}?");
        }
        else if (measurand is { } said && said != average.Gives)
        {
            section.Report("measurand", $"the average {id} gives {average.Gives.WireName}", $"write measurand = \"{average.Gives.WireName}\"");
        }

        return average;
    }

    private static bool IsFree(string id, TomlSection section, HashSet<string> ids)
    {
        if (!Names.IsName(id))
        {
            section.Report("id", $"\"{id}\" cannot be a rule's id", "use 1 to 32 of the characters a-z, 0-9 and -");
            return false;
        }

        if (ToldAlarm.IsId(id))
        {
            section.Report("id", $"the rule {id} has a name of an alarm of a gateway", "let it begin otherwise than with gw-");
            return false;
        }

        if (!ids.Add(id))
        {
            section.Report("id", $"the rule {id} stands here a second time", "give one of the two another id");
            return false;
        }

        return true;
    }

    /// <summary>A measurand by its wire name.</summary>
    /// <param name="section">The table.</param>
    /// <param name="required">Whether its absence is a problem.</param>
    internal static Measurand? MeasurandOf(TomlSection section, bool required = false)
    {
        var name = section.Text("measurand", required);
        if (name is null)
        {
            return null;
        }

        if (MeasurandNames.TryParse(name, out var measurand))
        {
            return measurand;
        }

        var known = MeasurandNames.All.Select(known => known.WireName).ToList();
        var nearest = Units.Nearest(name, known);
        section.Report(
            "measurand",
            $"\"{name}\" is not a measurand",
            nearest is null ? $"use one of: {string.Join(", ", known)}" : $"did you mean {nearest}?");
        return null;
    }

    // A day that stands alone is meant whole.
    private static Validity ValidityOf(TomlSection section)
    {
        var (from, until) = (Instant(section, "valid_from", TimeSpan.Zero), Instant(section, "valid_to", TimeSpan.FromDays(1)));
        if (from >= until)
        {
            section.Report("valid_to", "valid_to lies before valid_from, so the rule is never in force", "exchange them");
        }

        return new Validity(from, until);
    }

    private static DateTimeOffset? Instant(TomlSection section, string key, TimeSpan ofDay)
    {
        if (section.Text(key) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day) && day.Year is > 1900 and < 9000)
        {
            return day + ofDay;
        }

        if (DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mmK", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at.Year is > 1900 and < 9000)
        {
            return at.ToUniversalTime();
        }

        section.Report(key, $"\"{text}\" is no date", $"write {key} = \"2031-01-01\" (UTC), or \"2031-01-01T00:00+08:00\"");
        return null;
    }

    /// <summary>A name, or null for all.</summary>
    /// <param name="section">The table.</param>
    /// <param name="key">The key.</param>
    internal static string? Selector(TomlSection section, string key)
    {
        var name = section.Text(key);
        if (name is null or "*")
        {
            return null;
        }

        if (!Names.IsName(name))
        {
            section.Report(key, $"\"{name}\" cannot be a name", "use 1 to 32 of the characters a-z, 0-9 and -, or \"*\" for all");
        }

        return name;
    }

    private static string? Words(TomlSection section, string key)
    {
        var text = section.Text(key);
        if (text is null)
        {
            return null;
        }

        if (text.Length is 0 or > TextLengthMax || text.Any(char.IsControl))
        {
            section.Report(key, $"{key} must be one line of 1 to {TextLengthMax} characters", "shorten or fill it");
            return null;
        }

        return text;
    }
}

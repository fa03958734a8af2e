using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>Reads the <c>[[rule]]</c> tables of the backend's configuration. README.md of this folder lists the keys.</summary>
public static class RuleConfiguration
{
    private const int TextLengthMax = 500;
    private static readonly TimeSpan HoldMax = TimeSpan.FromDays(1);
    private static readonly TimeSpan SilenceDefault = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(1);

    /// <summary>Reads every rule; a rule with a mistake is left out and each of its mistakes is listed.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="problems">The list that <paramref name="top"/> was parsed with.</param>
    public static IReadOnlyList<AlertRule> Read(TomlSection top, List<Problem> problems)
    {
        List<AlertRule> rules = [];
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var section in top.Tables("rule"))
        {
            var before = problems.Count;
            var rule = ReadRule(section, ids);
            section.RefuseUnknownKeys();
            if (rule is not null && problems.Count == before)
            {
                rules.Add(rule);
            }
        }

        return rules;
    }

    private static AlertRule? ReadRule(TomlSection section, HashSet<string> ids)
    {
        var id = Id(section, ids);
        var measurand = MeasurandOf(section);
        var threshold = Threshold(section);
        var severity = section.Word("severity", Severities.ByWord, required: true);
        var (site, station) = (Selector(section, "site"), Selector(section, "station"));
        var (device, channel) = (Selector(section, "device"), Selector(section, "channel"));
        var (text, instruction) = (Words(section, "text"), Words(section, "do"));
        var (standard, clause) = (Words(section, "standard"), Words(section, "clause"));
        if (clause is not null && standard is null)
        {
            section.Report("clause", "clause needs the standard it is a clause of", "add standard = \"…\"");
        }

        return id is null || measurand is null || threshold is null || severity is null
            ? null
            : new AlertRule
            {
                Id = id,
                Measurand = measurand.Value,
                Threshold = threshold,
                Severity = severity.Value,
                Site = site,
                Station = station,
                Device = device,
                Channel = channel,
                Text = text ?? AlertRule.PlainText(measurand.Value, threshold),
                Do = instruction,
                Standard = standard,
                Clause = clause,
            };
    }

    private static string? Id(TomlSection section, HashSet<string> ids)
    {
        var id = section.Text("id", required: true);
        if (id is null)
        {
            return null;
        }

        if (!Names.IsName(id))
        {
            section.Report("id", $"\"{id}\" cannot be a rule's id", "use 1 to 32 of the characters a-z, 0-9 and -");
            return null;
        }

        if (!ids.Add(id))
        {
            section.Report("id", $"the rule {id} stands here a second time", "give one of the two another id");
            return null;
        }

        return id;
    }

    private static Measurand? MeasurandOf(TomlSection section)
    {
        var name = section.Text("measurand", required: true);
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

    private static ThresholdRule? Threshold(TomlSection section)
    {
        var above = section.Number("raise_above");
        var below = section.Number("raise_below");
        var clearBelow = section.Number("clear_below");
        var clearAbove = section.Number("clear_above");
        var holdRaise = section.Duration("hold_raise", TimeSpan.Zero, HoldMax, required: true);
        var holdClear = section.Duration("hold_clear", TimeSpan.Zero, HoldMax, required: true);
        var silence = section.Duration("silence", SilenceMin, HoldMax);
        var limits = (section.Has("raise_above"), section.Has("raise_below")) switch
        {
            (true, false) => Limits(section, LimitSide.Above, above, clearBelow, "clear_below", "clear_above"),
            (false, true) => Limits(section, LimitSide.Below, below, clearAbove, "clear_above", "clear_below"),
            (true, true) => Refused(section, "raise_below", "a rule has either raise_above or raise_below", "make two rules"),
            (false, false) => Refused(section, null, "the rule has no limit", "add raise_above = … or raise_below = …"),
        };
        return limits is not { } l || holdRaise is null || holdClear is null
            ? null
            : new ThresholdRule
            {
                Side = l.Side,
                RaiseLimit = l.Raise,
                ClearLimit = l.Clear,
                HoldRaise = WholeMilliseconds(holdRaise.Value),
                HoldClear = WholeMilliseconds(holdClear.Value),
                SilenceMax = silence ?? SilenceDefault,
            };
    }

    private static (LimitSide Side, double Raise, double Clear)? Limits(
        TomlSection section, LimitSide side, double? raise, double? clear, string clearKey, string otherKey)
    {
        var raiseKey = side == LimitSide.Above ? "raise_above" : "raise_below";
        if (section.Has(otherKey))
        {
            return Refused(section, otherKey, $"{otherKey} does not go with {raiseKey}", $"write {clearKey} = … instead");
        }

        if (!section.Has(clearKey))
        {
            return Refused(
                section,
                raiseKey,
                $"{raiseKey} needs {clearKey}",
                side == LimitSide.Above
                    ? "add clear_below = … (nine tenths of the limit is usual, for pH 0.2 less)"
                    : "add clear_above = … (a tenth more than the limit is usual, for pH 0.2 more)");
        }

        if (raise is not { } r || clear is not { } c)
        {
            return null;
        }

        return (side == LimitSide.Above ? c <= r : c >= r)
            ? (side, r, c)
            : Refused(
                section,
                clearKey,
                $"{clearKey} lies on the bad side of {raiseKey}, so a value could raise and clear at once",
                side == LimitSide.Above ? "make it at most the limit" : "make it at least the limit");
    }

    private static (LimitSide Side, double Raise, double Clear)? Refused(
        TomlSection section, string? key, string what, string mend)
    {
        section.Report(key, what, mend);
        return null;
    }

    private static string? Selector(TomlSection section, string key)
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

    // State keeps whole milliseconds, as the records do.
    private static TimeSpan WholeMilliseconds(TimeSpan hold) =>
        TimeSpan.FromMilliseconds(Math.Ceiling(hold.TotalMilliseconds));
}

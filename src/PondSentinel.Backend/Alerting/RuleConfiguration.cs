using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting.Presets;
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

    /// <summary>Reads every rule, those of presets too; a rule with a mistake is left out and each of its mistakes is listed.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="problems">The list that <paramref name="top"/> was parsed with.</param>
    public static IReadOnlyList<AlertRule> Read(TomlSection top, List<Problem> problems)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        return
        [
            .. ReadOwn(top, problems, ids),
            .. top.Tables("preset").SelectMany(section => PresetSection.Read(section, ids)),
        ];
    }

    /// <summary>Reads the rules that are written out.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="problems">The list that <paramref name="top"/> was parsed with.</param>
    internal static IReadOnlyList<AlertRule> ReadOwn(TomlSection top, List<Problem> problems) =>
        ReadOwn(top, problems, new HashSet<string>(StringComparer.Ordinal));

    private static List<AlertRule> ReadOwn(TomlSection top, List<Problem> problems, HashSet<string> ids)
    {
        List<AlertRule> rules = [];
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
        var statistic = StatisticSection.Read(section, threshold);
        var validity = ValidityOf(section);
        var severity = section.Word("severity", Severities.ByWord, required: true);
        var (site, station) = (Selector(section, "site"), Selector(section, "station"));
        var (device, channel) = (Selector(section, "device"), Selector(section, "channel"));
        var (text, instruction) = (Words(section, "text"), Words(section, "do"));
        var (textZh, instructionZh) = (Words(section, "text_zh"), Words(section, "do_zh"));
        var (standard, clause) = (Words(section, "standard"), Words(section, "clause"));
        if (clause is not null && standard is null)
        {
            section.Report("clause", "clause needs the standard it is a clause of", "add standard = \"…\"");
        }

        if (id is null || measurand is null || threshold is null || severity is null)
        {
            return null;
        }

        var rule = new AlertRule
        {
            Id = id,
            Measurand = measurand.Value,
            Statistic = statistic,
            Threshold = statistic is null ? threshold : statistic.Judging(threshold),
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
        };
        return text is null ? rule with { Text = rule.PlainText } : rule;
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

    // State keeps whole milliseconds, as the records do.
    private static TimeSpan WholeMilliseconds(TimeSpan hold) =>
        TimeSpan.FromMilliseconds(Math.Ceiling(hold.TotalMilliseconds));
}

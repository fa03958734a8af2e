using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Rules;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>Reads what a rule says of channels beside its own: <c>against</c>, <c>when</c>, <c>unless</c> and <c>confirmed_by</c>.</summary>
internal sealed class JointSection
{
    private static readonly TimeSpan WithinDefault = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan WithinMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WithinMax = TimeSpan.FromDays(1);
    private static readonly string[] Selectors = ["site", "station", "device", "channel", "measurand"];
    private static readonly string[] Ranges = ["above", "below", "between"];

    private static readonly Dictionary<string, ComparisonScale> Scales = new(StringComparer.Ordinal)
    {
        ["difference"] = ComparisonScale.Difference,
        ["ratio"] = ComparisonScale.Ratio,
    };

    private readonly Comparison? against;
    private readonly List<Condition> conditions;
    private readonly (ChannelSelector Of, TimeSpan Within)? confirming;

    private JointSection(Comparison? against, List<Condition> conditions, (ChannelSelector Of, TimeSpan Within)? confirming) =>
        (this.against, this.conditions, this.confirming) = (against, conditions, confirming);

    /// <summary>Reads it.</summary>
    /// <param name="rule">The rule's table.</param>
    /// <param name="measurand">What the rule is about, where that could be read.</param>
    /// <param name="silence">Longest time between two values that counts as covered by them.</param>
    public static JointSection Read(TomlSection rule, Measurand? measurand, TimeSpan silence)
    {
        var against = rule.Table("against") is { } other ? ComparisonOf(other, measurand) : null;
        List<Condition> conditions =
        [
            .. rule.TableOrTables("when").Select(section => ConditionOf(section, measurand, silence, isBar: false)).OfType<Condition>(),
            .. rule.TableOrTables("unless").Select(section => ConditionOf(section, measurand, silence, isBar: true)).OfType<Condition>(),
            .. rule.TableOrTables("beside").Select(section => ShownOf(section, measurand)).OfType<Condition>(),
        ];
        (ChannelSelector, TimeSpan)? confirming = null;
        if (rule.Table("confirmed_by") is { } second)
        {
            if (second.Has("measurand"))
            {
                second.Report("measurand", "the second sensor measures what the rule is about", "remove measurand, or write the condition into when");
            }

            if (rule.Has("against"))
            {
                rule.Report("confirmed_by", "confirmed_by does not go with against: the second sensor has no difference of its own", "write the condition into when");
            }

            confirming = SelectorOf(second, measurand) is { } of ? (of, WithinOf(second)) : null;
            second.RefuseUnknownKeys();
        }

        if (conditions.Count >= JointStatistic.ConditionsMax)
        {
            rule.Report("when", $"the rule has {conditions.Count} conditions", $"{JointStatistic.ConditionsMax - 1} are the most");
        }

        return new JointSection(against, conditions, confirming);
    }

    /// <summary>What a rule's limit is held against.</summary>
    /// <param name="own">What of the channel, or of how it compares; null: each value.</param>
    /// <param name="threshold">The limit: a second sensor has to be over it too.</param>
    public Statistic? With(Statistic? own, ThresholdRule threshold)
    {
        List<Condition> all = [.. conditions];
        if (confirming is var (of, within))
        {
            all.Add(new Condition
            {
                Of = of,
                Statistic = own,
                Range = threshold.Side == LimitSide.Above ? ValueRange.Above(threshold.RaiseLimit) : ValueRange.Below(threshold.RaiseLimit),
                Within = within,
                IsConfirmation = true,
            });
        }

        return against is null && all.Count == 0
            ? own
            : new JointStatistic { Own = own, Against = against, Conditions = all, SilenceMax = threshold.SilenceMax };
    }

    private static Comparison? ComparisonOf(TomlSection section, Measurand? measurand)
    {
        var of = SelectorOf(section, measurand);
        var scale = section.Word("as", Scales) ?? ComparisonScale.Difference;
        var within = WithinOf(section);
        var floor = section.Number("floor");
        section.RefuseUnknownKeys();
        if (floor <= 0)
        {
            section.Report("floor", "floor must be above 0", "write what the other counts as at least, for example floor = 0.2");
        }

        if (floor is not null && scale != ComparisonScale.Ratio)
        {
            section.Report("floor", "floor means nothing for a difference", "remove it, or write as = \"ratio\"");
        }

        if (of is not null && measurand is { } own && scale == ComparisonScale.Difference && of.Measurand.Unit != own.Unit)
        {
            section.Report("measurand", $"{of.Measurand.Unit} cannot be subtracted from {own.Unit}", "compare the same measurand, or write as = \"ratio\"");
            return null;
        }

        if (of is { Measurand.IsDirection: true })
        {
            section.Report("measurand", "a direction has no difference or ratio: 350° and 10° are 20° apart, not 340°", "make it a condition: when = { measurand = \"wind_direction_deg\", between = [315, 45] }");
            return null;
        }

        return of is null ? null : new Comparison { Of = of, Scale = scale, Within = within, Floor = floor ?? 0 };
    }

    /// <summary>What is shown beside the values of a rule.</summary>
    /// <param name="of">Whose values.</param>
    /// <param name="within">How old they may be.</param>
    public static Condition Shown(ChannelSelector of, TimeSpan? within = null) =>
        new() { Of = of, Range = ValueRange.Any, IsShown = true, Within = within ?? WithinDefault };

    private static Condition? ShownOf(TomlSection section, Measurand? measurand)
    {
        var (of, within) = (SelectorOf(section, measurand), WithinOf(section));
        section.RefuseUnknownKeys();
        return of is null ? null : Shown(of, within);
    }

    private static Condition? ConditionOf(TomlSection section, Measurand? measurand, TimeSpan silence, bool isBar)
    {
        var of = SelectorOf(section, measurand);
        var range = RangeOf(section, of);
        var side = section.Has("below") ? LimitSide.Below : LimitSide.Above;
        var statistic = StatisticSection.Read(section, of?.Measurand, side, silence);
        var within = WithinOf(section);
        section.RefuseUnknownKeys();
        return of is null || range is null || UnreachableLimit.Refuse(section, of.Measurand, statistic, range)
            ? null
            : new Condition { Of = of, Statistic = statistic is null ? null : StatisticSection.Watching(range, statistic), Range = range, IsBar = isBar, Within = within };
    }

    private static ValueRange? RangeOf(TomlSection section, ChannelSelector? of)
    {
        var (above, below, between) = (section.Number("above"), section.Number("below"), section.Numbers("between", 2));
        var said = Ranges.Where(section.Has).ToList();
        if (said.Count != 1)
        {
            section.Report(
                said.Count > 1 ? said[1] : null,
                said.Count > 1 ? $"a condition has one range, not {said[0]} and {said[1]}" : "the condition does not say for which values it holds",
                said.Count > 1 ? "write between = [low, high], or two conditions" : "write above = …, below = … or between = [low, high]");
            return null;
        }

        if (between is [var from, var to])
        {
            if (of?.Measurand.IsDirection == true && RefuseNoDirection(section, "between", between))
            {
                return null;
            }

            if (from > to && of?.Measurand.IsDirection != true)
            {
                section.Report("between", "between does not rise", "write the lower one first; only a wind direction goes round");
                return null;
            }

            return of?.Measurand.IsDirection == true ? ValueRange.Sector(from, to) : new ValueRange(from, to, IsOpen: false);
        }

        return above is { } high ? ValueRange.Above(high) : below is { } low ? ValueRange.Below(low) : null;
    }

    /// <summary>Refuses what is no direction: no wind would ever come from there.</summary>
    /// <param name="section">The table.</param>
    /// <param name="key">The key.</param>
    /// <param name="degrees">From where to where.</param>
    internal static bool RefuseNoDirection(TomlSection section, string key, IReadOnlyList<double> degrees)
    {
        if (degrees.All(each => each is >= 0 and <= 360))
        {
            return false;
        }

        section.Report(key, $"{key} goes from 0 to 360 degrees: no wind comes from elsewhere", $"write for example {key} = [315, 45], which goes through north");
        return true;
    }

    private static ChannelSelector? SelectorOf(TomlSection section, Measurand? own)
    {
        var measurand = RuleConfiguration.MeasurandOf(section) ?? (section.Has("measurand") ? null : own);
        string? Named(string key)
        {
            var name = section.Text(key);
            if (name is not null && name != ChannelSelector.All && !Names.IsName(name))
            {
                section.Report(key, $"\"{name}\" cannot be a name", "use 1 to 32 of the characters a-z, 0-9 and -, or \"*\" for all");
            }

            return name;
        }

        static string? Any(string? name) => name == ChannelSelector.All ? null : name;
        var (site, station, device, channel) = (Named("site"), Named("station"), Named("device"), Named("channel"));
        if (!Selectors.Any(section.Has))
        {
            section.Report(null, $"{section.Name} does not say which channel it means", "name its station, device, channel or measurand");
            return null;
        }

        return measurand is { } what
            ? new ChannelSelector(what) { Site = site, Station = station, Device = Any(device), Channel = Any(channel) }
            : null;
    }

    private static TimeSpan WithinOf(TomlSection section) => section.Duration("within", WithinMin, WithinMax) ?? WithinDefault;
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>The state of a rule is computed anew where the text of its definition changes: a median of 14 days is forgotten, and an open alarm
/// that rests on it is withdrawn. So rules of earlier versions keep the text that those wrote.</summary>
public sealed class RuleDefinitionTests
{
    private const string Ends = "raise_above = 30\nclear_below = 30\nhold_raise = \"0s\"\nhold_clear = \"0s\"\n";
    private const string FallingEnds = "raise_below = 30\nclear_above = 30\nhold_raise = \"0s\"\nhold_clear = \"0s\"\n";
    private const string Head = "*/*/*/* ph Above 30 clear 30 hold 00:00:00 00:00:00 silence 00:30:00 of ";

    // Keys of a rule, and what earlier versions have written for it. Only ever add to them.
    public static TheoryData<string, string> Rules => new()
    {
        {
            "statistic = { mean = \"1h\" }\n" + Ends,
            Head + "MeanStatistic { SilenceMax = 00:30:00, Text = rolling 1 h mean, 75% complete, Spacing = 00:05:00, Period = 01:00:00, IsByClock = False, UtcOffset = 00:00:00, Complete = 0.75, RoundTo = 0, IsHalfUp = False }"
        },
        {
            "statistic = { mean = \"24h\", window = \"clock\", utc_offset_h = 8, projected_from = \"18h\" }\n" + Ends,
            "*/*/*/* ph Above 30 clear 30 hold 00:00:00 00:00:00 silence 02:00:00 of ProjectedMeanStatistic { SilenceMax = 00:30:00, Text = 24 h mean (UTC+8) as projected after 18 h, Spacing = 01:00:00, Period = 1.00:00:00, From = 18, UtcOffset = 08:00:00 }"
        },
        {
            "measurand = \"wind_direction_deg\"\nstatistic = { mean = \"1h\" }\n" + Ends,
            "*/*/*/* wind_direction_deg Above 30 clear 30 hold 00:00:00 00:00:00 silence 00:30:00 of DirectionMeanStatistic { SilenceMax = 00:30:00, Text = mean direction of 1 h, Spacing = 00:05:00, Period = 01:00:00, Complete = 0.75 }"
        },
        {
            "statistic = { change = \"2h\" }\n" + Ends,
            Head + "ChangeStatistic { SilenceMax = 00:30:00, Text = change in 2 h, Spacing = 00:00:00, Period = 02:00:00 }"
        },
        {
            "statistic = { deviation = \"24h\" }\n" + Ends,
            Head + "DeviationStatistic { SilenceMax = 00:30:00, Text = deviation from the median of 24 h, Spacing = 00:00:00, Period = 1.00:00:00, Scale = Unit, MadMin = 0 }"
        },
        {
            "statistic = { deviation = \"7d\", as = \"percent\" }\n" + Ends,
            Head + "DeviationStatistic { SilenceMax = 00:30:00, Text = deviation from the median of 168 h, in percent, Spacing = 00:00:00, Period = 7.00:00:00, Scale = Percent, MadMin = 0 }"
        },
        {
            "statistic = { count = [2, 3] }\n" + Ends,
            Head + "CountStatistic { SilenceMax = 00:30:00, Text = 2 of the last 3 values, Spacing = 00:00:00, Least = 2, Of = 3, Side = Above }"
        },
        {
            "statistic = { no_value = true }\n" + Ends,
            Head + "NoValueStatistic { SilenceMax = 00:30:00, Text = time without a value, Spacing = 00:00:00 }"
        },
        {
            "statistic = { flagged = \"2h\", why = [\"flat\"] }\n" + Ends,
            Head + "FlaggedStatistic { SilenceMax = 00:30:00, Text = share of doubtful values in 2 h (flat), Spacing = 00:00:00, Period = 02:00:00, Reasons = Flat }"
        },
        {
            "statistic = { time_to = 9, trend = \"1h\" }\n" + FallingEnds,
            "*/*/*/* ph Below 30 clear 30 hold 00:00:00 00:00:00 silence 00:30:00 of TimeToStatistic { SilenceMax = 00:30:00, Text = hours until 9 by the trend of 1 h, Spacing = 00:00:00, Level = 9, IsRising = True, Trend = 01:00:00 }"
        },
        {
            "statistic = { time_to_failure = \"4d\", least = 1 }\n" + FallingEnds,
            "*/*/*/* ph Below 30 clear 30 hold 00:00:00 00:00:00 silence 00:30:00 of InverseVelocityStatistic { SilenceMax = 00:30:00, Text = hours until failure by the inverse velocity of 96 h, of 1 or more in 24 h, Spacing = 00:00:00, Period = 4.00:00:00, Least = 1, Quarter = 1.00:00:00 }"
        },
        {
            "against = { station = \"upstream\", as = \"ratio\", within = \"20m\" }\n" + Ends,
            Head + " against Comparison { Of = ChannelSelector { Measurand = Ph, Site = , Station = upstream, Device = , Channel = , Place = upstream }, Scale = Ratio, Within = 00:20:00, Text = ratio to upstream } where "
        },
        {
            "unless = [{ measurand = \"wind_speed_m_s\", station = \"*\", below = 1 }]\n" + Ends,
            Head + " against  where Condition { Of = ChannelSelector { Measurand = WindSpeed, Site = , Station = *, Device = , Channel = , Place = any station }, Statistic = , Range = ValueRange { From = -Infinity, To = 1, IsOpen = True, Text = below 1 }, IsBar = True, Within = 00:30:00, Text = not Wind speed below 1 m/s at any station }"
        },
    };

    // Presets, as one line puts them to work, by the id of one of their rules.
    public static TheoryData<string, string, string> Presets => new()
    {
        {
            "leak-downstream",
            "name = \"leak\"\nstation = \"downstream\"\nwith = { upstream = \"upstream\" }",
            "*/downstream/*/* ammonium_n_mg_l Above 3 clear 2 hold 00:00:00 00:30:00 silence 00:30:00 of DeviationStatistic { SilenceMax = 00:30:00, Text = deviation from the median of 336 h, in MAD of at least 0.333, Spacing = 00:00:00, Period = 14.00:00:00, Scale = Mad, MadMin = 0.333 } then CountStatistic { SilenceMax = 00:30:00, Text = 3 of the last 4 values, Spacing = 00:00:00, Least = 3, Of = 4, Side = Above } against Comparison { Of = ChannelSelector { Measurand = AmmoniumNitrogen, Site = , Station = upstream, Device = , Channel = , Place = upstream }, Scale = Difference, Within = 00:30:00, Text = difference to upstream } where Condition { Of = ChannelSelector { Measurand = Conductivity, Site = , Station = , Device = , Channel = , Place = the same station }, Statistic = DeviationStatistic { SilenceMax = 00:30:00, Text = deviation from the median of 24 h, in percent, Spacing = 00:00:00, Period = 1.00:00:00, Scale = Percent, MadMin = 0 }, Range = ValueRange { From = 5, To = Infinity, IsOpen = True, Text = above 5 }, IsBar = False, Within = 00:30:00, Text = Conductivity, deviation from the median of 24 h, in percent, above 5 % at the same station }"
        },
        {
            "nh4-rise-downstream",
            "name = \"ammonium-rise\"\nstation = \"downstream\"",
            "*/downstream/*/* ammonium_n_mg_l Above 3 clear 2 hold 00:15:00 00:30:00 silence 00:30:00 of DeviationStatistic { SilenceMax = 00:30:00, Text = deviation from the median of 336 h, in MAD of at least 0.3333, Spacing = 00:00:00, Period = 14.00:00:00, Scale = Mad, MadMin = 0.3333 }"
        },
        {
            "nh4-confirmed-downstream",
            "name = \"two-sensors\"\nstation = \"downstream\"\nwith = { second = \"nh4-2\" }",
            "*/downstream/*/* ammonium_n_mg_l Above 15 clear 13.5 hold 00:10:00 00:30:00 silence 00:30:00 of  against  where Condition { Of = ChannelSelector { Measurand = AmmoniumNitrogen, Site = , Station = , Device = nh4-2, Channel = , Place = nh4-2 }, Statistic = , Range = ValueRange { From = 15, To = Infinity, IsOpen = True, Text = above 15 }, IsBar = False, Within = 00:10:00, Text = Ammonium (NH4-N) above 15 mg/L as N at nh4-2 }"
        },
        {
            "dust-pit-yard",
            "name = \"dust-from-pit\"\nstation = \"yard\"\nsector = [315, 45]\nwith = { wind = \"yard\", upwind = \"ridge\" }",
            "*/yard/*/* pm10_ug_m3 Above 80 clear 60 hold 00:00:00 00:00:00 silence 00:30:00 of MeanStatistic { SilenceMax = 00:30:00, Text = rolling 1 h mean, 75% complete, Spacing = 00:05:00, Period = 01:00:00, IsByClock = False, UtcOffset = 00:00:00, Complete = 0.75, RoundTo = 0, IsHalfUp = False } against Comparison { Of = ChannelSelector { Measurand = Pm10, Site = , Station = ridge, Device = , Channel = , Place = ridge }, Scale = Difference, Within = 00:30:00, Text = difference to ridge } where Condition { Of = ChannelSelector { Measurand = WindDirection, Site = , Station = yard, Device = , Channel = , Place = yard }, Statistic = DirectionMeanStatistic { SilenceMax = 00:30:00, Text = mean direction of 1 h, Spacing = 00:05:00, Period = 01:00:00, Complete = 0.75 }, Range = ValueRange { From = 315, To = 45, IsOpen = False, Text = from 315 to 45 }, IsBar = False, Within = 00:30:00, Text = Wind direction, mean direction of 1 h, from 315 to 45 ° at yard } and Condition { Of = ChannelSelector { Measurand = WindSpeed, Site = , Station = yard, Device = , Channel = , Place = yard }, Statistic = MeanStatistic { SilenceMax = 00:30:00, Text = rolling 1 h mean, 75% complete, Spacing = 00:05:00, Period = 01:00:00, IsByClock = False, UtcOffset = 00:00:00, Complete = 0.75, RoundTo = 0, IsHalfUp = False }, Range = ValueRange { From = 5, To = Infinity, IsOpen = True, Text = above 5 }, IsBar = False, Within = 00:30:00, Text = Wind speed, rolling 1 h mean, 75% complete, above 5 m/s at yard } and Condition { Of = ChannelSelector { Measurand = Pm10, Site = , Station = ridge, Device = , Channel = , Place = ridge }, Statistic = MeanStatistic { SilenceMax = 00:30:00, Text = rolling 1 h mean, 75% complete, Spacing = 00:05:00, Period = 01:00:00, IsByClock = False, UtcOffset = 00:00:00, Complete = 0.75, RoundTo = 0, IsHalfUp = False }, Range = ValueRange { From = 150, To = Infinity, IsOpen = True, Text = above 150 }, IsBar = True, Within = 00:30:00, Text = not PM10, rolling 1 h mean, 75% complete, above 150 µg/m³ at ridge }"
        },
        {
            "dust-regional-yard",
            "name = \"regional-dust\"\nstation = \"yard\"\nwith = { upwind = \"ridge\" }",
            "*/yard/*/* pm10_ug_m3 Above 250 clear 200 hold 00:00:00 00:00:00 silence 00:30:00 of MeanStatistic { SilenceMax = 00:30:00, Text = rolling 1 h mean, 75% complete, Spacing = 00:05:00, Period = 01:00:00, IsByClock = False, UtcOffset = 00:00:00, Complete = 0.75, RoundTo = 0, IsHalfUp = False } against  where Condition { Of = ChannelSelector { Measurand = Pm10, Site = , Station = ridge, Device = , Channel = , Place = ridge }, Statistic = MeanStatistic { SilenceMax = 00:30:00, Text = rolling 1 h mean, 75% complete, Spacing = 00:05:00, Period = 01:00:00, IsByClock = False, UtcOffset = 00:00:00, Complete = 0.75, RoundTo = 0, IsHalfUp = False }, Range = ValueRange { From = 150, To = Infinity, IsOpen = True, Text = above 150 }, IsBar = False, Within = 00:30:00, Text = PM10, rolling 1 h mean, 75% complete, above 150 µg/m³ at ridge }"
        },
        {
            "gb3095-pm10-2026-yard",
            "name = \"gb-3095-2026-pm10\"\nstation = \"yard\"",
            "*/yard/*/* pm10_ug_m3 Above 120 clear 120 hold 00:00:00 00:00:00 silence 2.00:00:00 of MeanStatistic { SilenceMax = 00:30:00, Text = 24 h mean (UTC+8), 83% complete, Spacing = 1.00:00:00, Period = 1.00:00:00, IsByClock = True, UtcOffset = 08:00:00, Complete = 0.83, RoundTo = 1, IsHalfUp = False } valid 2026-03-01T04:00:00.0000000+00:00 2031-01-01T04:00:00.0000000+00:00"
        },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rule_of_an_earlier_version_is_the_same_rule(string keys, string definition) => Assert.Equal(
        definition, Assert.Single(Read($"[[rule]]\nid = \"r\"\n{(keys.StartsWith("measurand", StringComparison.Ordinal) ? "" : "measurand = \"ph\"\n")}{keys}severity = \"info\"")).Definition);

    [Theory]
    [MemberData(nameof(Presets))]
    public void Preset_of_an_earlier_version_is_the_same_rules(string id, string keys, string definition) =>
        Assert.Equal(definition, Read($"[[preset]]\n{keys}").Single(rule => rule.Id == id).Definition);

    [Fact]
    public void Every_kind_of_statistic_is_among_them()
    {
        var whole = string.Join('\n', Rules.Select(row => row.Data.Item2).Concat(Presets.Select(row => row.Data.Item3)));
        var kinds = typeof(Statistic).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Statistic))).Select(type => type.Name)
            .Except([nameof(ChainStatistic), nameof(JointStatistic)]);
        Assert.All([.. kinds.Select(kind => $" of {kind} {{"), " then CountStatistic {", " against Comparison {", " where Condition {"], text =>
            Assert.Contains(text, whole, StringComparison.Ordinal));
    }

    [Fact]
    public void What_came_later_makes_another_rule_where_it_is_used()
    {
        var rules = Read("[[preset]]\nname = \"dust-rise\"\n[[preset]]\nname = \"gb-26451-2011-ammonium\"\nwith = { upstream = \"spring\" }");
        Assert.Contains(", MadMin = 0, UsualMin = 84 }", rules[0].Definition, StringComparison.Ordinal);
        Assert.Contains(", IsBar = False, IsShown = True, Within = ", rules[1].Definition, StringComparison.Ordinal);
    }

    private static IReadOnlyList<AlertRule> Read(string text)
    {
        List<Problem> problems = [];
        var rules = RuleConfiguration.Read(TomlSection.Parse("rules.toml", text, problems), problems);
        Assert.Empty(problems);
        return rules;
    }
}

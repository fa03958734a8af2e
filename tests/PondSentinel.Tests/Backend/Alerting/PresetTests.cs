using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Presets;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Alerting;

public sealed class PresetTests
{
    [Theory]
    [InlineData("GB 26451-2011")]
    [InlineData("GB 3838-2002")]
    [InlineData("GB/T 14848-2017")]
    [InlineData("GB 3095-2026")]
    [InlineData("WHO global air quality guidelines 2021")]
    [InlineData("Directive (EU) 2024/2881")]
    [InlineData("40 CFR 50.6")]
    [InlineData("EPA 822-R-13-001")]
    public void Standard_has_a_preset_whose_rules_name_it_and_its_clause(string standard)
    {
        var presets = Preset.All.Values.Where(preset => preset.Standard == standard).ToList();

        Assert.NotEmpty(presets);
        Assert.All(presets.SelectMany(preset => preset.Rules), rule =>
        {
            Assert.Equal(standard, rule.Standard);
            Assert.NotNull(rule.Clause);
            Assert.NotNull(rule.Do);
        });
    }

    [Fact]
    public void No_preset_rings_by_one_value() => Assert.DoesNotContain(
        Preset.All.Values.SelectMany(preset => preset.Rules), rule => rule.RaisesByOneValue);

    [Fact]
    public void Operational_preset_names_no_standard() => Assert.All(
        Preset.All.Values,
        preset => Assert.Equal(preset.Status == PresetStatus.Operational, preset.Standard is null));

    [Fact]
    public void One_line_puts_a_preset_to_work_on_a_station()
    {
        var rules = Read("""
            [[preset]]
            name = "gb-26451-2011-ammonium"
            station = "outlet"

            [[preset]]
            name = "who-2021-pm10"
            utc_offset_h = 8
            severity = "medium"
            """, out var problems);

        Assert.Empty(problems);
        Assert.Equal(["gb26451-nh4n-outlet", "gb26451-tan-outlet", "who-pm10"], rules.Select(rule => rule.Id));
        Assert.Equal(["outlet", "outlet", null], rules.Select(rule => rule.Station));
        Assert.Equal(TimeSpan.FromHours(8), Assert.IsType<MeanStatistic>(rules[2].Statistic).UtcOffset);
        Assert.Equal(Severity.Medium, rules[2].Severity);
    }

    [Fact]
    public void Preset_that_looks_at_other_stations_is_told_the_names_they_have_here()
    {
        var rules = Read("""
            [[preset]]
            name = "dust-from-pit"
            station = "village"
            with = { upwind = "ridge", wind = "mast" }
            sector = [315, 45]

            [[preset]]
            name = "two-sensors"
            station = "outlet"
            with = { second = "nh4-2" }
            """, out var problems);

        Assert.Empty(problems);
        var dust = rules[0].Joint!;
        Assert.Equal("ridge", dust.Against!.Of.Station);
        Assert.Equal(["mast", "mast", "ridge"], dust.Conditions.Select(condition => condition.Of.Station));
        Assert.Equal(new ValueRange(315, 45, IsOpen: false), dust.Conditions[0].Range);
        Assert.Equal("nh4-2", Assert.Single(rules[^1].Joint!.Conditions).Of.Device);
    }

    [Fact]
    public void Presets_of_dust_wait_for_that_of_storms_at_the_same_station_where_it_is_at_work()
    {
        const string Dust = "[[preset]]\nname = \"dust\"\nstation = \"village\"\n[[preset]]\nname = \"dust-rise\"\nstation = \"village\"\n";
        Assert.All(Read(Dust, out var problems), rule => Assert.Empty(rule.Quiet.While));
        Assert.Empty(problems);

        var rules = Read(Dust + "[[preset]]\nname = \"regional-dust\"\nstation = \"village\"\nwith = { upwind = \"ridge\" }\n", out problems);

        Assert.Empty(problems);
        Assert.All(rules.Take(2), rule =>
        {
            Assert.Equal(["dust-regional-village"], rule.Quiet.While);
            Assert.Equal(QuietPlace.Station, rule.Quiet.At);
        });
        Assert.Empty(rules[2].Quiet.While);
        Assert.Equal(Severity.Medium, rules[2].Severity);
    }

    [Fact]
    public void Preset_may_wait_for_a_rule_and_for_none_that_waits_itself()
    {
        const string Rule = "[[rule]]\nid = \"storm\"\nmeasurand = \"wind_speed_m_s\"\nraise_above = 20\nclear_below = 15\nhold_raise = \"5m\"\nhold_clear = \"5m\"\nseverity = \"medium\"\n";
        const string Storm = "[[preset]]\nname = \"regional-dust\"\nstation = \"village\"\nwith = { upwind = \"ridge\" }\n";
        const string Dust = "[[preset]]\nname = \"dust\"\nstation = \"village\"\nquiet_while = [";
        var rules = Read(Rule + Storm + Dust + "\"storm\"]\n", out var problems);

        Assert.Empty(problems);
        Assert.Equal(["storm", "dust-regional-village"], rules[^1].Quiet.While);
        Assert.Equal(QuietPlace.Site, rules[^1].Quiet.At);

        Read(Storm + Dust + "\"storm\"]\n", out problems);
        Assert.Contains("there is no rule storm", Assert.Single(problems).ToString(), StringComparison.Ordinal);
        Read(Rule + Dust + "\"storm\"]\n" + Storm + "quiet_while = [\"dust-hour-village\"]\n", out problems);
        Assert.Contains("dust-hour-village waits for others itself", Assert.Single(problems).ToString(), StringComparison.Ordinal);
        Read("[[preset]]\nname = \"two-sensors\"\nwith = { second = \"b\" }\nquiet_while = [\"storm\"]\n" + Rule, out problems);
        Assert.Contains("an urgent alarm waits for no other", Assert.Single(problems).ToString(), StringComparison.Ordinal);
    }

    /// <summary>A probe that has died silences every rule that looks at it. What a gateway computes falls silent with what it is made of,
    /// and what a station says of itself with the station.</summary>
    [Fact]
    public void Whatever_a_preset_looks_at_is_missed_when_it_is_silent()
    {
        Measurand[] computed =
        [
            Measurand.UnionizedAmmoniaNitrogen, Measurand.AmmoniaAcuteRatio, Measurand.AmmoniaChronicRatio, Measurand.AmmoniaFourDayRatio,
            Measurand.WaterBalanceResidual, Measurand.RainDepth,
        ];
        var ofStation = Preset.All["station-health"].Rules.Select(rule => rule.Measurand);

        Assert.Empty(Watched().Except(computed).Except(ofStation).Except(MeasurandsOf("sensor-silent")));
    }

    /// <summary>What may stand still: what wind and rain do, contacts, slopes, and a level, which is told of as out of its range.</summary>
    [Fact]
    public void Probes_of_water_and_air_that_a_preset_looks_at_are_watched_for_standing_still_and_for_their_range()
    {
        Measurand[] probes =
        [
            Measurand.Ph, Measurand.AmmoniumNitrogen, Measurand.Conductivity, Measurand.SpecificConductance, Measurand.TurbidityNtu,
            Measurand.TurbidityFnu, Measurand.Pm10,
        ];

        Assert.Empty(probes.Except(MeasurandsOf("sensor-flat")));
        Assert.Empty(probes.Append(Measurand.WaterLevel).Except(MeasurandsOf("sensor-over-range")));
    }

    private static IEnumerable<Measurand> MeasurandsOf(string preset) => Preset.All[preset].Rules.Select(rule => rule.Measurand);

    private static IEnumerable<Measurand> Watched() => Preset.All.Values
        .SelectMany(preset => preset.Rules).SelectMany(rule => rule.InputMeasurands.Append(rule.Measurand))
        .Where(measurand => !measurand.IsFoundByBackend).Distinct();

    [Fact]
    public void Preset_shows_the_upstream_station_where_its_name_is_given()
    {
        var rules = Read("""
            [[preset]]
            name = "gb-26451-2011-ammonium"
            station = "outlet"
            with = { upstream = "spring" }
            """, out var problems);

        Assert.Empty(problems);
        Assert.All(rules, rule =>
        {
            var shown = Assert.Single(rule.Joint!.Conditions);
            Assert.Equal(("spring", true, rule.Measurand), (shown.Of.Station, shown.IsShown, shown.Of.Measurand));
            Assert.IsType<MeanStatistic>(rule.Joint.Own);
        });
    }

    [Fact]
    public void Preset_over_averages_watches_those_of_the_site()
    {
        const string Water = "ph = \"a.ph\"\ntemperature = \"a.t\"\n";
        const string Averages = "[[average]]\nkind = \"ammonia-30d\"\n" + Water + "[[average]]\nid = \"a4\"\nkind = \"ammonia-4d\"\n" + Water;
        const string Second = "[[average]]\nid = \"b4\"\nstation = \"b\"\nkind = \"ammonia-4d\"\n" + Water;
        const string Preset = "[[preset]]\nname = \"epa-2013-ammonia\"\n";
        var rules = Read(Averages + Preset, out var problems);
        Assert.Empty(problems);
        Assert.Equal([("epa-ccc", "ammonia-30d"), ("epa-ccc-4d", "a4")], rules.Select(rule => (rule.Id, rule.Average!.Id)));
        Assert.All(rules, rule => Assert.Equal(TimeSpan.FromDays(2), rule.Threshold.SilenceMax));

        Assert.Equal("b4", Read(Averages + Second + Preset + "with = { ammonia-4d = \"b4\" }\n", out problems)[1].Average!.Id);
        Assert.Empty(problems);
        Read(Averages + Second + Preset, out problems);
        Assert.Contains("there are a4, b4; write with = { ammonia-4d = \"a4\" }", Assert.Single(problems).ToString(), StringComparison.Ordinal);
        Read(Averages + Preset + "with = { ammonia-4d = \"c4\" }\n", out problems);
        Assert.Contains("there is no average c4 of the kind ammonia-4d", Assert.Single(problems).ToString(), StringComparison.Ordinal);
        Read(Preset, out problems);
        Assert.Equal(2, problems.Count(problem => problem.ToString().Contains("and there is none; write an [[average]] with kind", StringComparison.Ordinal)));
    }

    [Fact]
    public void Preset_whose_limit_only_the_site_knows_is_told_it()
    {
        var rule = Assert.Single(Read("[[preset]]\nname = \"slope-pore-pressure\"\nlimit = 40\n", out var problems));

        Assert.Empty(problems);
        Assert.Equal((40, 38), (rule.Threshold.RaiseLimit, rule.Threshold.ClearLimit));
    }

    [Theory]
    [InlineData("name = \"leak\"", "leak has to know your names of: upstream; write with = { upstream")]
    [InlineData("name = \"leak\"\nwith = { upstream = \"a\", wind = \"b\" }", "wind of [preset.with] is not known here")]
    [InlineData("name = \"dust-from-pit\"\nwith = { upwind = \"a\", wind = \"b\" }", "dust-from-pit has to know from where the wind brings dust")]
    [InlineData("name = \"dust\"\nsector = [1, 2]", "dust does not look at the wind; remove sector")]
    [InlineData("name = \"leak\"\nwith = { upstream = \"a\" }\nutc_offset_h = 8", "goes by the clock")]
    [InlineData("name = \"pump-flat\"", "pump-flat has to know your names of: level; write with = { level")]
    [InlineData("name = \"slope-wet\"", "slope-wet has to know your names of: rain; write with = { rain")]
    [InlineData("name = \"slope-pore-pressure\"", "slope-pore-pressure has to know your limit: kPa at the piezometer's place, by the stability analysis of the slope; write limit = …")]
    [InlineData("name = \"slope-pore-pressure\"\nlimit = -3", "limit of [preset] must be a number from 0.001 to 1000000; change the number")]
    [InlineData("name = \"slope\"\nlimit = 3", "slope has limits of its own; remove limit, or write a [[rule]] with it")]
    [InlineData("name = \"gb-3095-2026-pm\"", "did you mean gb-3095-2026-pm10?")]
    [InlineData("name = \"dust\"\nsuffix = \"a-very-long-suffix-of-thirty-chars\"", "cannot be a rule's id")]
    [InlineData("name = \"dust\"\nutc_offset_h = 8", "goes by the clock")]
    [InlineData("name = \"dust\"\n[[preset]]\nname = \"dust\"", "a second time")]
    [InlineData("station = \"outlet\"", "name")]
    [InlineData("name = \"leak\"\nstation = \"outlet\"\nwith = { upstream = \"outlet\" }", "upstream is outlet, which is what leak watches itself: nothing would be compared; name the other one, or another station to watch")]
    [InlineData("name = \"two-sensors\"\ndevice = \"nh4\"\nwith = { second = \"nh4\" }", "second is nh4, which is what two-sensors watches itself: nothing would be compared; name the other one, or another device to watch")]
    [InlineData("name = \"dust-from-pit\"\nwith = { upwind = \"a\", wind = \"b\" }\nsector = [400, -20]", "sector goes from 0 to 360 degrees: no wind comes from elsewhere")]
    public void Mistake_is_told_with_its_place(string text, string told)
    {
        Read($"[[preset]]\n{text}\n", out var problems);

        Assert.Contains(problems, problem => problem.ToString().Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void Limit_of_2026_is_followed_by_that_of_2031_without_a_day_between()
    {
        var rules = Preset.All["gb-3095-2026-pm10"].Rules;
        var changeOver = new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.FromHours(8));

        // The mean of a day stands at its end.
        Assert.Equal([true, false], rules.Select(rule => rule.Validity.Holds(changeOver)));
        Assert.Equal([false, true], rules.Select(rule => rule.Validity.Holds(changeOver.AddDays(1))));
        Assert.Equal([120, 100], rules.Select(rule => rule.Threshold.RaiseLimit));
    }

    // A day as usual, a day as bad as can be, and a day as usual.
    [Theory]
    [InlineData("overflow", "overflow", 600, 150)]
    [InlineData("overflow", "overflow-soon", 900, 400)]
    [InlineData("pond-level-loss", "level-loss", -1, -14)]
    [InlineData("pond-level-loss", "level-loss-fast", -1, -80)]
    [InlineData("toxicity", "toxic-nh3", 0.004, 0.03)]
    [InlineData("toxicity", "toxic-acute", 0.1, 1.4)]
    [InlineData("slope-rain", "slope-rain", 0, 130)]
    [InlineData("slope-pore-pressure", "slope-pressure", 0.6, 1.2)]
    [InlineData("cabinet-door", "cabinet-door", 0, 1)]
    [InlineData("station-health", "battery-low", 12.8, 11.4)]
    [InlineData("station-health", "undervoltage", 0, 1)]
    [InlineData("station-health", "disk-full", 4000, 90)]
    [InlineData("station-health", "card-worn", 40, 93)]
    [InlineData("station-health", "housing-wet", 30, 95)]
    [InlineData("station-health", "housing-hot", 30, 71)]
    [InlineData("dust-rise", "dust-rise", 90, 400)]
    [InlineData("gbt-14848-2017-i", "gbt14848-i-nh4n", 0.01, 0.05)]
    [InlineData("gbt-14848-2017-ii", "gbt14848-ii-nh4n", 0.05, 0.2)]
    public void Operational_rule_rings_once_and_is_over(string preset, string id, double usual, double bad)
    {
        var told = Told(preset, id, usual, bad);

        Assert.Equal([true, false], told.Select(change => change.IsRaised));
        Assert.Equal(2, told[0].At.Day);
    }

    [Theory]
    [InlineData(20, 200)]
    [InlineData(300, 500)]
    public void Dust_rings_where_it_is_three_times_what_is_usual_and_much(double usual, double then) =>
        Assert.Empty(Told("dust-rise", "dust-rise", usual, then));

    private static List<AlertChange> Told(string preset, string id, double usual, double bad)
    {
        var rule = Assert.Single(Preset.All[preset].Rules, rule => rule.Id == id);
        var stepper = new RuleStepper(rule.Threshold, rule.Statistic, rule.Validity, RuleState.Initial);
        List<AlertChange> changes = [];
        for (var i = 0; i < 3 * 144; i++)
        {
            stepper.Step(new AlertSample(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(10 * i), i / 144 == 1 ? bad : usual), changes);
        }

        return changes.FindAll(change => change.IsRaised || change.IsCleared);
    }

    // Which of the two a probe gives hangs on whether it is told the temperature.
    [Fact]
    public void Preset_that_looks_at_one_conductivity_looks_at_the_other() => Assert.All(Preset.All.Values, preset =>
    {
        var measurands = preset.Rules.SelectMany(rule => rule.InputMeasurands.Append(rule.Measurand)).ToList();
        Assert.Equal(measurands.Contains(Measurand.Conductivity), measurands.Contains(Measurand.SpecificConductance));
    });

    private static IReadOnlyList<AlertRule> Read(string text, out List<Problem> problems)
    {
        problems = [];
        return RuleConfiguration.Read(TomlSection.Parse("rules.toml", text, problems), problems);
    }
}

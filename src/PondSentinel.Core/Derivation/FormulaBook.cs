using PondSentinel.Air;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;
using PondSentinel.Water;

namespace PondSentinel.Derivation;

/// <summary>All formulas that a channel can be computed by. Names are only ever added.</summary>
public static class FormulaBook
{
    private const string Emerson = "Emerson 1975";
    private const string Epa = "EPA 822-R-13-001";
    private const double LitresPerCubicMetre = 1000;

    // mm. The most that was ever measured is 38 mm (Barot, Guadeloupe, 26 November 1970), from memory.
    private const double RainMostInAMinute = 40;

    private static readonly FormulaInput Acidity = new("ph", Measurand.Ph);
    private static readonly FormulaInput Water = new("temperature", Measurand.WaterTemperature);
    private static readonly FormulaInput AnyAmmonium = new(
        "ammonium", Measurand.AmmoniumNitrogen, Measurand.AmmoniumIon, Measurand.TotalAmmoniaNitrogen);

    private static readonly FormulaInput[] Wind = [new("speed", Measurand.WindSpeed), new("direction", Measurand.WindDirection)];
    private static readonly FormulaConstant Salmonids = new("salmonids", 0, 1, 1) { IsFlag = true };
    private static readonly FormulaConstant Mussels = new("mussels", 0, 1, 1) { IsFlag = true };
    private static readonly (TimeSpan, TimeSpan, TimeSpan) WindPeriod = (TimeSpan.FromMinutes(1), TimeSpan.FromHours(24), TimeSpan.FromMinutes(10));

    /// <summary>All of them, in the order that people are shown.</summary>
    public static IReadOnlyList<Formula> All { get; } =
    [
        new()
        {
            Name = "ph-at-temperature",
            Output = Measurand.Ph,
            Inputs = [Acidity, Water],
            Constants = [new("counted_c", 0, 50, 25)],
            Method = "pH of a meter without a thermometer, compensated by Nernst",
            Run = setting => new PureRun(inputs => PhCompensation
                .At(new(inputs[0]), new(setting.Constants[0]), new(inputs[1])).Then(ph => ph.Value)),
        },
        new()
        {
            Name = "specific-conductance",
            Output = Measurand.SpecificConductance,
            Inputs = [new("conductivity", Measurand.Conductivity), Water],
            Constants = [new("percent_per_degree", 0, 5, ConductivityReference.UsualPerDegree * 100)],
            Method = "EC25 by a line (Standard Methods 2510 B)",
            Run = setting => new PureRun(inputs => ConductivityReference
                .At25(new(inputs[0]), new(inputs[1]), setting.Constants[0] / 100).Then(conductance => conductance.MicrosiemensPerCentimetre)),
        },
        new()
        {
            Name = "ammonium-nitrogen",
            Output = Measurand.AmmoniumNitrogen,
            Inputs = [new("ammonium", Measurand.AmmoniumIon)],
            Method = "NH4+ as N",
            Run = _ => new PureRun(inputs => new(AmmoniumNitrogen.From(new AmmoniumIon(inputs[0])).MilligramsPerLitre, false)),
        },
        new()
        {
            Name = "ammonium-ion",
            Output = Measurand.AmmoniumIon,
            Inputs = [new("ammonium", Measurand.AmmoniumNitrogen)],
            Method = "NH4-N as NH4+",
            Run = _ => new PureRun(inputs => new(AmmoniumIon.From(new AmmoniumNitrogen(inputs[0])).MilligramsPerLitre, false)),
        },
        new()
        {
            Name = "ammonium-of-total",
            Output = Measurand.AmmoniumNitrogen,
            Inputs = [new("total", Measurand.TotalAmmoniaNitrogen), Acidity, Water],
            Method = $"TAN less NH3-N ({Emerson})",
            Run = _ => new PureRun(inputs => AmmoniaEquilibrium
                .Ammonium(new(inputs[0]), new(inputs[1]), new(inputs[2])).Then(ammonium => ammonium.MilligramsPerLitre)),
        },
        new()
        {
            Name = "total-ammonia-nitrogen",
            Output = Measurand.TotalAmmoniaNitrogen,
            Inputs = [new("ammonium", Measurand.AmmoniumNitrogen, Measurand.AmmoniumIon), Acidity, Water],
            Method = $"NH4-N and NH3-N ({Emerson})",
            Run = setting => new PureRun(inputs => Total(setting, inputs).Then(total => total.MilligramsPerLitre)),
        },
        new()
        {
            Name = "unionized-ammonia-nitrogen",
            Output = Measurand.UnionizedAmmoniaNitrogen,
            Inputs = [AnyAmmonium, Acidity, Water],
            Method = $"un-ionized part of TAN as N ({Emerson})",
            Run = setting => new PureRun(inputs => Unionized(setting, inputs).Then(unionized => unionized.MilligramsPerLitre)),
        },
        new()
        {
            Name = "unionized-ammonia",
            Output = Measurand.UnionizedAmmonia,
            Inputs = [AnyAmmonium, Acidity, Water],
            Method = $"un-ionized part of TAN as NH3 ({Emerson})",
            Run = setting => new PureRun(inputs => Unionized(setting, inputs).Then(unionized => UnionizedAmmonia.From(unionized).MilligramsPerLitre)),
        },
        new()
        {
            Name = "potassium-corrected-ammonium",
            Output = Measurand.AmmoniumNitrogen,
            Inputs = [new("ammonium", Measurand.AmmoniumNitrogen, Measurand.AmmoniumIon), new("potassium", Measurand.Potassium)],
            Constants = [new("selectivity", 0, 1, PotassiumInterference.UsualSelectivity)],
            Method = "less what potassium pretends (Nikolsky-Eisenman)",
            Run = setting =>
            {
                var interference = new PotassiumInterference(setting.Constants[0]);
                return new PureRun(inputs => new(
                    interference.Without(Nitrogen(setting, inputs), new PotassiumIon(inputs[1])).MilligramsPerLitre, false));
            },
        },
        new()
        {
            Name = "ammonia-acute-criterion",
            Output = Measurand.AmmoniaAcuteCriterion,
            Inputs = [Acidity, Water],
            Constants = [Salmonids],
            Method = $"CMC ({Epa})",
            Run = setting => new PureRun(inputs => Acute(setting, inputs[0], inputs[1]).Then(criterion => criterion.MilligramsPerLitre)),
        },
        new()
        {
            Name = "ammonia-chronic-criterion",
            Output = Measurand.AmmoniaChronicCriterion,
            Inputs = [Acidity, Water],
            Constants = [Mussels],
            Method = $"CCC ({Epa})",
            Run = setting => new PureRun(inputs => Chronic(setting, inputs[0], inputs[1]).Then(criterion => criterion.MilligramsPerLitre)),
        },
        new()
        {
            Name = "ammonia-acute-ratio",
            Output = Measurand.AmmoniaAcuteRatio,
            Inputs = [AnyAmmonium, Acidity, Water],
            Constants = [Salmonids],
            Method = $"TAN as a multiple of the CMC at two figures ({Epa})",
            Run = setting => new PureRun(inputs => Ratio(setting, inputs, Acute(setting, inputs[1], inputs[2]))),
        },
        new()
        {
            Name = "ammonia-chronic-ratio",
            Output = Measurand.AmmoniaChronicRatio,
            Inputs = [AnyAmmonium, Acidity, Water],
            Constants = [Mussels],
            Method = $"TAN as a multiple of the CCC at two figures ({Epa}); the criterion is for 30 days",
            Run = setting => new PureRun(inputs => Ratio(setting, inputs, Chronic(setting, inputs[1], inputs[2]))),
        },
        Dry("dry-pm10", Measurand.Pm10, Measurand.Pm10Dry),
        Dry("dry-pm25", Measurand.Pm25, Measurand.Pm25Dry),
        new()
        {
            Name = "freeboard",
            Output = Measurand.Freeboard,
            Inputs = [new("level", Measurand.WaterLevel)],
            Constants = [new("crest_mm", -1e6, 1e6, null)],
            Method = "height of the crest above the level, from the same zero",
            Run = setting => new PureRun(inputs => new(setting.Constants[0] - inputs[0], false)),
        },
        new()
        {
            Name = "water-balance-residual",
            Output = Measurand.WaterBalanceResidual,
            Inputs =
            [
                new("level", Measurand.WaterLevel),
                new("rain", Measurand.RainTotal) { IsOptional = true },
                new("inflow", Measurand.WaterVolume) { IsOptional = true },
                new("outflow", Measurand.WaterVolume) { IsOptional = true },
            ],
            Constants = [new("area_m2", 1, 1e8, null), new("catchment_ratio", 0, 100, 1), new("evaporation_mm_d", 0, 30, null)],
            Period = (TimeSpan.FromHours(1), TimeSpan.FromDays(30), TimeSpan.FromDays(1)),
            Method = "change of level that rain, evaporation and pumps do not explain",
            FilledShare = TotalsRun.FilledShare,
            Run = Balance,
        },
        new()
        {
            Name = "wind-vector-speed",
            Output = Measurand.WindVectorSpeed,
            Inputs = Wind,
            Period = WindPeriod,
            Method = "vector mean (EPA-454/R-99-005)",
            Run = setting => new WindRun(setting, mean => mean.VectorSpeed),
        },
        new()
        {
            Name = "wind-vector-direction",
            Output = Measurand.WindDirection,
            Inputs = Wind,
            Period = WindPeriod,
            Method = "vector mean (EPA-454/R-99-005); none when it is calm",
            Run = setting => new WindRun(setting, mean => mean.Direction),
        },
        new()
        {
            Name = "rain-depth",
            Output = Measurand.RainDepth,
            Inputs = [new("rain", Measurand.RainTotal)],
            Period = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(31), TimeSpan.FromDays(1)),
            Method = "difference of the gauge's total over the period",
            FilledShare = TotalsRun.FilledShare,
            Run = setting => new TotalsRun(setting, _ => RainMostInAMinute, (_, changes) => changes[0]),
        },
    ];

    /// <summary>The formula of a name; null where there is none.</summary>
    /// <param name="name">The name.</param>
    public static Formula? Find(string name) => All.FirstOrDefault(formula => string.Equals(formula.Name, name, StringComparison.Ordinal));

    private static Formula Dry(string name, Measurand measured, Measurand output) => new()
    {
        Name = name,
        Output = output,
        Inputs = [new("pm", measured), new("humidity", Measurand.AirHumidity, Measurand.HousingHumidity)],
        Constants = [new("kappa", 0, 1, HygroscopicGrowth.MineralDust)],
        Method = "less the water in it by kappa-Koehler; indicative",
        Run = setting => new PureRun(inputs => HygroscopicGrowth
            .Dry(new(inputs[0]), inputs[1], setting.Constants[0]).Then(dust => dust.MicrogramsPerCubicMetre)),
    };

    private static TotalsRun Balance(FormulaSetting setting)
    {
        var pond = new PondBalance(setting.Constants[0]) { CatchmentRatio = setting.Constants[1], EvaporationMillimetresPerDay = setting.Constants[2] };
        return new(setting, input => input switch { 0 => null, 1 => RainMostInAMinute, _ => double.PositiveInfinity }, (time, changes) => pond.ResidualMillimetresPerDay(
            changes[0], time.TotalDays, changes[1], changes[2] / LitresPerCubicMetre, changes[3] / LitresPerCubicMetre));
    }

    private static AmmoniumNitrogen Nitrogen(FormulaSetting setting, ReadOnlySpan<double> inputs) =>
        setting.Given[0] == Measurand.AmmoniumIon ? AmmoniumNitrogen.From(new AmmoniumIon(inputs[0])) : new(inputs[0]);

    private static Computed<TotalAmmoniaNitrogen> Total(FormulaSetting setting, ReadOnlySpan<double> inputs) =>
        setting.Given[0] == Measurand.TotalAmmoniaNitrogen
            ? new(new TotalAmmoniaNitrogen(inputs[0]), false)
            : AmmoniaEquilibrium.Total(Nitrogen(setting, inputs), new(inputs[1]), new(inputs[2]));

    private static Computed<UnionizedAmmoniaNitrogen> Unionized(FormulaSetting setting, ReadOnlySpan<double> inputs) =>
        AmmoniaEquilibrium.Unionized(Total(setting, inputs).Value, new(inputs[1]), new(inputs[2]));

    private static Computed<TotalAmmoniaNitrogen> Acute(FormulaSetting setting, double ph, double celsius) =>
        AmmoniaCriteria.Acute(new(ph), new(celsius), setting.Constants[0] > 0);

    private static Computed<TotalAmmoniaNitrogen> Chronic(FormulaSetting setting, double ph, double celsius) =>
        AmmoniaCriteria.Chronic(new(ph), new(celsius), setting.Constants[0] > 0);

    // Where the criterion holds, so does the total.
    private static Computed<double> Ratio(FormulaSetting setting, ReadOnlySpan<double> inputs, Computed<TotalAmmoniaNitrogen> criterion) =>
        AmmoniaCriteria.Ratio(Total(setting, inputs).Value, criterion);
}

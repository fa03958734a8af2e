using PondSentinel.Chemistry;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Analog;

/// <summary>Reads what the voltage at an input means: <c>function</c> and the keys that go with it.</summary>
internal static class AnalogFunctionSection
{
    private const double CalibrationCelsiusUsual = 25;
    private const double CalibrationCelsiusMin = 0;
    private const double CalibrationCelsiusMax = 60;
    private const double ShuntOhmsMin = 1;
    private const double ShuntOhmsMax = 1000;
    private const double GainMax = 1000;
    private const double MilligramsPerLitreMin = 1e-4;
    private const double MilligramsPerLitreMax = 1e6;

    // An electrode as steep as this part of an ideal one, or steeper than that, is none: numbers were exchanged or mistyped.
    private const double SlopeShareMin = 0.5;
    private const double SlopeShareMax = 1.2;

    private static readonly Dictionary<string, Func<TomlSection, AnalogFunction?>> Functions = new(StringComparer.Ordinal)
    {
        ["linear"] = Linear,
        ["polynomial"] = Polynomial,
        ["current-loop"] = CurrentLoop,
        ["ph"] = Ph,
        ["ammonium"] = section => Ion(section, MeasuredIon.Ammonium),
        ["potassium"] = section => Ion(section, MeasuredIon.Potassium),
    };

    private static readonly Dictionary<string, Measurand> Measurands =
        MeasurandNames.All.ToDictionary(measurand => measurand.WireName, StringComparer.Ordinal);

    /// <summary>Reads a function.</summary>
    /// <param name="section">Where it stands; whatever is wrong is reported there.</param>
    /// <param name="isKnown">Whether the function's word is known, so that all its keys have been asked for.</param>
    /// <returns>The function, or null where a problem was reported.</returns>
    public static AnalogFunction? Read(TomlSection section, out bool isKnown)
    {
        var word = section.Text("function", required: true);
        isKnown = word is not null && Functions.ContainsKey(word);
        if (isKnown)
        {
            return Functions[word!](section);
        }

        if (word is not null)
        {
            section.Report(
                "function", $"function of [{section.Name}] is not known: \"{word}\"", $"use one of: {string.Join(", ", Functions.Keys)}");
        }

        return null;
    }

    private static PolynomialFunction? Linear(TomlSection section)
    {
        var measurand = section.Word("measurand", Measurands, required: true);
        var volts = TwoApart(section, "volts");
        var values = section.Numbers("values", 2, required: true);
        return measurand is { } known && volts is [var firstVolts, var secondVolts] && values is [var first, var second]
            ? PolynomialFunction.Through(known, (firstVolts, first), (secondVolts, second))
            : null;
    }

    private static PolynomialFunction? Polynomial(TomlSection section)
    {
        var measurand = section.Word("measurand", Measurands, required: true);
        var coefficients = section.Numbers("coefficients", 3, required: true);
        return measurand is { } known && coefficients is [var constant, var perVolt, var perSquareVolt]
            ? new PolynomialFunction(known, constant, perVolt, perSquareVolt)
            : null;
    }

    private static CurrentLoopFunction? CurrentLoop(TomlSection section)
    {
        var measurand = section.Word("measurand", Measurands, required: true);
        var ohms = section.Number("shunt_ohm", ShuntOhmsMin, ShuntOhmsMax, required: true);
        var values = TwoApart(section, "values");
        return measurand is { } known && ohms is { } shunt && values is [var at4, var at20]
            ? new CurrentLoopFunction(known, shunt, at4, at20)
            : null;
    }

    private static PhFunction? Ph(TomlSection section)
    {
        var input = Input(section);
        var buffers = TwoApart(section, "buffers_ph");
        var potentials = TwoApart(section, "buffers_mv");
        var celsius = Celsius(section, "buffers_c");
        if (buffers is not [var firstPh, var secondPh] || potentials is not [var first, var second])
        {
            return null;
        }

        var electrode = PhElectrode.FromBuffers((firstPh, first), (secondPh, second), celsius);
        return IsElectrode(section, "buffers_mv", electrode.SlopeShare, "a pH", "falls with pH")
            ? new PhFunction(input, electrode)
            : null;
    }

    private static IonFunction? Ion(TomlSection section, MeasuredIon ion)
    {
        var input = Input(section);
        var standards = TwoApart(section, "standards_mg_l");
        var potentials = TwoApart(section, "standards_mv");
        var celsius = Celsius(section, "standards_c");
        var range = section.Numbers("range_mg_l", 2, required: true);
        var interference = ion == MeasuredIon.Ammonium
            ? new PotassiumInterference(section.Number("selectivity", 0, 1) ?? PotassiumInterference.UsualSelectivity)
            : null;
        if (!ArePositive(section, "standards_mg_l", standards) || standards is not [var firstStandard, var secondStandard]
            || potentials is not [var first, var second] || range is not [var low, var high])
        {
            return null;
        }

        var electrode = IonElectrode.FromStandards((firstStandard, first), (secondStandard, second), celsius);
        return IsElectrode(section, "standards_mv", electrode.SlopeShare, "an ion-selective", "rises with concentration")
            ? new IonFunction(ion, input, electrode, new Band(Math.Min(low, high), Math.Max(low, high)), interference)
            : null;
    }

    private static ElectrodeInput Input(TomlSection section)
    {
        var gain = section.Number("gain", -GainMax, GainMax) ?? 1;
        if (gain == 0)
        {
            section.Report("gain", $"gain of [{section.Name}] must not be 0", "write volts out for each volt in");
            gain = 1;
        }

        return new ElectrodeInput(gain, section.Number("zero_mv") ?? 0);
    }

    private static double Celsius(TomlSection section, string key) =>
        section.Number(key, CalibrationCelsiusMin, CalibrationCelsiusMax) ?? CalibrationCelsiusUsual;

    private static IReadOnlyList<double>? TwoApart(TomlSection section, string key)
    {
        var two = section.Numbers(key, 2, required: true);
        if (two is not [var first, var second] || first != second)
        {
            return two;
        }

        section.Report(key, $"{key} of [{section.Name}] must be two different numbers", "write what was seen at two points");
        return null;
    }

    private static bool ArePositive(TomlSection section, string key, IReadOnlyList<double>? numbers)
    {
        if (numbers?.All(number => number is >= MilligramsPerLitreMin and <= MilligramsPerLitreMax) ?? true)
        {
            return true;
        }

        section.Report(key, $"{key} of [{section.Name}] must be above 0", "write the concentrations of the standards, mg/L");
        return false;
    }

    private static bool IsElectrode(TomlSection section, string key, double share, string kind, string behaviour)
    {
        if (share is >= SlopeShareMin and <= SlopeShareMax)
        {
            return true;
        }

        section.Report(
            key,
            FormattableString.Invariant($"{key} of [{section.Name}] is {share * 100:0} % of the slope of {kind} electrode, whose potential {behaviour}"),
            "check the order and the signs of the numbers, and gain and zero_mv");
        return false;
    }
}

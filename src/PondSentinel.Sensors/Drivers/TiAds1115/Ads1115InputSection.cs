using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Analog;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Drivers.TiAds1115;

/// <summary>Reads <c>[[device.input]]</c> of an ADS1115.</summary>
internal static class Ads1115InputSection
{
    private const double FullScaleUsual = 4.096;
    private const double RateUsual = 16;
    private const int ConversionsUsual = 5;
    private const int ConversionsMax = 15;
    private const int NameLengthMax = 32;
    private const double CelsiusMin = 0;
    private const double CelsiusMax = 60;
    private const double PotassiumMax = 1e5;

    private static readonly Dictionary<string, int> Pins = Ads1115Registers.Pins
        .Select((pins, code) => (pins, code)).ToDictionary(pair => pair.pins, pair => pair.code, StringComparer.Ordinal);

    /// <summary>Reads all inputs and what holds between them.</summary>
    /// <param name="device">The table of the device.</param>
    /// <returns>The inputs, or null where a problem was reported with one of them.</returns>
    public static Ads1115Settings? ReadAll(TomlSection device)
    {
        var sections = device.Tables("input");
        if (sections.Count == 0)
        {
            device.Report(null, "nothing hangs on the pins of this device", "add a [[device.input]] for each");
        }

        List<(TomlSection Section, Ads1115Input Input)> inputs = [];
        foreach (var section in sections)
        {
            if (Read(section) is { } input)
            {
                inputs.Add((section, input));
            }
        }

        if (inputs.Count < Math.Max(sections.Count, 1))
        {
            return null;
        }

        RefuseNameTwice(inputs);
        foreach (var (section, input) in inputs)
        {
            RefuseWrongSource(section, "temperature_from", input.Temperature, inputs, Measurand.WaterTemperature);
            RefuseWrongSource(section, "potassium_from", input.Potassium, inputs, Measurand.Potassium);
        }

        return new Ads1115Settings([.. inputs.Select(pair => pair.Input)]);
    }

    private static Ads1115Input? Read(TomlSection section)
    {
        var name = Name(section);
        var pins = section.Word("pins", Pins, required: true);
        var fullScale = Choice(section, "full_scale_v", Ads1115Registers.FullScaleVolts, FullScaleUsual);
        var rate = Choice(section, "samples_per_second", [.. Ads1115Registers.Rates.Select(each => (double)each)], RateUsual);
        var conversions = (int)(section.Integer("conversions", 1, ConversionsMax) ?? ConversionsUsual);
        if (conversions % 2 == 0)
        {
            section.Report("conversions", $"conversions of [{section.Name}] must be odd, because their median is taken", "write one more");
        }

        var function = AnalogFunctionSection.Read(section, out var isKnown);
        RefuseHiddenFault(section, function, fullScale);
        var temperature = function is PhFunction or IonFunction
            ? Source(section, "temperature_c", "temperature_from", CelsiusMin, CelsiusMax)
            : null;
        var potassium = function is IonFunction { Interference: not null }
            ? Source(section, "potassium_mg_l", "potassium_from", 0, PotassiumMax)
            : null;
        if (isKnown && function is not null)
        {
            section.RefuseUnknownKeys();
        }

        return name is not null && pins is { } code && function is not null
            ? new Ads1115Input(name, code, fullScale, rate, conversions, function) { Temperature = temperature, Potassium = potassium }
            : null;
    }

    // A transmitter says that it is broken by a current beyond what it measures: that must still be within the scale.
    private static void RefuseHiddenFault(TomlSection section, AnalogFunction? function, int fullScale)
    {
        if (function is CurrentLoopFunction loop && loop.VoltsAtFault >= Ads1115Registers.FullScaleVolts[fullScale])
        {
            section.Report(
                "shunt_ohm",
                FormattableString.Invariant($"the 21 mA by which a broken transmitter shows itself are {loop.VoltsAtFault:0.###} V at {loop.ShuntOhms} Ω, beyond full_scale_v = {Ads1115Registers.FullScaleVolts[fullScale]}"),
                "take a smaller resistor, 100 Ω for 4.096 V, or a larger full_scale_v");
        }
    }

    private static string? Name(TomlSection section)
    {
        var name = section.Text("output", required: true);
        if (name is null || (name.Length is >= 1 and <= NameLengthMax && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-')))
        {
            return name;
        }

        section.Report("output", $"output of [{section.Name}] is no name: \"{name}\"", $"use 1 to {NameLengthMax} of a-z, 0-9, _ and -");
        return null;
    }

    private static int Choice(TomlSection section, string key, IReadOnlyList<double> choices, double usual)
    {
        var number = section.Number(key) ?? usual;
        for (var code = 0; code < choices.Count; code++)
        {
            if (choices[code] == number)
            {
                return code;
            }
        }

        section.Report(
            key,
            $"{key} of [{section.Name}] is none that an ADS1115 has",
            $"use one of: {string.Join(", ", choices.Select(choice => choice.ToString(CultureInfo.InvariantCulture)))}");
        return 0;
    }

    private static WaterSource? Source(TomlSection section, string fixedKey, string inputKey, double min, double max)
    {
        var number = section.Number(fixedKey, min, max);
        var input = section.Text(inputKey);
        if (number is not null && input is not null)
        {
            section.Report(inputKey, $"[{section.Name}] has both {fixedKey} and {inputKey}", "keep one");
        }

        // Names of inputs have no point in them.
        return number is null && input is null ? null
            : input?.Contains('.', StringComparison.Ordinal) is true ? new WaterSource(number, Input: null) { Channel = input }
            : new WaterSource(number, input);
    }

    private static void RefuseNameTwice(List<(TomlSection Section, Ads1115Input Input)> inputs)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (var (section, input) in inputs)
        {
            if (input.Function.Outputs(input.Name).Any(output => !names.Add(output.Name)))
            {
                section.Report("output", $"two inputs of this device give the output {input.Name}", "rename one");
            }
        }
    }

    private static void RefuseWrongSource(
        TomlSection section, string key, WaterSource? source, List<(TomlSection Section, Ads1115Input Input)> inputs, Measurand measurand)
    {
        if (source?.Input is not { } name)
        {
            return;
        }

        var isRight = inputs.Any(each => each.Input.Function.Outputs(each.Input.Name)
            .Any(output => output.Name == name && output.Measurand == measurand));
        if (!isRight)
        {
            section.Report(key, $"{key} of [{section.Name}] names no input that measures {measurand.WireName}: \"{name}\"", "add a [[device.input]] that does, or correct the name");
        }
    }
}

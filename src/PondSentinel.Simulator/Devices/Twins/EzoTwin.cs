using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>What an Atlas Scientific EZO circuit answers to a command, over whichever line.</summary>
/// <remarks>EZO-pH data sheet V5.x, EZO-EC V6.2; the other circuits share its commands. Not thread-safe.</remarks>
/// <param name="kind">Which circuit.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
internal sealed class EzoTwin(EzoKind kind, Faults faults, Func<Sense> sense)
{
    private const double StandardCelsius = 25;

    // An ideal electrode at 25 °C.
    private const double MillivoltsPerPh = 59.16;

    // What it gives where its probe is broken or not plugged in.
    private const string NoProbe = "-1023.000";

    private static readonly TimeSpan CommandTime = TimeSpan.FromMilliseconds(300);

    // What it showed by itself in each standard it was told of, and what is true there.
    private readonly Dictionary<string, (double Shown, double Value)> standards = new(StringComparer.Ordinal);

    private double celsius = StandardCelsius;

    /// <summary>What can be wrong with any circuit, on any line.</summary>
    /// <param name="kind">Which circuit.</param>
    public static IReadOnlyList<FaultKind> Knobs(EzoKind kind) =>
        [FaultKind.Mute, FaultKind.Late, FaultKind.Stuck, FaultKind.OtherChip, .. kind.SaysNoProbe ? [FaultKind.NoNumber] : Array.Empty<FaultKind>()];

    /// <summary>Forgets what it forgets with its supply.</summary>
    public void Restart() => celsius = StandardCelsius;

    /// <summary>Does a command.</summary>
    /// <param name="command">The command.</param>
    /// <returns>What came of it; null where it does not know the command.</returns>
    public EzoOutcome? Do(string command)
    {
        var words = command.ToUpperInvariant().Split(',');
        switch (words)
        {
            case ["R"]:
                return Measure();
            case ["RT", var degrees] when kind.TakesTemperature && Degrees(degrees) is { } told:
                celsius = told;
                return Measure();
            case ["T", "?"] when kind.TakesTemperature:
                return Said(string.Create(CultureInfo.InvariantCulture, $"?T,{celsius:0.0##}"));
            case ["T", var degrees] when kind.TakesTemperature && Degrees(degrees) is { } told:
                celsius = told;
                return Said("");
            case ["I"]:
                return Said($"?i,{(faults.Kind == FaultKind.OtherChip ? kind.OtherWord : kind.Word)},{kind.Firmware}");
            case ["STATUS"]:
                return Said("?Status,P,5.038");
            case ["CAL", "?"]:
                return Said(string.Create(CultureInfo.InvariantCulture, $"?Cal,{standards.Count}"));
            case ["CAL", "CLEAR"]:
                standards.Clear();
                return Said("");
            case ["CAL", "MID" or "LOW" or "HIGH", var value] when kind.Word == "pH" && Degrees(value) is { } ph:
                return Learn(words[1], ph);
            case ["CAL", "DRY"] when kind.Word == "EC":
                return Learn(words[1], 0);
            case ["CAL", var value] when kind.Word == "EC" && Degrees(value) is { } conductivity:
                return Learn("ONE", conductivity);
            case ["SLOPE", "?"] when kind.Word == "pH":
                return Said(string.Create(CultureInfo.InvariantCulture, $"?Slope,{Slope("LOW"):0.0},{Slope("HIGH"):0.0},{Offset:0.00}"));
            case ["O", "?"] when kind.Outputs is { } outputs:
                return Said($"?O,{outputs}");
            case ["S", "?"] when kind.Word == "RTD":
                return Said("?S,c");
            default:
                return null;
        }
    }

    private double Offset =>
        standards.TryGetValue("MID", out var mid) ? (mid.Value - mid.Shown) * MillivoltsPerPh : 0;

    // The middle forgets the others; they need it.
    private EzoOutcome? Learn(string standard, double value)
    {
        if (standard is "MID" or "DRY")
        {
            standards.Clear();
        }
        else if (standard is "LOW" or "HIGH" && !standards.ContainsKey("MID"))
        {
            return null;
        }

        standards[standard] = (sense()(kind.Measures[0].Measurand), value);
        return Said("") with { Takes = kind.ReadTime };
    }

    // What it shows for each pH, % of what is true.
    private double Slope(string side) =>
        standards.TryGetValue("MID", out var mid) && standards.TryGetValue(side, out var other) && other.Value != mid.Value && other.Shown != mid.Shown
            ? 100 * (other.Shown - mid.Shown) / (other.Value - mid.Value)
            : 100;

    private double Corrected(double shown)
    {
        if (standards.TryGetValue("ONE", out var one) && one.Shown != 0)
        {
            return shown * one.Value / one.Shown;
        }

        return standards.TryGetValue("MID", out var mid)
            ? mid.Value + ((shown - mid.Shown) * 100 / Slope(shown < mid.Shown ? "LOW" : "HIGH"))
            : shown;
    }

    private static double? Degrees(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees) ? degrees : null;

    private static EzoOutcome Said(string text) => new(text, CommandTime, null);

    /// <summary>Takes a reading.</summary>
    public EzoOutcome Measure()
    {
        if (faults.Kind == FaultKind.NoNumber)
        {
            return new EzoOutcome(NoProbe, kind.ReadTime, null);
        }

        var (name, measurand) = kind.Measures[celsius == StandardCelsius ? 0 : kind.Measures.Count - 1];
        var text = kind.Text(Corrected(sense()(measurand)));
        return new EzoOutcome(
            text,
            kind.ReadTime,
            new ServedValues("R", System.Text.Encoding.ASCII.GetBytes(text), [(name, double.Parse(text, CultureInfo.InvariantCulture))]));
    }
}

/// <summary>What came of a command.</summary>
/// <param name="Text">What it says; empty where it has only done it.</param>
/// <param name="Takes">How long it works on it.</param>
/// <param name="Values">The measured value in it, where there is one.</param>
internal sealed record EzoOutcome(string Text, TimeSpan Takes, ServedValues? Values);

/// <summary>What one circuit differs in from another.</summary>
internal sealed record EzoKind
{
    /// <summary>Id of the model in the sensor catalogue.</summary>
    public required string Id { get; init; }

    /// <summary>What it calls itself.</summary>
    public required string Word { get; init; }

    /// <summary>What another circuit in its socket would call itself.</summary>
    public string OtherWord => Word == "pH" ? "EC" : "pH";

    /// <summary>Version of its firmware.</summary>
    public string Firmware { get; init; } = "2.14";

    /// <summary>How long a reading takes.</summary>
    public required TimeSpan ReadTime { get; init; }

    /// <summary>What a reading is: told 25 °C, and told another temperature.</summary>
    public required IReadOnlyList<(string Name, Measurand Measurand)> Measures { get; init; }

    /// <summary>How it writes a reading.</summary>
    public required Func<double, string> Text { get; init; }

    /// <summary>Whether it can be told the temperature.</summary>
    public bool TakesTemperature { get; init; }

    /// <summary>The outputs that are on, where it has several.</summary>
    public string? Outputs { get; init; }

    /// <summary>Whether it has a number for a probe that is not there.</summary>
    public bool SaysNoProbe { get; init; }

    /// <summary>The circuits. The decimals of EC, ORP and DO are from memory and not looked up again.</summary>
    public static IReadOnlyList<EzoKind> All { get; } =
    [
        new()
        {
            Id = "atlas-ezo-ph",
            Word = "pH",
            ReadTime = TimeSpan.FromMilliseconds(900),
            Measures = [("ph", Measurand.Ph)],
            Text = value => Decimals(value, 3),
            TakesTemperature = true,
        },
        new()
        {
            Id = "atlas-ezo-ec",
            Word = "EC",
            ReadTime = TimeSpan.FromMilliseconds(600),
            Measures = [("conductivity", Measurand.Conductivity), ("specific_conductance", Measurand.SpecificConductance)],
            Text = value => Decimals(value, value >= 1000 ? 0 : value >= 100 ? 1 : 2),
            TakesTemperature = true,
            Outputs = "EC",
        },
        new()
        {
            Id = "atlas-ezo-rtd",
            Word = "RTD",
            ReadTime = TimeSpan.FromMilliseconds(600),
            Measures = [("temperature", Measurand.WaterTemperature)],
            Text = value => Decimals(value, 3),
            SaysNoProbe = true,
        },
        new()
        {
            Id = "atlas-ezo-orp",
            Word = "ORP",
            ReadTime = TimeSpan.FromMilliseconds(900),
            Measures = [("orp", Measurand.OxidationReduction)],
            Text = value => Decimals(value, 1),
        },
        new()
        {
            Id = "atlas-ezo-do",
            Word = "D.O.",
            ReadTime = TimeSpan.FromMilliseconds(600),
            Measures = [("dissolved_oxygen", Measurand.DissolvedOxygen)],
            Text = value => Decimals(value, 2),
            TakesTemperature = true,
            Outputs = "mg",
        },
    ];

    private static string Decimals(double value, int decimals) =>
        value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Repository.Hardware;

/// <summary>What a station takes, and what battery and panel it needs for that.</summary>
/// <param name="Loads">The parts that take power.</param>
/// <param name="Basis">What is assumed beside them.</param>
internal sealed record PowerBudget(IReadOnlyList<Part> Loads, PowerBasis Basis)
{
    private const double HoursADay = 24;

    /// <summary>Reads the budget of a station.</summary>
    /// <param name="station">The station.</param>
    public static PowerBudget Of(Station station) =>
        new([.. station.Parts.Where(part => part.Watts > 0)], PowerBasis.Read($"{station.Folder}/power.toml"));

    /// <summary>Mean power at the rails, W.</summary>
    public double RailWatts => Loads.Sum(load => load.Watts);

    /// <summary>Mean power out of the battery, W.</summary>
    public double BatteryWatts => (RailWatts / Basis.ConverterEfficiency) + Basis.ControllerWatts;

    /// <summary>Energy of a day, Wh.</summary>
    public double DayWattHours => BatteryWatts * HoursADay;

    /// <summary>Energy of the days without sun, Wh.</summary>
    public double DarkWattHours => DayWattHours * Basis.DaysWithoutSun;

    /// <summary>What the battery must have when new, Ah.</summary>
    public double BatteryAmpereHoursNeeded => DarkWattHours / Basis.Usable / Basis.Aged / Basis.BatteryVolts;

    /// <summary>How long the battery lasts at the end of its life, days.</summary>
    public double DaysOfTheBattery => Basis.BatteryAmpereHours * Basis.BatteryVolts * Basis.Usable * Basis.Aged / DayWattHours;

    /// <summary>What the panel must have, W: for the day, and to fill the battery again in the time for that.</summary>
    public double PanelWattsNeeded => (DayWattHours + (DarkWattHours / Basis.RechargeDays)) / (Basis.SunHours * Basis.PanelYield);

    /// <summary>The budget as it stands in the guide.</summary>
    public string Markdown()
    {
        var text = new StringBuilder("| load | pieces | rail | current each | of the time | power |\n|---|---|---|---|---|---|\n");
        foreach (var load in Loads)
        {
            Append(text, $"| {load.Name} | {load.Quantity} | {load.RailVolts:0.0} V | {load.Milliamperes:0.##} mA | {load.Duty * 100:0.##} % | {load.Watts:0.000} W |\n");
        }

        Append(text, $"| **at the rails** | | | | | **{RailWatts:0.00} W** |\n");
        Append(text, $"| out of the battery: converters {Basis.ConverterEfficiency * 100:0} %, charge controller {Basis.ControllerWatts:0.00} W | | | | | **{BatteryWatts:0.00} W** |\n\n");
        Append(text, $"- A day takes {DayWattHours:0} Wh; {Basis.DaysWithoutSun:0} days without sun take {DarkWattHours:0} Wh.\n");
        Append(text, $"- Battery: {Basis.Usable * 100:0} % of it are used, and {Basis.Aged * 100:0} % are left when it is old. Needed {BatteryAmpereHoursNeeded:0} Ah at {Basis.BatteryVolts:0.0} V; in the list {Basis.BatteryAmpereHours:0} Ah, which last {DaysOfTheBattery:0.0} days when old.\n");
        Append(text, $"- Panel: in the worst month {Basis.SunHours:0.0} h of full sun a day, of which {Basis.PanelYield * 100:0} % arrive. For the day, and to fill the battery in {Basis.RechargeDays:0} days: needed {PanelWattsNeeded:0} W; in the list {Basis.PanelWatts:0} W.\n");
        if (Basis.CableMetres is { } metres)
        {
            Append(text, $"- Cable to the stream: with {Basis.CableSquareMillimetres:0.##} mm² it may be {metres:0} m long, so that {Basis.CableMilliamperes:0} mA lose no more than {Basis.CableDropVolts:0.0} V there and back; twice as thick, twice as long. The budget above counts no loss in it.\n");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What a budget assumes beside the parts.</summary>
/// <param name="ConverterEfficiency">What the converters give of what they take, 0 to 1.</param>
/// <param name="ControllerWatts">What the charge controller takes for itself, W.</param>
/// <param name="DaysWithoutSun">How long the battery must last.</param>
/// <param name="Usable">Part of the battery's energy that is used, 0 to 1.</param>
/// <param name="Aged">Part of it that is left at the end of its life, 0 to 1.</param>
/// <param name="BatteryVolts">Its nominal voltage, V.</param>
/// <param name="BatteryAmpereHours">That of the list, Ah.</param>
/// <param name="PanelWatts">That of the list, W.</param>
/// <param name="SunHours">Hours of full sun a day in the worst month.</param>
/// <param name="PanelYield">What of the panel's nominal power arrives in the battery, 0 to 1.</param>
/// <param name="RechargeDays">Days in which the battery is to be full again.</param>
/// <param name="CableSquareMillimetres">A wire of the supply pair of the longest cable, mm²; null where none is long.</param>
/// <param name="CableMilliamperes">What goes through it, mA.</param>
/// <param name="CableDropVolts">What may be lost in both wires, V.</param>
internal sealed record PowerBasis(
    double ConverterEfficiency, double ControllerWatts, double DaysWithoutSun, double Usable, double Aged, double BatteryVolts,
    double BatteryAmpereHours, double PanelWatts, double SunHours, double PanelYield, double RechargeDays,
    double? CableSquareMillimetres, double? CableMilliamperes, double? CableDropVolts)
{
    // Copper at 40 °C, in the sun on the bank: 0.0172 at 20 °C and 0.39 % a degree.
    private const double OhmSquareMillimetresPerMetre = 0.0186;

    /// <summary>How long the cable may be, m.</summary>
    public double? CableMetres => CableDropVolts / (CableMilliamperes / 1000) * CableSquareMillimetres / OhmSquareMillimetresPerMetre / 2;

    /// <summary>Reads it.</summary>
    /// <param name="file">Its path from the top.</param>
    public static PowerBasis Read(string file)
    {
        List<Problem> problems = [];
        var top = TomlSection.Parse(file, Checkout.Text(file), problems);
        double Need(string key) => top.Number(key, 0, 100_000, required: true) ?? 0;
        var basis = new PowerBasis(
            Need("converter_efficiency"), Need("controller_w"), Need("days_without_sun"), Need("usable"), Need("aged"), Need("battery_v"),
            Need("battery_ah"), Need("panel_w"), Need("sun_hours"), Need("panel_yield"), Need("recharge_days"),
            top.Number("cable_mm2", 0.1, 100), top.Number("cable_ma", 1, 10_000), top.Number("cable_drop_v", 0.1, 10));
        top.RefuseUnknownKeys();
        Assert.Empty(problems);
        return basis;
    }
}

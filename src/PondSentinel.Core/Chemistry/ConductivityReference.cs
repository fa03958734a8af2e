using PondSentinel.Measurements;

namespace PondSentinel.Chemistry;

/// <summary>Refers conductivity to 25 °C: EC25, also called specific conductance.</summary>
/// <remarks>
/// <para>Source: Standard Methods for the Examination of Water and Wastewater, 2510 B: EC25 = EC / (1 + a (t - 25)) with
/// a = 0.0191 for each degree. a is 0.019 to 0.023 for natural waters and differs with the ions. ISO 7888 has a table in place of a line, which is
/// not this.</para>
/// <para>Holds for water of 0 to 30 °C that is not ultrapure. Not to be used on what a probe has referred to 25 °C already.</para>
/// </remarks>
public static class ConductivityReference
{
    /// <summary>Change of conductivity, a part of that at 25 °C for each degree.</summary>
    public const double UsualPerDegree = 0.0191;

    private const double ReferenceCelsius = 25;
    private static readonly Band Line = new(0, 30);

    /// <summary>The conductivity that the water would have at 25 °C.</summary>
    /// <param name="measured">At the water's temperature.</param>
    /// <param name="water">That temperature.</param>
    /// <param name="perDegree">Change with a degree, a part of that at 25 °C, 0 to 0.05.</param>
    /// <returns>Not a number where the line says that water of that temperature conducts nothing.</returns>
    public static Computed<SpecificConductance> At25(Conductivity measured, WaterCelsius water, double perDegree = UsualPerDegree)
    {
        var share = Share(water, perDegree);
        var value = share > 0 ? measured.MicrosiemensPerCentimetre / share : double.NaN;
        return new(new SpecificConductance(value), !Line.Contains(water.Degrees));
    }

    /// <summary>The conductivity at the water's temperature of what has a given one at 25 °C.</summary>
    /// <param name="specific">At 25 °C.</param>
    /// <param name="water">The water's temperature.</param>
    /// <param name="perDegree">Change with a degree, a part of that at 25 °C, 0 to 0.05.</param>
    public static Computed<Conductivity> AtTemperature(SpecificConductance specific, WaterCelsius water, double perDegree = UsualPerDegree) =>
        new(new Conductivity(specific.MicrosiemensPerCentimetre * Share(water, perDegree)), !Line.Contains(water.Degrees));

    private static double Share(WaterCelsius water, double perDegree) => 1 + (perDegree * (water.Degrees - ReferenceCelsius));
}

using PondSentinel.Measurements;

namespace PondSentinel.Chemistry;

/// <summary>Corrects the pH of a meter that counts with another temperature than the water's.</summary>
/// <remarks>
/// <para>Source: the Nernst equation with the isopotential point at pH 7; CODATA 2018. The error is 0.003 pH for each degree and
/// each pH away from 7: water of pH 4.00 and 10 °C reads 4.15 on a meter that counts with 25 °C.</para>
/// <para>Only for a meter without a thermometer of its own: what has compensated already would be compensated twice. Compensated is
/// the electrode, not the sample, whose own pH changes with its temperature.</para>
/// <para>Holds for water of 0 to 50 °C and pH 0 to 12: above, glass takes sodium for acid; ice gives no potential.</para>
/// </remarks>
public static class PhCompensation
{
    private const double IsopotentialPh = 7;
    private static readonly Band Glass = new(0, 12);
    private static readonly Band Liquid = new(0, 50);

    /// <summary>The pH at the water's temperature.</summary>
    /// <param name="shown">What the meter shows.</param>
    /// <param name="counted">The temperature it counts with.</param>
    /// <param name="water">The water's.</param>
    public static Computed<PhValue> At(PhValue shown, WaterCelsius counted, WaterCelsius water)
    {
        var ph = IsopotentialPh + ((shown.Value - IsopotentialPh) * Nernst.Kelvin(counted.Degrees) / Nernst.Kelvin(water.Degrees));
        return new(new PhValue(ph), !Glass.Contains(ph) || !Liquid.Contains(water.Degrees));
    }
}

using PondSentinel.Measurements;

namespace PondSentinel.Air;

/// <summary>Takes the water out of what an optical sensor calls dust: particles swell in moist air.</summary>
/// <remarks>
/// <para>Source: kappa-Koehler theory as Crilley et al. 2018, Atmos. Meas. Tech. 11:709-720 use it for an OPC-N2, from memory of it and not
/// checked: C = 1 + (kappa / 1.65) / (1 / aw - 1), aw = RH / 100, for particles of 1.65 g/cm³; the dry mass is the measured one
/// divided by C. kappa is 0.03 for mineral dust, 0.1 for mixed, 0.38 for city aerosol.</para>
/// <para>Honest limits. Holds for 0 to 95 % RH: above, C is that of 95 % and the value extrapolated, because drops are no dust.
/// Nobody has validated a correction of PM10 by humidity alone: the result is indicative, and mends neither a sensor that does not
/// see coarse dust (a PMS5003 reads a storm ten times too low) nor a size distribution that it assumes. For mineral dust the
/// correction is 16 % at 90 % RH and nothing in a desert; PM10 that counts needs a reference beside it.</para>
/// </remarks>
public static class HygroscopicGrowth
{
    /// <summary>Kappa of mineral dust.</summary>
    public const double MineralDust = 0.03;

    /// <summary>Humidity from which air makes drops, %.</summary>
    public const double HumidityMaxPercent = 95;

    private const double DensityGramsPerCubicCentimetre = 1.65;

    /// <summary>The mass of moist particles as a multiple of the dry one, 1 or more.</summary>
    /// <param name="humidityPercent">Relative humidity of the air that the sensor sees, %.</param>
    /// <param name="kappa">Hygroscopicity of the dust, 0 to 1.</param>
    public static Computed<double> Factor(double humidityPercent, double kappa = MineralDust)
    {
        var activity = Math.Clamp(humidityPercent, 0, HumidityMaxPercent) / 100;
        var value = activity == 0 ? 1 : 1 + (kappa / DensityGramsPerCubicCentimetre / ((1 / activity) - 1));
        return new(value, humidityPercent is not (>= 0 and <= HumidityMaxPercent));
    }

    /// <summary>The dry particulate matter.</summary>
    /// <param name="measured">As measured by an optical sensor.</param>
    /// <param name="humidityPercent">Relative humidity of the air that the sensor sees, %.</param>
    /// <param name="kappa">Hygroscopicity of the dust, 0 to 1.</param>
    public static Computed<ParticulateMatter> Dry(ParticulateMatter measured, double humidityPercent, double kappa = MineralDust)
    {
        var factor = Factor(humidityPercent, kappa);
        return new(new ParticulateMatter(measured.MicrogramsPerCubicMetre / factor.Value), factor.IsExtrapolated);
    }
}

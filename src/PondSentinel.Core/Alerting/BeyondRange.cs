using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>What a number is worth that lies beyond what its probe can measure: that it is at least so bad.</summary>
/// <remarks>
/// <para>The worst leak and the worst storm are beyond the probe. Such a value has failed, so it is a number for nobody; and yet it is
/// evidence for a limit that it is past. Which end of the range it is beyond nobody has to say: a number past a limit that its probe
/// can measure is beyond the end on that side.</para>
/// <para>A probe that hangs in the air, or has lost its cable, also shows the end of its range. So nothing is made of a number that
/// another test or another channel speaks against, or that no water and no air can have.</para>
/// </remarks>
public static class BeyondRange
{
    // Leaching solution of 4 % ammonium sulfate has 8,500 mg/L; an electrode without its cable soon shows millions.
    private const double NitrogenMax = 20_000;

    // The worst hour that was ever reported had 7,506 (Beijing 2021); 65,535 is a counter whose bits are all set.
    private const double DustMax = 30_000;

    // Between the electrodes of a dry probe flows nothing, and no stream conducts as little.
    private const double ConductivityMin = 1;

    // A glass electrode that is dry or not plugged in shows one end of its scale; no water does.
    private const double PhFromEnds = 0.1;
    private const double PhMax = 14;

    // A leak is fast, so its speed is nothing against it.
    private const Why Contradicted =
        Why.Spike | Why.Flat | Why.Fog | Why.Disagrees | Why.Implausible | Why.Undervoltage | Why.DeviceFault | Why.NotReady
        | Why.WrongDevice | Why.Absent | Why.Maintenance | Why.Calibrating | Why.Extrapolated;

    /// <summary>A value with what it is worth where it lies beyond its probe's range. A thinned record that stands for some such values is
    /// suspect, and a bound too: they are not in its mean.</summary>
    /// <param name="sample">The value.</param>
    /// <param name="measurand">What it is; null where somebody has looked at that already.</param>
    /// <returns>The value itself where it does not, or where nothing is to be made of it.</returns>
    public static AlertSample Judged(in AlertSample sample, Measurand? measurand) =>
        sample.Value is { } value && double.IsFinite(value)
        && (sample.Flag == QualityFlag.Fail || (sample.Flag == QualityFlag.Suspect && sample.High is not null))
        && (sample.Why & Why.OverRange) != 0 && (sample.Why & Contradicted) == 0
        && (measurand is not { } of || CanBe(of, value))
            ? sample with { IsBound = true }
            : sample;

    /// <summary>Something that was made of values some of which are bounds: one itself, and flagged as they are.</summary>
    /// <param name="sample">What was made.</param>
    internal static AlertSample MadeOf(in AlertSample sample) => sample with
    {
        Flag = QualityFlag.Fail, Why = sample.IsBound ? sample.Why : sample.Why | Why.OverRange, IsBound = true,
    };

    // Of what is computed nobody knows which way an input beyond its range moves it, but for what rises or falls with one level. What no
    // pond can have, such as 200 °C, is a broken part.
    private static bool CanBe(Measurand measurand, double value) => measurand switch
    {
        Measurand.Ph => value is > PhFromEnds and < PhMax - PhFromEnds,
        Measurand.Conductivity or Measurand.SpecificConductance => value >= ConductivityMin,
        Measurand.AmmoniumNitrogen or Measurand.AmmoniumIon or Measurand.TotalAmmoniaNitrogen or Measurand.Potassium => value <= NitrogenMax,
        Measurand.Pm1 or Measurand.Pm25 or Measurand.Pm10 => value <= DustMax,
        Measurand.WaterTemperature or Measurand.AirTemperature or Measurand.HousingTemperature or Measurand.OxidationReduction
            or Measurand.DissolvedOxygen or Measurand.AirHumidity or Measurand.HousingHumidity or Measurand.AirPressure => false,
        Measurand.UnionizedAmmonia or Measurand.UnionizedAmmoniaNitrogen or Measurand.AmmoniaAcuteCriterion
            or Measurand.AmmoniaChronicCriterion or Measurand.AmmoniaAcuteRatio or Measurand.AmmoniaChronicRatio
            or Measurand.AmmoniaFourDayRatio or Measurand.WaterBalanceResidual or Measurand.Pm10Dry or Measurand.Pm25Dry => false,
        _ => true,
    };
}

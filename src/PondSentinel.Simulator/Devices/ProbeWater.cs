using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices;

/// <summary>What there is to sense at one moment, in the unit of the measurand.</summary>
/// <param name="measurand">What is asked for.</param>
internal delegate double Sense(Measurand measurand);

/// <summary>What the water is like at a probe, noise included.</summary>
/// <param name="Ph">pH.</param>
/// <param name="Celsius">Temperature, °C.</param>
/// <param name="NitrogenMilligramsPerLitre">Ammonium, mg/L as N.</param>
/// <param name="PotassiumMilligramsPerLitre">Potassium, mg/L.</param>
/// <param name="TurbidityNtu">Turbidity, NTU.</param>
internal readonly record struct ProbeWater(
    float Ph, float Celsius, float NitrogenMilligramsPerLitre, float PotassiumMilligramsPerLitre, float TurbidityNtu)
{
    // Slope of an electrode at 25 °C, mV per decade; it goes with the absolute temperature.
    private const double NernstMillivolts = 59.16;
    private const double NernstKelvin = 298.15;

    // NH4 is 14.007 + 4 x 1.008 g/mol, of which N is 14.007.
    private const double IonPerNitrogen = 18.039 / 14.007;

    /// <summary>Potential of the pH electrode, mV: zero at pH 7.</summary>
    public float PhMillivolts => (float)(Slope * (7 - Ph));

    /// <summary>Potential of an electrode for a positive ion, mV: zero at 1 mg/L.</summary>
    /// <param name="milligramsPerLitre">Its concentration, mg/L.</param>
    public float IonMillivolts(float milligramsPerLitre) =>
        (float)(Slope * Math.Log10(Math.Max(0.001, milligramsPerLitre)));

    /// <summary>What of it there is to sense.</summary>
    /// <param name="measurand">What is asked for: something of the water.</param>
    /// <exception cref="ArgumentOutOfRangeException">This water has no such thing.</exception>
    public double Of(Measurand measurand) => measurand switch
    {
        Measurand.Ph => Ph,
        Measurand.PhElectrode => PhMillivolts,
        Measurand.WaterTemperature => Celsius,
        Measurand.AmmoniumNitrogen or Measurand.TotalAmmoniaNitrogen => NitrogenMilligramsPerLitre,
        Measurand.AmmoniumIon => Ion,
        Measurand.AmmoniumElectrode => IonMillivolts(Ion),
        Measurand.Potassium => PotassiumMilligramsPerLitre,
        Measurand.PotassiumElectrode => IonMillivolts(PotassiumMilligramsPerLitre),
        Measurand.TurbidityNtu or Measurand.TurbidityFnu => TurbidityNtu,
        _ => throw new ArgumentOutOfRangeException(nameof(measurand), measurand, "Nothing of the water."),
    };

    private float Ion => (float)(NitrogenMilligramsPerLitre * IonPerNitrogen);

    private double Slope => NernstMillivolts * (Celsius + 273.15) / NernstKelvin;
}

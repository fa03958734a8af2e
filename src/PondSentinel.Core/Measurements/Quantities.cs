using PondSentinel.Chemistry;

namespace PondSentinel.Measurements;

/// <summary>Acidity on the pH scale: dimensionless, minus log10 of the hydrogen-ion activity.</summary>
/// <param name="Value">pH, normally 0 to 14; a driver narrows this to what its probe can measure.</param>
public readonly record struct PhValue(double Value);

/// <summary>Electric potential of an electrode.</summary>
/// <param name="Value">Millivolts.</param>
public readonly record struct Millivolts(double Value);

/// <summary>Temperature of the water.</summary>
/// <param name="Degrees">Degrees Celsius, not kelvin.</param>
public readonly record struct WaterCelsius(double Degrees);

/// <summary>Ammonium counted as nitrogen (NH4-N), the basis in which discharge limits are written.</summary>
/// <param name="MilligramsPerLitre">mg/L as N.</param>
public readonly record struct AmmoniumNitrogen(double MilligramsPerLitre)
{
    /// <summary>Converts from the whole NH4+ ion, which is what many ion-selective probes print.</summary>
    /// <param name="ion">The same sample as NH4+.</param>
    public static AmmoniumNitrogen From(AmmoniumIon ion) => new(ion.MilligramsPerLitre / AmmoniumIon.PerNitrogen);
}

/// <summary>Ammonium counted as the whole ion NH4+.</summary>
/// <param name="MilligramsPerLitre">mg/L as NH4+.</param>
public readonly record struct AmmoniumIon(double MilligramsPerLitre)
{
    /// <summary>Mass of NH4+ that holds one unit of mass of nitrogen: 1.2879, dimensionless.</summary>
    public const double PerNitrogen = MolarMass.Ammonium / MolarMass.Nitrogen;

    /// <summary>Converts from ammonium counted as nitrogen.</summary>
    /// <param name="nitrogen">The same sample as N.</param>
    public static AmmoniumIon From(AmmoniumNitrogen nitrogen) => new(nitrogen.MilligramsPerLitre * PerNitrogen);
}

/// <summary>Total ammonia nitrogen: NH3-N plus NH4-N.</summary>
/// <param name="MilligramsPerLitre">mg/L as N.</param>
public readonly record struct TotalAmmoniaNitrogen(double MilligramsPerLitre);

/// <summary>Un-ionized ammonia counted as nitrogen (NH3-N).</summary>
/// <param name="MilligramsPerLitre">mg/L as N.</param>
public readonly record struct UnionizedAmmoniaNitrogen(double MilligramsPerLitre);

/// <summary>Un-ionized ammonia counted as the whole molecule NH3, as the limit of CCME is written.</summary>
/// <param name="MilligramsPerLitre">mg/L as NH3.</param>
public readonly record struct UnionizedAmmonia(double MilligramsPerLitre)
{
    /// <summary>Mass of NH3 that holds one unit of mass of nitrogen: 1.2159, dimensionless.</summary>
    public const double PerNitrogen = MolarMass.Ammonia / MolarMass.Nitrogen;

    /// <summary>Converts from what is counted as nitrogen.</summary>
    /// <param name="nitrogen">The same sample as N.</param>
    public static UnionizedAmmonia From(UnionizedAmmoniaNitrogen nitrogen) => new(nitrogen.MilligramsPerLitre * PerNitrogen);
}

/// <summary>Electrical conductivity at the temperature of the water.</summary>
/// <param name="MicrosiemensPerCentimetre">µS/cm.</param>
public readonly record struct Conductivity(double MicrosiemensPerCentimetre);

/// <summary>Electrical conductivity referred to 25 °C.</summary>
/// <param name="MicrosiemensPerCentimetre">µS/cm at 25 °C.</param>
public readonly record struct SpecificConductance(double MicrosiemensPerCentimetre);

/// <summary>Potassium ion, the main interference of an ammonium electrode.</summary>
/// <param name="MilligramsPerLitre">mg/L as K+.</param>
public readonly record struct PotassiumIon(double MilligramsPerLitre);

/// <summary>Turbidity by white light at 90 degrees (EPA 180.1).</summary>
/// <param name="Ntu">Nephelometric turbidity units.</param>
public readonly record struct TurbidityNtu(double Ntu);

/// <summary>Mass concentration of particulate matter in air at ambient temperature and pressure.</summary>
/// <param name="MicrogramsPerCubicMetre">Micrograms per cubic metre.</param>
public readonly record struct ParticulateMatter(double MicrogramsPerCubicMetre);

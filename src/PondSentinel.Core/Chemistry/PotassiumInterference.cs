using PondSentinel.Measurements;

namespace PondSentinel.Chemistry;

/// <summary>Potassium that an ammonium electrode takes for ammonium: Nikolsky-Eisenman for ions of the same charge.</summary>
/// <param name="Selectivity">What part of potassium's activity it takes for ammonium's, by moles. 0.11 for nonactin membranes
/// (ELIT 8051, nico2000.net/analytical/ammonium.htm), 0.1 to 0.2 in the literature.</param>
public sealed record PotassiumInterference(double Selectivity)
{
    /// <summary>What holds where nobody knows better.</summary>
    public const double UsualSelectivity = 0.11;

    /// <summary>The ammonium without the potassium. Below 0 where the potassium is put too high; never clamped.</summary>
    /// <param name="apparent">What the electrode shows.</param>
    /// <param name="potassium">The potassium in the water.</param>
    public AmmoniumNitrogen Without(AmmoniumNitrogen apparent, PotassiumIon potassium) => new(
        apparent.MilligramsPerLitre
        - (Selectivity * potassium.MilligramsPerLitre * MolarMass.Nitrogen / MolarMass.Potassium));
}

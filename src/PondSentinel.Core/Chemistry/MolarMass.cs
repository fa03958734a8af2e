namespace PondSentinel.Chemistry;

/// <summary>Molar masses, g/mol.</summary>
/// <remarks>IUPAC abridged standard atomic weights 2021 (Prohaska et al., Pure Appl. Chem. 94:573): H 1.008, N 14.007, O 15.999,
/// S 32.06, Cl 35.45, K 39.098. Tables made with older weights of six figures differ by less than 2 in 100,000, those of sulfates
/// and chlorides by less than 1 in 10,000.</remarks>
public static class MolarMass
{
    /// <summary>Nitrogen, N: what "as N" counts.</summary>
    public const double Nitrogen = 14.007;

    /// <summary>Potassium, K.</summary>
    public const double Potassium = 39.098;

    /// <summary>Ammonia, NH3.</summary>
    public const double Ammonia = Nitrogen + (3 * Hydrogen);

    /// <summary>The ammonium ion, NH4+.</summary>
    public const double Ammonium = Nitrogen + (4 * Hydrogen);

    /// <summary>Nitrate, NO3-.</summary>
    public const double Nitrate = Nitrogen + (3 * Oxygen);

    /// <summary>Ammonium sulfate, (NH4)2SO4, which holds two N: what rare earths are leached with.</summary>
    public const double AmmoniumSulfate = (2 * Ammonium) + 32.06 + (4 * Oxygen);

    /// <summary>Ammonium chloride, NH4Cl: what standards for probes are weighed from.</summary>
    public const double AmmoniumChloride = Ammonium + 35.45;

    private const double Hydrogen = 1.008;
    private const double Oxygen = 15.999;
}

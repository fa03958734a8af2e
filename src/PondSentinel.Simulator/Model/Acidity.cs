namespace PondSentinel.Simulator.Model;

/// <summary>Acidity of the stream: alkalinity mixes like a tracer, and the pH follows from it. Pure.</summary>
/// <remarks>
/// <para>In water in exchange with carbon dioxide of a fixed pressure: Alk = [HCO3-] + [OH-] - [H+], with [HCO3-] =
/// K_H·K_1·pCO2/[H+] and [OH-] = K_w/[H+] (Stumm and Morgan, Aquatic Chemistry, from memory; carbonate is left out, which
/// below pH 9 changes nothing). That is a quadratic in [H+], so it is solved exactly.</para>
/// <para>What leaks uses up alkalinity in proportion to its ammonium: ammonium sulfate drives acid and aluminium off the
/// ore's exchange sites, and aluminium hydrolyses when it is diluted. The ratio is an engineering choice; with it 30 mg/L
/// of N give pH 4.5 and 40 mg/L pH 3.9, and mine streams with 26 to 208 mg/L of N are reported at pH 3 to 4.</para>
/// </remarks>
internal static class Acidity
{
    /// <summary>Alkalinity of the stream in dry weather, mol of charge per m³ (= meq/L).</summary>
    public const double BackgroundAlkalinity = 0.24;

    /// <summary>Alkalinity of rain that has run off, mol of charge per m³ (= meq/L).</summary>
    public const double RunoffAlkalinity = 0.04;

    // Mol of charge per kg of N, which is 0.126 for each mol of ammonium.
    private const double AcidPerKilogramOfNitrogen = 9.0;

    // 25 °C, mol/L and atm: pK_H 1.47, pK_1 6.35, pK_w 14.00. A hill stream holds about five times the CO2 of the air.
    private const double HenryTimesFirst = 1.51e-8;
    private const double IonProductOfWater = 1.0e-14;
    private const double CarbonDioxideAtmospheres = 2.0e-3;

    // Algae take up CO2 by day: 0.1 in pH at noon and at midnight.
    private const double DiurnalPh = 0.1;

    /// <summary>The pH.</summary>
    /// <param name="alkalinity">Alkalinity before the leak, mol of charge per m³ (= meq/L).</param>
    /// <param name="leakedNitrogen">Ammonium above the background, kg of N per m³ (= g/L).</param>
    /// <param name="afternoon">Where the day stands, -1 to 1.</param>
    public static double Ph(double alkalinity, double leakedNitrogen, double afternoon)
    {
        var carbonDioxide = CarbonDioxideAtmospheres * Math.Pow(10, -DiurnalPh * afternoon);
        var molesPerLitre = (alkalinity - (AcidPerKilogramOfNitrogen * Math.Max(0, leakedNitrogen))) / 1000;
        var product = (HenryTimesFirst * carbonDioxide) + IonProductOfWater;

        // [H+]² + Alk·[H+] - product = 0. Of the two forms of its root the one without cancellation.
        var root = Math.Sqrt((molesPerLitre * molesPerLitre) + (4 * product));
        var hydrogen = molesPerLitre > 0 ? 2 * product / (molesPerLitre + root) : (root - molesPerLitre) / 2;
        return -Math.Log10(hydrogen);
    }
}

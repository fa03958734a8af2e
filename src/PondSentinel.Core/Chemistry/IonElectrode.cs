using PondSentinel.Measurements;

namespace PondSentinel.Chemistry;

/// <summary>An ion-selective electrode for an ion of one positive charge, as two standards have shown it.</summary>
/// <remarks>It answers to activity. In water of high salinity that is less than the concentration, so standards are made in
/// water like the site's.</remarks>
/// <param name="StandardMilligramsPerLitre">Concentration of a standard, above 0.</param>
/// <param name="AtStandard">The potential in it.</param>
/// <param name="SlopeMillivolts">By how much the potential rises with a tenfold concentration at the temperature of the
/// standards, mV, above 0.</param>
/// <param name="StandardsCelsius">Temperature of the standards.</param>
public sealed record IonElectrode(
    double StandardMilligramsPerLitre, Millivolts AtStandard, double SlopeMillivolts, double StandardsCelsius)
{
    /// <summary>Its slope as a part of an ideal electrode's.</summary>
    public double SlopeShare => SlopeMillivolts / Nernst.SlopeMillivolts(StandardsCelsius);

    /// <summary>An electrode from what it showed in two standards.</summary>
    /// <param name="first">Concentration of one and the potential there.</param>
    /// <param name="second">Concentration of the other and the potential there; another concentration.</param>
    /// <param name="celsius">Temperature of both.</param>
    public static IonElectrode FromStandards(
        (double MilligramsPerLitre, double Millivolts) first, (double MilligramsPerLitre, double Millivolts) second, double celsius) =>
        new(
            first.MilligramsPerLitre,
            new Millivolts(first.Millivolts),
            (second.Millivolts - first.Millivolts) / Math.Log10(second.MilligramsPerLitre / first.MilligramsPerLitre),
            celsius);

    /// <summary>The concentration at a potential, mg/L, as if no other ion disturbed.</summary>
    /// <param name="potential">The potential.</param>
    /// <param name="celsius">Temperature of the water.</param>
    public double MilligramsPerLitreAt(Millivolts potential, double celsius)
    {
        var slope = SlopeMillivolts * Nernst.Kelvin(celsius) / Nernst.Kelvin(StandardsCelsius);
        return StandardMilligramsPerLitre * Math.Pow(10, (potential.Value - AtStandard.Value) / slope);
    }
}

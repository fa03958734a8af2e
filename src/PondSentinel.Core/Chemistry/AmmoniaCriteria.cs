using PondSentinel.Measurements;

namespace PondSentinel.Chemistry;

/// <summary>How much total ammonia aquatic life bears: the freshwater criteria of the US EPA of 2013.</summary>
/// <remarks>
/// <para>Source: EPA 822-R-13-001 (April 2013); notice in 78 FR 52192. All in mg/L of total ammonia nitrogen. Published anchors, which this meets: 17 and
/// 1.9 mg/L at pH 7 and 20 °C. The cap of 51.93 without salmonids is from memory and not checked.</para>
/// <para>The acute one holds for the mean of an hour, the chronic one for that of 30 days, of which no four may be above
/// <see cref="FourDaysFactor"/> times it; each not more than once in three years. For the chronic one the pH and temperature of the
/// same 30 days are averaged, and the criterion is computed from these means.</para>
/// <para>Holds for pH 6.5 to 9.0 and 0 to 30 °C. Most mine water is outside.</para>
/// </remarks>
public static class AmmoniaCriteria
{
    /// <summary>By how much the highest mean of four days may be above the chronic criterion.</summary>
    public const double FourDaysFactor = 2.5;

    /// <summary>To how many figures concentrations and criteria are compared.</summary>
    private const int Figures = 2;

    private static readonly Band TablePh = new(6.5, 9.0);
    private static readonly Band TableCelsius = new(0, 30);

    /// <summary>The acute criterion, CMC.</summary>
    /// <param name="ph">The water's pH.</param>
    /// <param name="water">Its temperature.</param>
    /// <param name="withSalmonids">Whether trout or salmon of the genus <i>Oncorhynchus</i> live in it.</param>
    public static Computed<TotalAmmoniaNitrogen> Acute(PhValue ph, WaterCelsius water, bool withSalmonids = true)
    {
        var warm = 23.12 * Math.Pow(10, 0.036 * (20 - water.Degrees));
        var shape = Sigmoid(ph.Value, 7.204, 0.0114, 1.6181);
        var value = withSalmonids
            ? Math.Min(Sigmoid(ph.Value, 7.204, 0.275, 39.0), 0.7249 * shape * warm)
            : 0.7249 * shape * Math.Min(51.93, warm);
        return Criterion(value, ph, water);
    }

    /// <summary>The chronic criterion, CCC.</summary>
    /// <param name="ph">The water's pH.</param>
    /// <param name="water">Its temperature.</param>
    /// <param name="withMussels">Whether mussels live in it; without them, that of fish in their early life stages.</param>
    public static Computed<TotalAmmoniaNitrogen> Chronic(PhValue ph, WaterCelsius water, bool withMussels = true)
    {
        var shape = Sigmoid(ph.Value, 7.688, 0.0278, 1.1994);
        var value = withMussels
            ? 0.8876 * shape * 2.126 * Math.Pow(10, 0.028 * (20 - Math.Max(water.Degrees, 7)))
            : 0.9405 * shape * Math.Min(6.92, 7.547 * Math.Pow(10, 0.028 * (20 - water.Degrees)));
        return Criterion(value, ph, water);
    }

    /// <summary>A concentration or criterion with the two figures that they are compared and printed with, half up.</summary>
    /// <param name="value">mg/L.</param>
    public static double Printed(double value) => Rounding.ToFigures(value, Figures);

    /// <summary>How many times the criterion a concentration is. Both are rounded as they are compared, so that it is above 1 exactly where the
    /// criterion is exceeded.</summary>
    /// <param name="total">The concentration, as the mean that the criterion is for.</param>
    /// <param name="criterion">The criterion.</param>
    public static Computed<double> Ratio(TotalAmmoniaNitrogen total, Computed<TotalAmmoniaNitrogen> criterion) =>
        new(Printed(total.MilligramsPerLitre) / Printed(criterion.Value.MilligramsPerLitre), criterion.IsExtrapolated);

    /// <summary>How many times a mean of four days is what it may be: <see cref="FourDaysFactor"/> times the chronic criterion. Criterion,
    /// limit and mean have two figures, so that 2.5 times 1.9 is 4.8.</summary>
    /// <param name="milligramsPerLitre">Mean total ammonia nitrogen of four days, mg/L as N.</param>
    /// <param name="chronic">The chronic criterion.</param>
    public static Computed<double> FourDayRatio(double milligramsPerLitre, Computed<TotalAmmoniaNitrogen> chronic) => chronic.Then(criterion =>
        Printed(milligramsPerLitre) / Printed(FourDaysFactor * Printed(criterion.MilligramsPerLitre)));

    // Both criteria change with pH between two plateaus.
    private static double Sigmoid(double ph, double middle, double basic, double acid) =>
        (basic / (1 + Math.Pow(10, middle - ph))) + (acid / (1 + Math.Pow(10, ph - middle)));

    private static Computed<TotalAmmoniaNitrogen> Criterion(double milligramsPerLitre, PhValue ph, WaterCelsius water) =>
        new(new TotalAmmoniaNitrogen(milligramsPerLitre), !TablePh.Contains(ph.Value) || !TableCelsius.Contains(water.Degrees));
}

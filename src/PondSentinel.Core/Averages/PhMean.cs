namespace PondSentinel.Averages;

/// <summary>The middle of several pH, both ways, because standards differ and the two are not the same.</summary>
/// <remarks>
/// <para><see cref="Arithmetic"/> is what HJ 212-2017 App. D.1.3 reports and what limits of GB standards are held against.
/// <see cref="HydrogenIon"/> is the pH that the waters would have when mixed, if nothing buffered them: -log10 of the mean of 10^-pH. It is never above the
/// arithmetic one, and near the most acid value. USGS publishes neither, but lowest, highest and median.</para>
/// </remarks>
/// <param name="Count">How many values.</param>
/// <param name="Arithmetic">Mean of the pH.</param>
/// <param name="HydrogenIon">pH of the mean activity of hydrogen ions.</param>
/// <param name="Median">Median of the pH.</param>
/// <param name="Lowest">Lowest pH.</param>
/// <param name="Highest">Highest pH.</param>
public readonly record struct PhMean(int Count, double Arithmetic, double HydrogenIon, double Median, double Lowest, double Highest)
{
    /// <summary>The middle of values.</summary>
    /// <param name="values">pH, finite, any order.</param>
    /// <returns>Null where there are none.</returns>
    public static PhMean? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
        {
            return null;
        }

        // Counted from the lowest pH, so that no power of ten vanishes beside another.
        var lowest = sorted[0];
        var ions = sorted.Average(ph => Math.Pow(10, lowest - ph));
        var half = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new PhMean(sorted.Length, sorted.Average(), lowest - Math.Log10(ions), median, lowest, sorted[^1]);
    }
}

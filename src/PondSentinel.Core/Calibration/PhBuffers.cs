namespace PondSentinel.Calibration;

/// <summary>What pH the standard buffers have at a temperature.</summary>
/// <remarks>
/// <para>Source: IUPAC Recommendations 2002, R. P. Buck and others, Pure Appl. Chem. 74 (2002) 2169, typical values of the primary
/// standards (the former NBS/NIST scale), 0 to 50 °C. The buffers 4.00, 6.86 and 9.18 that HJ 1147-2020 calibrates with are three of
/// them. JIS Z 8802 has the same to 0.01 or 0.02.</para>
/// <para>Buffers of other recipes (7.00, 10.00 and all that is coloured) have tables of their makers, which differ: their value at the
/// temperature stands on the bottle.</para>
/// </remarks>
public static class PhBuffers
{
    // What a label rounds away: phthalate is 4.00 on one bottle and 4.01 on the next.
    private const double LabelTolerance = 0.0101;
    private const double LabelCelsius = 25;

    private static readonly double[] Celsius = [0, 5, 10, 15, 20, 25, 30, 35, 40, 50];

    private static readonly double[][] Table =
    [
        [4.000, 3.998, 3.997, 3.998, 4.000, 4.005, 4.011, 4.018, 4.027, 4.050], // potassium hydrogen phthalate 0.05 mol/kg
        [6.984, 6.951, 6.923, 6.900, 6.881, 6.865, 6.853, 6.844, 6.838, 6.833], // disodium and potassium phosphate 0.025 mol/kg each
        [9.464, 9.395, 9.332, 9.276, 9.225, 9.180, 9.139, 9.102, 9.068, 9.011], // borax 0.01 mol/kg
        [10.317, 10.245, 10.179, 10.118, 10.062, 10.012, 9.966, 9.926, 9.889, 9.828], // sodium bicarbonate and carbonate 0.025 mol/kg each
    ];

    /// <summary>The lowest temperature of the table, °C.</summary>
    public static double CelsiusMin => Celsius[0];

    /// <summary>The highest, °C.</summary>
    public static double CelsiusMax => Celsius[^1];

    /// <summary>The pH of a buffer at a temperature.</summary>
    /// <param name="label">What its bottle says it has at 25 °C, for example 6.86.</param>
    /// <param name="celsius">Temperature, °C.</param>
    /// <returns>Null where no table here has it, or not at this temperature.</returns>
    public static double? At(double label, double celsius) =>
        Array.Find(Table, row => Math.Abs(At(row, LabelCelsius) - label) <= LabelTolerance) is { } found && celsius >= CelsiusMin && celsius <= CelsiusMax
            ? Math.Round(At(found, celsius), 3)
            : null;

    // Between two rows the curve is straight to 0.001.
    private static double At(double[] row, double celsius)
    {
        var above = Math.Max(1, Array.FindIndex(Celsius, each => each >= celsius));
        var share = (celsius - Celsius[above - 1]) / (Celsius[above] - Celsius[above - 1]);
        return row[above - 1] + (share * (row[above] - row[above - 1]));
    }
}

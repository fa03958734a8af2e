namespace PondSentinel.Measurements;

/// <summary>Rounding by the decimal digits that people see, as standards mean it.</summary>
/// <remarks>A mean that is 121.5 on paper may be 121.49999999999999 in binary. So numbers are looked at with 15 significant
/// digits, all that a <see cref="double"/> holds for certain.</remarks>
public static class Rounding
{
    // Well within what decimal holds. Beyond, a number stays as it is: a double has few digits there to round, and absurd values of a
    // broken instrument must not end what takes them.
    private const double DecimalMax = 7.9e27;
    private const double DecimalMin = 1e-28;

    /// <summary>To the nearest step; right between two, to the even one (GB/T 8170-2008).</summary>
    /// <param name="value">The number.</param>
    /// <param name="step">The step, above 0.</param>
    public static double HalfToEven(double value, double step = 1) => To(value, step, MidpointRounding.ToEven);

    /// <summary>To the nearest step; right between two, away from zero (40 CFR 50 Appendix K and N).</summary>
    /// <param name="value">The number.</param>
    /// <param name="step">The step, above 0.</param>
    public static double HalfUp(double value, double step = 1) => To(value, step, MidpointRounding.AwayFromZero);

    /// <summary>Cut off to a whole step (40 CFR 58 Appendix G).</summary>
    /// <param name="value">The number.</param>
    /// <param name="step">The step, above 0.</param>
    public static double Truncated(double value, double step = 1) => To(value, step, MidpointRounding.ToZero);

    /// <summary>Up to the next whole number (HJ 633-2012).</summary>
    /// <param name="value">The number.</param>
    public static double Up(double value) => To(value, 1, MidpointRounding.ToPositiveInfinity);

    /// <summary>To a number of significant figures, half away from zero.</summary>
    /// <param name="value">The number.</param>
    /// <param name="figures">How many, 1 to 15.</param>
    public static double ToFigures(double value, int figures) => value == 0 || !double.IsFinite(value)
        ? value
        : HalfUp(value, Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(value))) - figures + 1));

    private static double To(double value, double step, MidpointRounding rule)
    {
        var steps = value / step;
        return Math.Abs(steps) < DecimalMax && Math.Abs(value) < DecimalMax && step is > DecimalMin and < DecimalMax
            ? (double)(decimal.Round((decimal)steps, rule) * (decimal)step)
            : value;
    }
}

namespace PondSentinel.Quality;

/// <summary>How much is too much: an amount in the channel's unit, or a share of the value under test.</summary>
/// <param name="Amount">The amount, or the percentage; 0 or more.</param>
/// <param name="IsPercent">Whether it is a percentage.</param>
/// <param name="Floor">What a percentage comes to at least, in the channel's unit: near zero, every change is a large share.
/// </param>
public readonly record struct Threshold(double Amount, bool IsPercent = false, double Floor = 0)
{
    private const double Hundred = 100;

    // What computing can be off by, also where numbers are so small that they have few digits left.
    private const double Rounding = 1 + 1e-9;
    private const double Tiny = 1e-300;

    /// <summary>A share of the value under test.</summary>
    /// <param name="percent">Percent of its absolute value.</param>
    /// <param name="floor">What it comes to at least, in the channel's unit.</param>
    public static Threshold OfValue(double percent, double floor = 0) => new(percent, IsPercent: true, floor);

    /// <summary>The amount for a value.</summary>
    /// <param name="value">The value under test, finite.</param>
    /// <returns>The amount in the channel's unit, 0 or more.</returns>
    public double For(double value) => IsPercent ? Math.Max(Floor, Math.Abs(value) * Amount / Hundred) : Amount;

    /// <summary>The most that it comes to for any value that is no farther from this one than that: values that differ by more are in
    /// no window together that is flat at any of them.</summary>
    /// <param name="value">A value, finite.</param>
    /// <returns>The amount, or more by no more than rounding; infinite where a share of 100 % or more has no such bound.</returns>
    internal double MostNear(double value)
    {
        if (!IsPercent)
        {
            return Amount;
        }

        // x' <= x + share * x', so x' <= x / (1 - share).
        var share = Amount / Hundred;
        return share < 1 ? Math.Max(Floor, (Math.Abs(value) * share / (1 - share) * Rounding) + Tiny) : double.PositiveInfinity;
    }

    /// <summary>Whether it is one: finite and not negative.</summary>
    internal bool IsSound => double.IsFinite(Amount) && Amount >= 0 && double.IsFinite(Floor) && Floor >= 0;

    /// <summary>Whether it is as large as another for every value, as far as that can be said of both.</summary>
    /// <param name="other">The other.</param>
    internal bool IsAtLeast(Threshold other) =>
        IsPercent != other.IsPercent || (Amount >= other.Amount && Floor >= other.Floor);
}

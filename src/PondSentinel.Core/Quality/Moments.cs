namespace PondSentinel.Quality;

/// <summary>Count, mean and spread of numbers, put together without ever subtracting what has gone.</summary>
/// <remarks>Chan, Golub, LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances".</remarks>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Squares">Sum of the squares of their distances from the mean.</param>
internal readonly record struct Moments(long Count, double Mean, double Squares)
{
    /// <summary>Of the population, not of a sample of it; NaN where there is no number or they overflow.</summary>
    public double StandardDeviation => Math.Sqrt(Squares / Count);

    /// <summary>Those of one number.</summary>
    /// <param name="value">The number.</param>
    public static Moments Of(double value) => new(1, value, 0);

    /// <summary>Those of all numbers of two.</summary>
    /// <param name="other">The other.</param>
    public Moments And(in Moments other)
    {
        if (Count == 0 || other.Count == 0)
        {
            return Count == 0 ? other : this;
        }

        var count = Count + other.Count;
        var distance = other.Mean - Mean;
        var share = (double)other.Count / count;
        return new Moments(count, Mean + (distance * share), Squares + other.Squares + (distance * distance * Count * share));
    }
}

namespace PondSentinel.Measurements;

/// <summary>An interval of values, both ends included, in the unit of what is measured.</summary>
/// <param name="Low">Lowest value.</param>
/// <param name="High">Highest value, not below <paramref name="Low"/>.</param>
public readonly record struct Band(double Low, double High)
{
    /// <summary>Whether a value lies in it.</summary>
    /// <param name="value">The value, finite.</param>
    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>Whether another lies wholly in it.</summary>
    /// <param name="other">The other.</param>
    public bool Contains(Band other) => other.Low >= Low && other.High <= High;
}

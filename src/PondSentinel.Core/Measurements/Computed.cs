namespace PondSentinel.Measurements;

/// <summary>What a formula gave, and whether it holds there.</summary>
/// <typeparam name="T">The quantity.</typeparam>
/// <param name="Value">The result. Never clamped into the range of the formula; not a number where the formula has none.</param>
/// <param name="IsExtrapolated">Whether an input lies outside of the range that the formula was published for, so that the result
/// is a continuation that nobody has measured.</param>
public readonly record struct Computed<T>(T Value, bool IsExtrapolated)
    where T : struct
{
    /// <summary>What follows from the result by arithmetic alone: as extrapolated as it is.</summary>
    /// <typeparam name="TOther">The other quantity.</typeparam>
    /// <param name="next">The arithmetic.</param>
    public Computed<TOther> Then<TOther>(Func<T, TOther> next)
        where TOther : struct => new(next(Value), IsExtrapolated);
}

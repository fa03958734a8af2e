namespace PondSentinel.Calibration;

/// <summary>What an instrument showed in a standard.</summary>
/// <param name="Standard">What is true there, in the channel's unit, at the temperature of the standard.</param>
/// <param name="Raw">What the instrument showed: mV of an electrode, else in the channel's unit.</param>
public sealed record StandardReading(double Standard, double Raw)
{
    /// <summary>Most characters of a name and of a lot.</summary>
    public const int TextLengthMax = 64;

    /// <summary>What it is, for people, for example <c>buffer pH 4.01</c>; null where nobody said.</summary>
    public string? Name { get; init; }

    /// <summary>The lot on its bottle; null where nobody said.</summary>
    public string? Lot { get; init; }
}

namespace PondSentinel.Backend.Storage;

/// <summary>The mean of directions where a store computes it: that of their vectors.</summary>
internal static class DirectionMean
{
    /// <summary>What a degree is in radians.</summary>
    public const double Radians = Math.PI / 180;

    // Directions that cancel each other leave only the noise of their sum.
    private const double Noise = 1e-9;

    /// <summary>The direction of a mean vector.</summary>
    /// <param name="sine">The mean of the sines.</param>
    /// <param name="cosine">The mean of the cosines.</param>
    /// <returns>Degrees, from 0 to below 360; null where they cancel each other.</returns>
    public static double? Of(double sine, double cosine)
    {
        if (Math.Sqrt((sine * sine) + (cosine * cosine)) <= Noise)
        {
            return null;
        }

        // Just west of north rounds up to the full circle.
        var degrees = Math.Atan2(sine, cosine) / Radians;
        return degrees < 0 ? (degrees + 360) % 360 : degrees;
    }
}

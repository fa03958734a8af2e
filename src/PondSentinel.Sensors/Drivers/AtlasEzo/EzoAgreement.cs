namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>When two readings of a circuit say the same. Ours, wider than the noise of a circuit in water that is stirred, and narrower
/// than what one wrong bit makes of any but the last digits.</summary>
/// <param name="Absolute">How far apart they may be, in the unit of the reading.</param>
/// <param name="Share">How far apart they may be, as a share of the larger, where that is more.</param>
internal readonly record struct EzoAgreement(double Absolute, double Share = 0)
{
    /// <summary>Whether two readings do.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    public bool Holds(double one, double other) =>
        Math.Abs(one - other) <= Math.Max(Absolute, Share * Math.Max(Math.Abs(one), Math.Abs(other)));
}

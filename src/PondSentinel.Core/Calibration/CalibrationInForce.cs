namespace PondSentinel.Calibration;

/// <summary>The calibration that is in force for a channel.</summary>
/// <param name="Id">Its name; null where nobody can say which it is.</param>
/// <param name="Curve">From raw to value; null where the raw number is the value: the instrument holds the calibration, or nobody can
/// say which it is.</param>
public sealed record CalibrationInForce(string? Id, CalibrationCurve? Curve)
{
    /// <summary>A record that may be in force cannot be read, or an instrument holds a calibration that was refused or broken off: what
    /// goes out is what the instrument gave, and doubted.</summary>
    public static CalibrationInForce Doubted { get; } = new(null, null);

    /// <summary>Whether nobody can say which it is.</summary>
    public bool IsDoubted => Id is null;
}

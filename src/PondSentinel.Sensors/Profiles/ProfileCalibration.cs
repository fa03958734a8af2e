namespace PondSentinel.Sensors.Profiles;

/// <summary>How a probe is calibrated, as data.</summary>
/// <param name="Source">Where it is from.</param>
public sealed record ProfileCalibration(string Source)
{
    /// <summary>How often, where the maker or practice says.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>How often it is checked without being changed.</summary>
    public TimeSpan? CheckEvery { get; init; }

    /// <summary>What is to be known before, for people.</summary>
    public string? Note { get; init; }

    /// <summary>The standards it is put into, in this order; none where the maker's own program must do it.</summary>
    public IReadOnlyList<CalibrationPoint> Points { get; init; } = [];

    /// <summary>How it says whether it took them; null where it does not.</summary>
    public CalibrationStatus? Status { get; init; }

    /// <summary>What wears out.</summary>
    public IReadOnlyList<ProfilePart> Parts { get; init; } = [];
}

/// <summary>A standard that a probe is put into.</summary>
/// <param name="Standard">Its name for people, for example <c>buffer pH 4.00</c>.</param>
/// <param name="Output">The output that it is about.</param>
/// <param name="Value">What the output must read in it, in the measurand's unit.</param>
/// <param name="Soak">How long the probe stays in it before the command.</param>
/// <param name="Command">What is sent then.</param>
public sealed record CalibrationPoint(string Standard, string Output, double Value, TimeSpan Soak, ProfileStep Command);

/// <summary>How a probe says whether it took a calibration.</summary>
/// <param name="Register">The holding register that says it, counted from 0.</param>
/// <param name="At">The byte of it.</param>
/// <param name="Codes">What the byte can be.</param>
/// <param name="Source">Where it is from.</param>
public sealed record CalibrationStatus(ushort Register, int At, IReadOnlyList<CalibrationCode> Codes, string Source);

/// <summary>A code of a calibration status.</summary>
/// <param name="Value">The byte.</param>
/// <param name="IsGood">Whether the calibration was taken.</param>
/// <param name="Text">What it means and what to do.</param>
public sealed record CalibrationCode(byte Value, bool IsGood, string Text);

/// <summary>A part that wears out.</summary>
/// <param name="Name">The part.</param>
/// <param name="Life">How long it lasts at the most.</param>
public sealed record ProfilePart(string Name, TimeSpan Life);

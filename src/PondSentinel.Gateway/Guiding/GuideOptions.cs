using PondSentinel.Gateway.Calibration;

namespace PondSentinel.Gateway.Guiding;

/// <summary>What somebody wants to calibrate, and how.</summary>
/// <param name="Channel">The channel; one that is calibrated.</param>
/// <param name="Who">Who does it.</param>
internal sealed record GuideOptions(CalibratedChannel Channel, string Who)
{
    /// <summary>What the bottles say, in the channel's unit, in the order in which the probe is put into them; null for those that are
    /// usual.</summary>
    public IReadOnlyList<double>? Standards { get; init; }

    /// <summary>How many of the usual standards; null for two of pH, and for all of anything else.</summary>
    public int? Points { get; init; }

    /// <summary>The lot on the bottles; null where nobody said.</summary>
    public string? Lot { get; init; }

    /// <summary>Temperature of the standards, °C; null for that of the probe, and where it has none, for the person's word.</summary>
    public double? Celsius { get; init; }

    /// <summary>How long a reading has to be steady.</summary>
    public TimeSpan Steady { get; init; } = PondSentinel.Calibration.StabilityLimits.Window;

    /// <summary>Whether nothing is recorded, and no instrument told.</summary>
    public bool IsDry { get; init; }
}

namespace PondSentinel.Backend.Storage;

/// <summary>A calibration as InfluxDB has it, so that a dashboard can mark it: of a series, at the time when it was done.</summary>
/// <remarks>What it says in full is in the state database; the embedded store has no dashboards and no such point.</remarks>
public sealed record CalibrationPoint
{
    /// <summary>The measurement's name.</summary>
    public const string Measurement = "calibration";

    /// <summary>The series that it was done at: of each place where the channel stood.</summary>
    public required SeriesKey Of { get; init; }

    /// <summary>When it was done: ms times 10^6, ns since 1970.</summary>
    public required long TimeNs { get; init; }

    /// <summary>Its name: field <c>cal</c> of the values that it made.</summary>
    public required string Id { get; init; }

    /// <summary>Whether it may be in force.</summary>
    public required bool IsAccepted { get; init; }

    /// <summary>What and by whom, one line for people.</summary>
    public required string Text { get; init; }
}

/// <summary>A calibration that the store will never take.</summary>
/// <param name="Calibration">The calibration.</param>
/// <param name="Cause">As of a <see cref="RefusedPoint"/>.</param>
/// <param name="Detail">What the store said.</param>
public sealed record RefusedCalibration(CalibrationPoint Calibration, string Cause, string Detail);

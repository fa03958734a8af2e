using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Storage;

/// <summary>A point as a store gives it back: the fields that every store keeps.</summary>
/// <param name="Series">Measurand and tags.</param>
/// <param name="TimeNs">Key in time, ns since 1970.</param>
/// <param name="Value">In the measurand's unit; null where it is missing.</param>
/// <param name="Raw">The instrument's own number.</param>
/// <param name="Low">Lowest value of a thinned record.</param>
/// <param name="High">Highest value of a thinned record.</param>
/// <param name="Flag">Quality.</param>
/// <param name="Sequence">Number of the record.</param>
/// <param name="Epoch">Epoch of the record.</param>
/// <param name="Clock">Where the time comes from.</param>
/// <param name="Calibration">Id of the calibration; empty where there is none.</param>
/// <param name="Why">Reasons for the flag.</param>
public sealed record StoredPoint(
    SeriesKey Series,
    long TimeNs,
    double? Value,
    double? Raw,
    double? Low,
    double? High,
    QualityFlag Flag,
    long Sequence,
    string Epoch,
    ClockSource Clock,
    string Calibration,
    Why Why)
{
    /// <summary>What a store must give back for a point it was given.</summary>
    /// <param name="point">The point.</param>
    public static StoredPoint Of(Point point) => new(
        SeriesKey.Of(point),
        point.TimeNs,
        point.Value.Value,
        point.Value.Raw,
        point.Value.Low,
        point.Value.High,
        point.Value.Flag,
        point.Sequence,
        point.Epoch,
        point.Clock,
        point.Value.Calibration ?? "",
        point.Value.Why);
}

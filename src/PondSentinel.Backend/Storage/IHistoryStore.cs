using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>What a store gives back of a series, and the one thing that is ever added to it afterwards.</summary>
public interface IHistoryStore : IAsyncDisposable
{
    /// <summary>Most points of one reading.</summary>
    const int PointsMax = 10_000;

    /// <summary>The points of a series, oldest first.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>At most <see cref="PointsMax"/>; fewer only where there are no more.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer, or not with points.</exception>
    Task<IReadOnlyList<HistoryPoint>> ReadAsync(SeriesKey series, long fromNs, long toNs, CancellationToken cancellationToken);

    /// <summary>What stood out in each stretch of a series, oldest first; stretches without any point are left out.</summary>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="bucketMs">Length of a stretch, 1 ms or more. Stretches begin at multiples of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store does not answer, or not with points.</exception>
    Task<IReadOnlyList<SeriesBucket>> SketchAsync(
        SeriesKey series, long fromNs, long toNs, long bucketMs, CancellationToken cancellationToken);

    /// <summary>Puts numbers that were computed anew beside the values, fields <c>adj</c> and <c>adj_cal</c>; what was there of the two
    /// is replaced, all else stays as it is.</summary>
    /// <param name="series">The series.</param>
    /// <param name="points">Any number, of times at which the series has a point.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <exception cref="StoreUnavailableException">The store does not take them.</exception>
    Task AdjustAsync(SeriesKey series, IReadOnlyList<AdjustedPoint> points, CancellationToken cancellationToken);
}

/// <summary>A point as the store has it, as far as computing it anew needs it.</summary>
/// <param name="TimeNs">Key in time, ns since 1970.</param>
/// <param name="Value">The value as it was stored; null where it is missing.</param>
/// <param name="Raw">The instrument's own number; null where the value is that, or it is missing.</param>
/// <param name="Calibration">The calibration that made the value; empty where none did.</param>
/// <param name="Adjusted">The number that was computed anew; null where none was.</param>
/// <param name="AdjustedBy">By which calibration; null where none was.</param>
/// <param name="Flag">Quality of the value.</param>
/// <param name="Why">Reasons for the flag.</param>
public sealed record HistoryPoint(
    long TimeNs, double? Value, double? Raw, string Calibration, double? Adjusted, string? AdjustedBy, QualityFlag Flag, Why Why)
{
    /// <summary>The lowest of what the value stands for; null where it stands for itself alone.</summary>
    public double? Low { get; init; }

    /// <summary>The highest.</summary>
    public double? High { get; init; }

    /// <summary>The value where others may be computed with it: one that is not doubted, and not of maintenance or of a solution; else
    /// null.</summary>
    public double? Sound =>
        Flag is QualityFlag.Good or QualityFlag.NotEvaluated && (Why & (Why.Maintenance | Why.Calibrating)) == 0 ? Value : null;
}

/// <summary>A number that was computed anew.</summary>
/// <param name="TimeNs">Time of the point, ns since 1970.</param>
/// <param name="Value">The number, in the measurand's unit; finite.</param>
/// <param name="Calibration">By which calibration.</param>
public sealed record AdjustedPoint(long TimeNs, double Value, string Calibration);

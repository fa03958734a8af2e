using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;

namespace PondSentinel.Backend.Recalculation;

/// <summary>History computed anew: from the raw number by a calibration, and corrected for fouling and drift. Pure.</summary>
/// <param name="record">The calibration.</param>
/// <param name="correction">What is to be added over a time; null for nothing.</param>
/// <param name="celsiusAt">Temperature of the water at a time, ns since 1970; null where nobody knows it. Asked for by electrodes.
/// </param>
internal sealed class Recalculation(CalibrationRecord record, Correction? correction, Func<long, double?> celsiusAt)
{
    private const long NsPerMs = 1_000_000;

    private readonly CalibrationCurve? curve = record.Curve;

    /// <summary>Computes a point anew.</summary>
    /// <param name="point">The point.</param>
    public Recomputed Of(HistoryPoint point)
    {
        // Where a calibration made the value, the raw number stands beside it; else the value is that number. An electrode's raw number
        // is no value, so it must stand there.
        var raw = curve is null || (point is { Raw: null, Calibration: "" } && !curve.Kind.IsElectrode) ? point.Value : point.Raw;
        if (point.Value is null || raw is not { } number)
        {
            return new Recomputed(null, point.Value is null ? Outcome.Missing : Outcome.WithoutRaw);
        }

        double? celsius = null;
        if (curve is { Kind.IsElectrode: true })
        {
            celsius = celsiusAt(point.TimeNs);
            if (celsius is null)
            {
                return new Recomputed(null, Outcome.WithoutTemperature);
            }
        }

        var value = curve?.At(number, celsius) ?? number;
        if (correction is { } drift)
        {
            value = FoulingAndDrift.Prorated(value, point.TimeNs / NsPerMs, drift.StartMs, drift.EndMs, drift.PercentAtEnd);
        }

        return double.IsFinite(value) ? new Recomputed(value, Outcome.Computed) : new Recomputed(null, Outcome.OutOfBounds);
    }
}

/// <summary>What is to be added for fouling and drift: nothing at the visit before, all of it at the one that found it.</summary>
/// <param name="StartMs">The visit before: UTC ms since 1970.</param>
/// <param name="EndMs">The visit that found it.</param>
/// <param name="PercentAtEnd">What is to be added then, % of the value.</param>
internal sealed record Correction(long StartMs, long EndMs, double PercentAtEnd);

/// <summary>What became of a point.</summary>
/// <param name="Value">The number, in the measurand's unit; null where there is none.</param>
/// <param name="Outcome">Whether there is one, and why not.</param>
internal readonly record struct Recomputed(double? Value, Outcome Outcome);

/// <summary>What can become of a point.</summary>
internal enum Outcome
{
    /// <summary>It was computed anew.</summary>
    Computed,

    /// <summary>It has no value.</summary>
    Missing,

    /// <summary>It has a value, but not the raw number that the calibration needs.</summary>
    WithoutRaw,

    /// <summary>Nobody knows how warm the water was.</summary>
    WithoutTemperature,

    /// <summary>The number is beyond all that can be stored.</summary>
    OutOfBounds,
}

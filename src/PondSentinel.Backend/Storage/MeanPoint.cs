using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>How finely a store keeps a series.</summary>
public enum Resolution
{
    /// <summary>Every record, as it came.</summary>
    Record,

    /// <summary>Means of ten minutes, measurement <c>mean_10m</c>.</summary>
    TenMinutes,

    /// <summary>Means of days, measurement <c>mean_1d</c>.</summary>
    Day,
}

/// <summary>What a series did in a window of fixed length, as the stores keep it. The key is the measurand, the five tags, the length and
/// the time; writing it again replaces every field.</summary>
public sealed record MeanPoint
{
    /// <summary>Whose it is.</summary>
    public required SeriesKey Of { get; init; }

    /// <summary><see cref="Resolution.TenMinutes"/> or <see cref="Resolution.Day"/>.</summary>
    public required Resolution Resolution { get; init; }

    /// <summary>When the window begins, UTC ms since 1970.</summary>
    public required long StartMs { get; init; }

    /// <summary>What the records in it come to.</summary>
    public required MeanValue Value { get; init; }

    /// <summary>How many of the records are in no store any more: they were older than records are kept.</summary>
    public long Expired { get; init; }
}

/// <summary>What some records of a series come to.</summary>
/// <param name="Records">How many there are.</param>
/// <param name="Count">How many have a number that limits may be held against: it did not fail, and was not taken in maintenance.</param>
/// <param name="Mean">Mean of those numbers, each counted once; null where there is none.</param>
/// <param name="Min">The lowest of them, or of what they stand for.</param>
/// <param name="Max">The highest.</param>
/// <param name="Adjusted">Mean of them with those in their place that were computed anew; null where none was.</param>
/// <param name="Worst">The worst flag of all records, those without a number too.</param>
public readonly record struct MeanValue(
    long Records, long Count, double? Mean, double? Min, double? Max, double? Adjusted, QualityFlag Worst);

/// <summary>Names of what stores call the resolutions.</summary>
internal static class Resolutions
{
    /// <summary>ms of ten minutes.</summary>
    public const long TenMinutesMs = 600_000;

    /// <summary>ms of a day.</summary>
    public const long DayMs = 86_400_000;

    extension(Resolution resolution)
    {
        /// <summary>Measurement of its means.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Records have a measurement for each measurand.</exception>
        public string Measurement => resolution switch
        {
            Resolution.TenMinutes => "mean_10m",
            Resolution.Day => "mean_1d",
            _ => throw new ArgumentOutOfRangeException(nameof(resolution), resolution, "It has no measurement of its own."),
        };

        /// <summary>How long a window is, ms.</summary>
        /// <exception cref="ArgumentOutOfRangeException">A record is no window.</exception>
        public long LengthMs => resolution switch
        {
            Resolution.TenMinutes => TenMinutesMs,
            Resolution.Day => DayMs,
            _ => throw new ArgumentOutOfRangeException(nameof(resolution), resolution, "A record has no length."),
        };
    }
}

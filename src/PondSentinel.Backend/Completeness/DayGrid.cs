using System.Globalization;

namespace PondSentinel.Backend.Completeness;

/// <summary>The ledger's calendar: days of UTC, moved by a fixed offset. Days have 24 hours; there is no summer time.</summary>
/// <param name="OffsetMs">How far the local clock is ahead of UTC, ms.</param>
internal readonly record struct DayGrid(long OffsetMs)
{
    /// <summary>ms of a day.</summary>
    public const long DayMs = 86_400_000;

    /// <summary>The day that an instant belongs to, days since 1970.</summary>
    /// <param name="timeMs">UTC, ms since 1970.</param>
    public long DayOf(long timeMs) => Slots.Floor(timeMs + OffsetMs, DayMs);

    /// <summary>When a day begins, UTC ms since 1970.</summary>
    public long StartOf(long day) => (day * DayMs) - OffsetMs;

    /// <summary>A day as people write it, <c>2026-07-01</c>.</summary>
    public static string Text(long day) =>
        DateTimeOffset.FromUnixTimeMilliseconds(day * DayMs).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Reads a day as people write it.</summary>
    public static bool TryParse(string text, out long day)
    {
        var isDay = DateTime.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at);
        day = isDay ? Slots.Floor(new DateTimeOffset(at, TimeSpan.Zero).ToUnixTimeMilliseconds(), DayMs) : 0;
        return isDay;
    }
}

/// <summary>The grid that polls are put on: slot <c>k</c> of an interval begins at <c>k</c> times the interval since 1970.
/// </summary>
internal static class Slots
{
    /// <summary>Whole quotient, rounded down.</summary>
    public static long Floor(long dividend, long divisor)
    {
        var quotient = dividend / divisor;
        return dividend % divisor < 0 ? quotient - 1 : quotient;
    }

    /// <summary>Where the slot begins that a poll takes which is made at once, not by the schedule: in the second half of a slot
    /// that is the next one, which the schedule then leaves out.</summary>
    /// <param name="timeMs">When the poll was made, UTC ms since 1970.</param>
    /// <param name="intervalMs">The interval, ms.</param>
    public static long FirstStart(long timeMs, long intervalMs) => Ceiling(timeMs - (intervalMs / 2), intervalMs) * intervalMs;

    /// <summary>Whole quotient, rounded up.</summary>
    public static long Ceiling(long dividend, long divisor) => -Floor(-dividend, divisor);
}

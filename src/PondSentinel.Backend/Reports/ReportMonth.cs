using System.Globalization;
using PondSentinel.Backend.Completeness;

namespace PondSentinel.Backend.Reports;

/// <summary>A month of the site's own calendar: the ledger's, whose days begin at a fixed offset from UTC.</summary>
/// <param name="Text">As people write it, <c>2026-10</c>.</param>
/// <param name="FirstDay">Its first day, days since 1970.</param>
/// <param name="Days">How many it has.</param>
/// <param name="Grid">The calendar.</param>
internal sealed record ReportMonth(string Text, long FirstDay, int Days, DayGrid Grid)
{
    /// <summary>Its last day.</summary>
    public long LastDay => FirstDay + Days - 1;

    /// <summary>When it begins, UTC ms since 1970.</summary>
    public long FromMs => Grid.StartOf(FirstDay);

    /// <summary>When it is over.</summary>
    public long ToMs => Grid.StartOf(LastDay + 1);

    /// <summary>Reads a month as people write it.</summary>
    /// <param name="text">For example <c>2026-10</c>, from 1971 to 2260.</param>
    /// <param name="offset">How far the site's clock is ahead of UTC.</param>
    /// <returns>The month; null where it is none.</returns>
    public static ReportMonth? Parse(string text, TimeSpan offset)
    {
        if (text.Length != "2026-10".Length || !DayGrid.TryParse($"{text}-01", out var first))
        {
            return null;
        }

        var begin = DateTime.UnixEpoch.AddDays(first);
        return begin.Year is > 1970 and < 2261
            ? new ReportMonth(text, first, DateTime.DaysInMonth(begin.Year, begin.Month), new DayGrid((long)offset.TotalMilliseconds))
            : null;
    }

    /// <summary>An instant by the site's clock, for people: <c>2026-10-03 14:05</c>.</summary>
    /// <param name="ms">The instant, UTC ms since 1970.</param>
    public string Clock(long ms) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ms + Grid.OffsetMs).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The site's clock, for people: <c>UTC+08:00</c>.</summary>
    public string Zone => Grid.OffsetMs == 0
        ? "UTC"
        : $"UTC{(Grid.OffsetMs < 0 ? '-' : '+')}{TimeSpan.FromMilliseconds(Math.Abs(Grid.OffsetMs)).ToString(@"hh\:mm", CultureInfo.InvariantCulture)}";
}

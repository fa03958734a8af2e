using System.Globalization;

namespace PondSentinel.Terminal;

/// <summary>Times in recorded series, as other programs write them.</summary>
public static class RecordedTime
{
    private const int FractionDigitsMax = 7;
    private const double SecondsMax = 253_402_300_799;
    private const double MsPerSecond = 1000;
    private const double UnixSecondsOfThisAge = 1e11;
    private const int ShownMax = 40;

    private static readonly string[] Forms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Reads a time: ISO 8601, UTC where it does not say, or seconds since 1970.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ms">UTC ms since 1970, within the years 1 to 9999.</param>
    /// <param name="fault">What is wrong with it and what to do, where it is no time.</param>
    public static bool TryParse(string text, out long ms, out (string What, string Mend) fault)
    {
        (ms, fault) = (0, default);
        if (DateTimeOffset.TryParseExact(
            Cut(text), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            ms = time.ToUnixTimeMilliseconds();
            return true;
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !double.IsFinite(seconds))
        {
            fault = ($"no time: \"{Shown(text)}\"", "write 2026-11-01T06:30:00Z, or seconds since 1970 UTC");
            return false;
        }

        if (Math.Abs(seconds) > SecondsMax)
        {
            fault = (
                $"a time after the year 9999 or before the year 1: \"{Shown(text)}\"",
                Math.Abs(seconds / MsPerSecond) < UnixSecondsOfThisAge
                    ? "these look like milliseconds: divide them by 1000"
                    : "write seconds since 1970 UTC");
            return false;
        }

        ms = Math.Max((long)Math.Floor(seconds * MsPerSecond), DateTimeOffset.MinValue.ToUnixTimeMilliseconds());
        return true;
    }

    /// <summary>A text of a file as a message may show it.</summary>
    /// <param name="text">The text.</param>
    public static string Shown(string text) => text.Length <= ShownMax ? text : $"{text.AsSpan(0, ShownMax)}…";

    // Digits that no clock of a site has; the parser takes seven.
    private static string Cut(string text)
    {
        var point = text.IndexOf(':', StringComparison.Ordinal) < 0 ? -1 : text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
        {
            return text;
        }

        var end = point + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        var kept = Math.Min(end, point + 1 + FractionDigitsMax);
        return string.Concat(text.AsSpan(0, kept), text.AsSpan(end));
    }
}

using System.Globalization;

namespace PondSentinel.Terminal;

/// <summary>Times as people write and read them on a command line: ISO 8601, UTC; read also with another offset, as
/// <c>2026-11-01T14:30+08:00</c>.</summary>
public static class IsoTime
{
    private static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"];

    private static readonly string[] ReadForms = [.. Forms, "yyyy-MM-ddzzz", "yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.fffzzz"];

    /// <summary>Reads a time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time.</param>
    public static bool TryParse(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, ReadForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>Writes a time to the second.</summary>
    /// <param name="time">The time.</param>
    public static string Seconds(DateTimeOffset time) =>
        time.UtcDateTime.ToString(Forms[2], CultureInfo.InvariantCulture);

    /// <summary>Writes a time.</summary>
    /// <param name="utcMs">UTC ms since 1970; any number.</param>
    public static string Text(long utcMs) =>
        utcMs >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && utcMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(utcMs).ToString(Forms[^1], CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{utcMs} ms");
}

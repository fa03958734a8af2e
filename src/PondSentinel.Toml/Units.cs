using System.Globalization;

namespace PondSentinel.Toml;

/// <summary>Durations and sizes as people write them in a file.</summary>
public static class Units
{
    private static readonly (string Suffix, long Ticks)[] DurationUnits =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    private static readonly (string Suffix, long Bytes)[] SizeUnits =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("B", 1),
    ];

    /// <summary>Reads a duration: a number and one of <c>ms s m h d</c>.</summary>
    /// <param name="text">For example <c>1.5h</c>.</param>
    /// <returns>The duration, or null where the text is none.</returns>
    public static TimeSpan? Duration(string text)
    {
        foreach (var (suffix, ticks) in DurationUnits)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && Amount(text.AsSpan(..^suffix.Length)) is { } amount
                && amount * ticks <= TimeSpan.MaxValue.Ticks / 2)
            {
                return TimeSpan.FromTicks((long)Math.Round(amount * ticks));
            }
        }

        return null;
    }

    /// <summary>Writes a duration in its largest whole unit.</summary>
    /// <param name="duration">The duration.</param>
    public static string Text(TimeSpan duration)
    {
        foreach (var (suffix, ticks) in DurationUnits.Reverse())
        {
            if (duration.Ticks >= ticks && duration.Ticks % ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / ticks}{suffix}");
            }
        }

        return duration == TimeSpan.Zero ? "0s" : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");
    }

    /// <summary>Reads a percentage: a number and <c>%</c>.</summary>
    /// <param name="text">For example <c>0.5%</c> or <c>20 %</c>.</param>
    /// <returns>Percent, 0 or more, or null where the text is none.</returns>
    public static double? Percent(string text) =>
        text.EndsWith('%') ? Amount(text.AsSpan(..^1)) : null;

    /// <summary>Reads a size: a number and one of <c>B KiB MiB GiB</c>.</summary>
    /// <param name="text">For example <c>512MiB</c>.</param>
    /// <returns>Bytes, or null where the text is no size.</returns>
    public static long? Bytes(string text)
    {
        foreach (var (suffix, bytes) in SizeUnits)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal) && Amount(text.AsSpan(..^suffix.Length)) is { } amount
                && amount * bytes <= long.MaxValue / 2)
            {
                return (long)Math.Round(amount * bytes);
            }
        }

        return null;
    }

    /// <summary>Writes a size in its largest whole unit.</summary>
    /// <param name="bytes">Bytes, 0 or more.</param>
    public static string Text(long bytes)
    {
        var (suffix, size) = SizeUnits.Where(unit => bytes % unit.Bytes == 0 && bytes >= unit.Bytes)
            .DefaultIfEmpty(("B", 1))
            .MaxBy(unit => unit.Item2);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{suffix}");
    }

    /// <summary>The word of a list that looks most like a given one, where one is near enough to be meant.</summary>
    /// <param name="word">The word as written.</param>
    /// <param name="known">The words that exist.</param>
    public static string? Nearest(string word, IEnumerable<string> known) =>
        known.Select(candidate => (candidate, distance: Distance(word, candidate)))
            .Where(pair => pair.distance <= Math.Max(1, word.Length / 3))
            .OrderBy(pair => pair.distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate)
            .FirstOrDefault();

    private static double? Amount(ReadOnlySpan<char> text) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
        && double.IsFinite(amount)
            ? amount
            : null;

    // Levenshtein's distance by the two-row method.
    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}

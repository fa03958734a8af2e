using System.Text;

namespace PondSentinel.Backend.Notification.Wording;

/// <summary>Lines put together within a limit of bytes.</summary>
internal static class LineLimit
{
    private const char More = '…';

    /// <summary>Whether all lines fit.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="bytesMax">Most bytes of UTF-8.</param>
    public static bool Holds(IEnumerable<string> lines, int bytesMax) => Encoding.UTF8.GetByteCount(string.Join('\n', lines)) <= bytesMax;

    /// <summary>As many whole lines as fit; what is left out is shown by an ellipsis.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="bytesMax">Most bytes of UTF-8, 16 at least.</param>
    public static string Join(IEnumerable<string> lines, int bytesMax)
    {
        var all = lines.ToList();
        var whole = string.Join('\n', all);
        if (Encoding.UTF8.GetByteCount(whole) <= bytesMax)
        {
            return whole;
        }

        // Not all of them fit, so there is an ellipsis at the end, on a line of its own.
        var (kept, bytes) = (new List<string>(), Encoding.UTF8.GetByteCount([More]));
        foreach (var line in all)
        {
            bytes += Encoding.UTF8.GetByteCount(line) + 1;
            if (bytes > bytesMax)
            {
                break;
            }

            kept.Add(line);
        }

        return kept.Count > 0 ? string.Join('\n', [.. kept, More.ToString()]) : Cut(all[0], bytesMax);
    }

    private static string Cut(string line, int bytesMax)
    {
        var (cut, bytes) = (new StringBuilder(), Encoding.UTF8.GetByteCount([More]));
        foreach (var rune in line.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > bytesMax)
            {
                break;
            }

            cut.Append(rune.ToString());
        }

        return cut.Append(More).ToString();
    }
}

using System.Text;

namespace PondSentinel.Backend.Notification.Wording;

/// <summary>Lines put together within a limit of bytes.</summary>
internal static class LineLimit
{
    private const char More = '…';

    /// <summary>As many whole lines as fit; what is left out is shown by an ellipsis.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="bytesMax">Most bytes of UTF-8, 16 at least.</param>
    public static string Join(IEnumerable<string> lines, int bytesMax)
    {
        var (whole, bytes) = (new StringBuilder(), 0);
        var ellipsis = Encoding.UTF8.GetByteCount([More]) + 1;
        var all = lines.ToList();
        for (var i = 0; i < all.Count; i++)
        {
            var more = Encoding.UTF8.GetByteCount(all[i]) + (i > 0 ? 1 : 0);
            if (bytes + more + (i + 1 < all.Count ? ellipsis : 0) > bytesMax)
            {
                return i > 0 ? whole.Append('\n').Append(More).ToString() : Cut(all[0], bytesMax);
            }

            whole.Append(i > 0 ? "\n" : "").Append(all[i]);
            bytes += more;
        }

        return whole.ToString();
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

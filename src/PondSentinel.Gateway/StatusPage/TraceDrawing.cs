using System.Globalization;
using System.Text;

namespace PondSentinel.Gateway.StatusPage;

/// <summary>Draws a day of a channel as SVG: what was measured as a band from the least to the greatest value, what is doubted in
/// another colour, what is missing as a grey field. Colours are the style sheet's.</summary>
internal static class TraceDrawing
{
    /// <summary>Columns of a day: five minutes each.</summary>
    public const int Columns = 288;

    private const int Height = 60;
    private const int Margin = 4;

    // A value of the day before yesterday's poll may come a little late without being a gap.
    private const int SpacingsOfAGap = 2;

    /// <summary>The least and the greatest value; null where there is none.</summary>
    /// <param name="day">The day.</param>
    public static (float Min, float Max)? Range(IReadOnlyList<DayColumn> day)
    {
        var known = day.Where(column => column.HasValue).ToList();
        return known.Count == 0 ? null : (known.Min(column => column.Min), known.Max(column => column.Max));
    }

    /// <summary>Draws it.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="day">The day, <see cref="Columns"/> of them.</param>
    /// <param name="title">What it is, for who cannot see it; escaped.</param>
    public static void Draw(StringBuilder html, IReadOnlyList<DayColumn> day, string title)
    {
        html.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Columns} {Height}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{title}\">");
        List<(int From, int To)> gaps = [.. Gaps(day)];
        foreach (var (from, to) in gaps)
        {
            html.Append(CultureInfo.InvariantCulture, $"<rect class=\"gap\" x=\"{from}\" y=\"0\" width=\"{to - from}\" height=\"{Height}\"/>");
        }

        if (Range(day) is { } range)
        {
            Draw(html, day, range, "line", static _ => true, [.. gaps.Select(gap => gap.From)]);
            Draw(html, day, range, "suspect", static seen => (seen & (Seen.Suspect | Seen.Fail)) == Seen.Suspect, apartAt: null);
            Draw(html, day, range, "fail", static seen => (seen & Seen.Fail) != 0, apartAt: null);
        }

        html.Append("</svg>");
    }

    /// <summary>Where nothing was measured between the first that is known of and now, though something was due: from a column to before
    /// another.</summary>
    /// <param name="day">The day.</param>
    internal static IEnumerable<(int From, int To)> Gaps(IReadOnlyList<DayColumn> day)
    {
        var first = Next(day, 0, column => column.Seen != Seen.Nothing);
        var apart = Spacing(day) * SpacingsOfAGap;
        for (var at = first; at < day.Count;)
        {
            if (day[at].HasValue)
            {
                at++;
                continue;
            }

            var end = Next(day, at, column => column.HasValue);
            if (end - at >= apart || day.Skip(at).Take(end - at).Any(column => (column.Seen & Seen.Missing) != 0))
            {
                yield return (at, end);
            }

            at = end;
        }
    }

    private static int Next(IReadOnlyList<DayColumn> day, int at, Func<DayColumn, bool> isWanted)
    {
        while (at < day.Count && !isWanted(day[at]))
        {
            at++;
        }

        return at;
    }

    // How far apart values usually are: the middle of all distances.
    private static int Spacing(IReadOnlyList<DayColumn> day)
    {
        var known = Enumerable.Range(0, day.Count).Where(at => day[at].HasValue).ToList();
        var apart = known.Zip(known.Skip(1), (one, next) => next - one).Order().ToList();
        return apart.Count == 0 ? 1 : apart[apart.Count / 2];
    }

    // Joined to the column before, but where a gap begins; where nobody says where those are, nothing is joined.
    private static void Draw(
        StringBuilder html, IReadOnlyList<DayColumn> day, (float Min, float Max) range, string name, Func<Seen, bool> isShown, HashSet<int>? apartAt)
    {
        var path = new StringBuilder();
        var isDown = false;
        for (var at = 0; at < day.Count; at++)
        {
            isDown &= apartAt?.Contains(at) == false;
            if (!day[at].HasValue || !isShown(day[at].Seen))
            {
                continue;
            }

            // A field of one column, so that a value that is all alone is seen.
            var (top, bottom) = (Y(day[at].Max, range), Y(day[at].Min, range));
            path.Append(CultureInfo.InvariantCulture, $"{(isDown ? 'L' : 'M')}{at} {bottom:0.#}V{top:0.#}h1");
            isDown = true;
        }

        if (path.Length > 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<path class=\"{name}\" d=\"{path}\"/>");
        }
    }

    private static double Y(float value, (float Min, float Max) range)
    {
        var span = (double)range.Max - range.Min;
        var share = span > 0 ? ((double)value - range.Min) / span : 0.5;
        return Height - Margin - (share * (Height - (2 * Margin)));
    }
}

namespace PondSentinel.Gateway.Commands;

/// <summary>Lines of a terminal that is narrow; Chinese characters take two columns.</summary>
internal static class Columns
{
    private const char FirstWide = '\u2e80';

    /// <summary>How many columns a text takes.</summary>
    /// <param name="text">The text.</param>
    public static int Of(string text) => text.Sum(each => each >= FirstWide ? 2 : 1);

    /// <summary>A text with blanks behind it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="columns">Columns that both take together.</param>
    public static string Pad(string text, int columns) => text + new string(' ', Math.Max(0, columns - Of(text)));

    /// <summary>Breaks a text between words, or after any wide character; what has no such place is not broken, so that a path can
    /// be copied.</summary>
    /// <param name="text">The text, without line breaks.</param>
    /// <param name="columnsMax">Columns of the terminal.</param>
    /// <param name="indent">Blanks before each line but the first.</param>
    public static IEnumerable<string> Wrap(string text, int columnsMax, int indent)
    {
        var (begin, from, columns, brokenAt) = (0, 0, 0, -1);
        var blanks = new string(' ', indent);
        for (var at = 0; at < text.Length; at++)
        {
            columns += text[at] >= FirstWide ? 2 : 1;
            if (columns > columnsMax && brokenAt > begin)
            {
                yield return $"{(from == 0 ? "" : blanks)}{text[begin..brokenAt].TrimEnd()}";
                begin = from = brokenAt;
                while (begin < text.Length && text[begin] == ' ')
                {
                    begin++;
                }

                columns = indent + Of(text[begin..Math.Max(at + 1, begin)]);
                brokenAt = -1;
            }

            // Not within the first column, where the blanks are for looks.
            if (at - begin >= indent && (text[at] == ' ' || text[at] >= FirstWide))
            {
                brokenAt = at + 1;
            }
        }

        yield return $"{(from == 0 ? "" : blanks)}{text[begin..]}";
    }
}

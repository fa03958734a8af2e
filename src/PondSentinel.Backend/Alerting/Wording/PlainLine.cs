using System.Globalization;
using System.Text;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>Text from outside as one line that shows what it holds.</summary>
/// <remarks>Line breaks of any kind would begin a header or a sentence of their own, and marks of direction would show a line in
/// another order than it has: each becomes U+FFFD, and so does half a surrogate pair. Escaping for a form (HTML, JSON, Markdown) is
/// that form's affair.</remarks>
internal static class PlainLine
{
    private const char Replacement = '\uFFFD';

    /// <summary>Cleans a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="lengthMax">Most UTF-16 units of the outcome; what is longer ends in an ellipsis.</param>
    public static string Of(string text, int lengthMax = int.MaxValue)
    {
        // Nothing grows: what fits now fits when it is clean.
        var room = text.Length <= lengthMax ? text.Length : lengthMax - 1;
        var line = new StringBuilder(text.Length <= lengthMax ? text.Length : lengthMax);
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > room)
            {
                return line.Append('…').ToString();
            }

            line.Append(IsShown(rune) ? rune.ToString() : Replacement.ToString());
        }

        return line.ToString();
    }

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}

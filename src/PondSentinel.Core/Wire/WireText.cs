using System.Text;

namespace PondSentinel.Wire;

/// <summary>Free text on its way out: from a probe, the kernel or a configuration, so anything may be in it.</summary>
internal static class WireText
{
    /// <summary>The text as a message may carry it: control characters and halves of characters replaced by U+FFFD, cut
    /// to a length.</summary>
    /// <param name="text">The text; null stays null.</param>
    /// <param name="lengthMax">Most characters (UTF-16 units) it may have.</param>
    public static string? Clean(string? text, int lengthMax)
    {
        if (text is null)
        {
            return null;
        }

        var clean = new StringBuilder(Math.Min(text.Length, lengthMax));
        foreach (var rune in text.EnumerateRunes())
        {
            var kept = Rune.IsControl(rune) ? Rune.ReplacementChar : rune;
            if (clean.Length + kept.Utf16SequenceLength > lengthMax)
            {
                break;
            }

            clean.Append(kept.ToString());
        }

        return clean.ToString();
    }
}

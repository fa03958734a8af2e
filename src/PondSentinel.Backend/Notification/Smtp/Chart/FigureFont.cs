namespace PondSentinel.Backend.Notification.Smtp.Chart;

/// <summary>Figures of 3 by 5 dots: all that the axes need, so that no font has to be on the machine.</summary>
internal static class FigureFont
{
    /// <summary>Dots of a sign.</summary>
    public const int Width = 3;

    /// <summary>Dots of a sign.</summary>
    public const int Height = 5;

    /// <summary>Pixels from one sign to the next, at twice the size.</summary>
    public const int Advance = 8;

    private static readonly Dictionary<char, string[]> Signs = new()
    {
        ['0'] = ["###", "# #", "# #", "# #", "###"],
        ['1'] = [" # ", "## ", " # ", " # ", "###"],
        ['2'] = ["###", "  #", "###", "#  ", "###"],
        ['3'] = ["###", "  #", " ##", "  #", "###"],
        ['4'] = ["# #", "# #", "###", "  #", "  #"],
        ['5'] = ["###", "#  ", "###", "  #", "###"],
        ['6'] = ["###", "#  ", "###", "# #", "###"],
        ['7'] = ["###", "  #", "  #", " # ", " # "],
        ['8'] = ["###", "# #", "###", "# #", "###"],
        ['9'] = ["###", "# #", "###", "  #", "###"],
        ['.'] = ["   ", "   ", "   ", "   ", " # "],
        [':'] = ["   ", " # ", "   ", " # ", "   "],
        ['-'] = ["   ", "   ", "###", "   ", "   "],
        ['+'] = ["   ", " # ", "###", " # ", "   "],
        ['E'] = ["###", "#  ", "## ", "#  ", "###"],
    };

    /// <summary>Pixels that a text takes.</summary>
    /// <param name="text">The text.</param>
    public static int WidthOf(string text) => (text.Length * Advance) - (Advance - (Width * 2));

    /// <summary>Whether a dot of a sign is set; a sign that is not there has none.</summary>
    public static bool Has(char sign, int column, int row) => Signs.TryGetValue(sign, out var rows) && rows[row][column] == '#';
}

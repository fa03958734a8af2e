namespace PondSentinel.Gateway.Guiding;

/// <summary>Readings as a chart of characters that every terminal has.</summary>
internal static class SteadyChart
{
    /// <summary>Most rows of a chart.</summary>
    public const int RowsMax = 9;

    private const int LabelColumns = 9;

    /// <summary>Draws the last readings, a column each.</summary>
    /// <param name="values">The readings, finite.</param>
    /// <param name="spanMin">Least that the height of the chart stands for, so that noise does not fill it; above zero.</param>
    /// <param name="rows">Its rows, 0 to <see cref="RowsMax"/>; a terminal may have no room for any.</param>
    /// <param name="columnsMax">Columns of the terminal.</param>
    /// <param name="text">A number for people.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<double> values, double spanMin, int rows, int columnsMax, Func<double, string> text)
    {
        if (rows == 0)
        {
            return [];
        }

        var shown = values.Skip(values.Count - (columnsMax - LabelColumns - 1)).ToList();
        var (low, high) = shown.Count == 0 ? (0, 0) : (shown.Min(), shown.Max());
        if (!(high - low >= spanMin))
        {
            var middle = low + ((high - low) / 2);
            (low, high) = (middle - (spanMin / 2), middle + (spanMin / 2));
        }

        var drawn = new char[rows][];
        for (var row = 0; row < rows; row++)
        {
            drawn[row] = new string(' ', shown.Count).ToCharArray();
        }

        for (var column = 0; column < shown.Count; column++)
        {
            var share = (high - shown[column]) / (high - low);
            drawn[double.IsFinite(share) ? Math.Clamp((int)Math.Round(share * (rows - 1)), 0, rows - 1) : rows - 1][column] = '*';
        }

        return
        [
            .. drawn.Select((row, at) => $"{Label(shown.Count == 0 ? "" : at == 0 ? text(high) : at == rows - 1 ? text(low) : "")}|{new string(row).TrimEnd()}"),
        ];
    }

    private static string Label(string text) => text.Length > LabelColumns ? text[..LabelColumns] : text.PadLeft(LabelColumns);
}

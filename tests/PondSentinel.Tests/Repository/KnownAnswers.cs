using System.Globalization;
using CsvHelper;

namespace PondSentinel.Tests.Repository;

/// <summary>Tables of known answers: CSV under lines that begin with # and say where they are from.</summary>
internal static class KnownAnswers
{
    /// <summary>The rows of a table, each by the names of its columns.</summary>
    /// <param name="file">Its path from <c>tests/PondSentinel.Tests</c>.</param>
    public static List<Dictionary<string, string>> Rows(string file)
    {
        var lines = File.ReadLines(Checkout.Absolute($"tests/PondSentinel.Tests/{file}")).Where(line => !line.StartsWith('#'));
        using var text = new StringReader(string.Join('\n', lines));
        using var csv = new CsvReader(text, CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        List<Dictionary<string, string>> rows = [];
        while (csv.Read())
        {
            rows.Add(csv.HeaderRecord!.ToDictionary(name => name, name => csv.GetField(name)!));
        }

        return rows;
    }

    /// <summary>The number in a cell; null where it is empty.</summary>
    /// <param name="cell">The cell.</param>
    public static double? Number(string cell) => cell.Length == 0 ? null : double.Parse(cell, CultureInfo.InvariantCulture);
}

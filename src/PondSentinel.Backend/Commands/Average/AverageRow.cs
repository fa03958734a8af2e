using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands.Average;

/// <summary>A line of what comes of averaging: names and values, the same names for each line of a kind.</summary>
/// <param name="Fields">The values: texts, whole numbers, numbers, instants, and null for what there is not.</param>
internal sealed record AverageRow(params IReadOnlyList<(string Name, object? Value)> Fields)
{
    // What a sum of many values has left of a double's digits.
    private const int Figures = 12;

    /// <summary>As a line of CSV.</summary>
    public string Line => string.Join(',', Fields.Select(cell => Text(cell.Value)));

    /// <summary>The names as a line of CSV.</summary>
    public string Head => string.Join(',', Fields.Select(cell => cell.Name));

    /// <summary>As a line of JSON.</summary>
    public string Json => JsonLine.Of(json =>
    {
        foreach (var (name, value) in Fields)
        {
            switch (value)
            {
                case null:
                    json.WriteNull(name);
                    break;
                case int number:
                    json.WriteNumber(name, number);
                    break;
                case bool flag:
                    json.WriteBoolean(name, flag);
                    break;
                case double number:
                    json.WriteNumber(name, Rounding.ToFigures(number, Figures));
                    break;
                default:
                    json.WriteString(name, Text(value));
                    break;
            }
        }
    });

    private static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "yes" : "no",
        double number => Rounding.ToFigures(number, Figures).ToString("R", CultureInfo.InvariantCulture),
        DateTimeOffset time => IsoTime.Seconds(time),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!.Contains(',', StringComparison.Ordinal) ? $"\"{value}\"" : value.ToString()!,
    };
}

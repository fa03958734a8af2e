using System.Globalization;
using CsvHelper;

namespace PondSentinel.Tests.Repository.Hardware;

/// <summary>A line of a bill of materials.</summary>
/// <param name="Name">The part.</param>
/// <param name="Quantity">How many.</param>
/// <param name="Model">Its id in the sensor catalogue; empty where it is no sensor.</param>
/// <param name="Volts">The supply that it bears, lowest and highest, V; null where that was not at hand.</param>
/// <param name="RailVolts">The rail that it is supplied by, V; null where it takes nothing.</param>
/// <param name="Milliamperes">Current of one piece while it is on, mA.</param>
/// <param name="Duty">Part of the time that it is on, 0 to 1.</param>
/// <param name="Source">Where the current is from.</param>
internal sealed record Part(
    string Name, int Quantity, string Model, (double Min, double Max)? Volts, double? RailVolts, double Milliamperes, double Duty, string Source)
{
    /// <summary>Mean power of all pieces at their rail, W.</summary>
    public double Watts => Quantity * (RailVolts ?? 0) * Milliamperes / 1000 * Duty;

    /// <summary>Reads a bill of materials.</summary>
    /// <param name="file">Its path from the top.</param>
    public static List<Part> ReadAll(string file)
    {
        using var text = new StringReader(Checkout.Text(file));
        using var csv = new CsvReader(text, CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        List<Part> parts = [];
        while (csv.Read())
        {
            parts.Add(new Part(
                csv.GetField("part")!,
                csv.GetField<int>("quantity"),
                csv.GetField("model")!,
                Number(csv, "volts_min") is { } min && Number(csv, "volts_max") is { } max ? (min, max) : null,
                Number(csv, "rail_v"),
                Number(csv, "current_ma") ?? 0,
                (Number(csv, "duty_percent") ?? 0) / 100,
                csv.GetField("current_source")!));
        }

        return parts;
    }

    private static double? Number(CsvReader csv, string column) => KnownAnswers.Number(csv.GetField(column)!);
}

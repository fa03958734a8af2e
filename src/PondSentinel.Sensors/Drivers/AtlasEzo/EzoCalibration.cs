using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>How a circuit is calibrated: the command of each standard, in the order of its data sheet. Pure.</summary>
/// <param name="Standards">The standards, each with the word of its command; the first forgets all that was before.</param>
/// <param name="Time">How long the circuit works on a command.</param>
internal sealed record EzoCalibration(IReadOnlyList<(HeldStandard Standard, string? Word)> Standards, TimeSpan Time)
{
    // Probes are stable in a buffer within one to two minutes.
    private static readonly TimeSpan Soak = TimeSpan.FromMinutes(2);

    /// <summary>EZO-pH: the middle first, which wipes the others.</summary>
    public static EzoCalibration Ph { get; } = new(
        [
            (Buffer("buffer pH 7.00", 7.00, new Band(6, 8)), "mid"),
            (Buffer("buffer pH 4.00", 4.00, new Band(1, 6)) with { IsOptional = true }, "low"),
            (Buffer("buffer pH 10.00", 10.00, new Band(8, 14)) with { IsOptional = true }, "high"),
        ],
        TimeSpan.FromMilliseconds(900));

    /// <summary>EZO-EC: dry first, then one standard near what the water has.</summary>
    public static EzoCalibration Conductivity { get; } = new(
        [
            (new HeldStandard("dry probe", "conductivity", 0, TimeSpan.Zero), "dry"),
            (new HeldStandard("standard 1413 µS/cm", "conductivity", 1413, Soak) { Values = new Band(1, 500_000) }, null),
        ],
        TimeSpan.FromMilliseconds(600));

    /// <summary>The command that tells a circuit of a standard.</summary>
    /// <param name="standard">One of the standards, perhaps with another value.</param>
    /// <returns>The command; null where there is no such standard, or the value is not one of it.</returns>
    public string? CommandOf(HeldStandard standard)
    {
        var index = Standards.ToList().FindIndex(each => each.Standard.Name == standard.Name);
        if (index < 0 || !Standards[index].Standard.Is(standard.Value))
        {
            return null;
        }

        var value = standard.Value.ToString("0.00##", CultureInfo.InvariantCulture);
        return Standards[index].Word switch
        {
            null => $"Cal,{value}",
            "dry" => "Cal,dry",
            var word => $"Cal,{word},{value}",
        };
    }

    /// <summary>How many standards a circuit holds, by its answer to <c>Cal,?</c>, for example <c>?Cal,2</c>.</summary>
    /// <param name="text">The answer.</param>
    /// <returns>Null where it is no answer to that.</returns>
    public static int? Held(string text) =>
        text.Split(',') is [var lead, var digits] && lead.Equals("?Cal", StringComparison.OrdinalIgnoreCase)
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var held)
            ? held
            : null;

    /// <summary>What there is against a calibration by the number of standards that the circuit holds.</summary>
    /// <param name="held">How many it holds.</param>
    /// <param name="points">How many standards it was told of.</param>
    /// <returns>Null where there is nothing.</returns>
    public string? Objection(int held, int points)
    {
        // An EC circuit counts the dry probe too, or does not, by its firmware.
        return held >= points || (Standards[0].Word == "dry" && held == points - 1)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"the circuit holds {held} of {points} standards: begin again with the first");
    }

    private static HeldStandard Buffer(string name, double value, Band values) => new(name, "ph", value, Soak) { Values = values };
}

using System.Globalization;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>Why a circuit last started, and its supply: the answer to <c>Status</c>, for example <c>?Status,P,5.038</c>. Pure.
/// </summary>
/// <param name="Cause">Why, for people.</param>
/// <param name="Volts">At its pin VCC, V.</param>
internal sealed record EzoStatus(string Cause, double Volts)
{
    /// <summary>What an answer says.</summary>
    /// <param name="text">The answer.</param>
    /// <returns>Null where it is no answer to that.</returns>
    public static EzoStatus? In(string text) =>
        text.Split(',') is [var lead, [var letter], var volts]
        && lead.Equals("?Status", StringComparison.OrdinalIgnoreCase)
        && EzoText.Number(volts) is { } number
        && Meaning(letter) is { } cause
            ? new EzoStatus(cause, number)
            : null;

    /// <summary>For people.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"it last started because {Cause}; {Volts:0.000} V at its VCC");

    private static string? Meaning(char letter) => letter switch
    {
        'P' => "its power came",
        'S' => "it was told to",
        'B' => "its supply broke down (brown-out)",
        'W' => "it hung and its watchdog helped",
        'U' => "of something that it does not know",
        _ => null,
    };
}

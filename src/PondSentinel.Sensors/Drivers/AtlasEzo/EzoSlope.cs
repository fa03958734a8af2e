using System.Globalization;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>How a pH electrode was at its last calibration, against an ideal one: the answer to <c>Slope,?</c>, for example
/// <c>?Slope,99.7,100.3,-0.89</c>. Pure. 100, 100 and 0 are those of a circuit that was never calibrated too.</summary>
/// <param name="AcidPercent">Slope on the acid side, % of the ideal.</param>
/// <param name="BasePercent">Slope on the other side.</param>
/// <param name="Millivolts">At pH 7, mV; 0 where the firmware does not say.</param>
internal sealed record EzoSlope(double AcidPercent, double BasePercent, double Millivolts)
{
    // A new one has 95 % and 5 mV; beyond these it is for service.
    private const double PercentMin = 90;
    private const double MillivoltsMax = 10;

    /// <summary>Whether its values are to be doubted.</summary>
    public bool IsWorn => AcidPercent < PercentMin || BasePercent < PercentMin || Math.Abs(Millivolts) > MillivoltsMax;

    /// <summary>What an answer says.</summary>
    /// <param name="text">The answer.</param>
    /// <returns>Null where it is no answer to that.</returns>
    public static EzoSlope? In(string text) =>
        text.Split(',') is [var lead, var acid, var alkaline, .. var rest]
        && lead.Equals("?Slope", StringComparison.OrdinalIgnoreCase)
        && EzoText.Number(acid) is { } acidPercent
        && EzoText.Number(alkaline) is { } basePercent
        && (rest is [] ? 0 : rest is [var last] ? EzoText.Number(last) : null) is { } millivolts
            ? new EzoSlope(acidPercent, basePercent, millivolts)
            : null;

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"the electrode has {AcidPercent:0.#} and {BasePercent:0.#} % of the ideal slope and {Millivolts:0.##} mV at pH 7: clean it, calibrate, else replace it");
}

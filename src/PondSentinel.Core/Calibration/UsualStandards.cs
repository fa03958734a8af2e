using PondSentinel.Measurements;

namespace PondSentinel.Calibration;

/// <summary>Which standards a calibration usually has, by what is measured, in the order in which the probe is put into them.</summary>
public static class UsualStandards
{
    /// <summary>The standards that are offered where nobody names others.</summary>
    /// <remarks>pH: neutral first, then acid, then alkaline (HJ 1147-2020, 9.2). Conductivity: KCl 0.01 mol/L, 1413 µS/cm at 25 °C (ISO 7888).
    /// Ammonium: 1 and 10 mg/L as N, a decade apart, as NH4+ 1.288 times as much. Turbidity: formazin, what makers calibrate with (Yosemitech: 0 and 100 NTU).</remarks>
    /// <param name="measurand">What is measured.</param>
    /// <returns>Values in its unit; empty where nothing is usual.</returns>
    public static IReadOnlyList<double> Of(Measurand measurand) => measurand switch
    {
        Measurand.Ph => [6.86, 4.00, 9.18],
        Measurand.AmmoniumNitrogen or Measurand.TotalAmmoniaNitrogen => [1, 10],
        Measurand.AmmoniumIon => [1.288, 12.88],
        Measurand.TurbidityNtu or Measurand.TurbidityFnu => [0, 100],
        Measurand.Conductivity or Measurand.SpecificConductance => [1413],
        _ => [],
    };

    /// <summary>What a standard has at a temperature: of a pH buffer that is in <see cref="PhBuffers"/> its value there, else what it is
    /// called by.</summary>
    /// <param name="measurand">What is measured.</param>
    /// <param name="label">What the bottle says it has at 25 °C, in the measurand's unit.</param>
    /// <param name="celsius">Temperature, °C.</param>
    public static double At(Measurand measurand, double label, double celsius) =>
        measurand == Measurand.Ph && PhBuffers.At(label, celsius) is { } value ? value : label;

    /// <summary>The standard that a probe seems to stand in instead of the one that is meant: a bottle was taken for another.</summary>
    /// <param name="shown">What it shows, in the measurand's unit.</param>
    /// <param name="meant">The standard that is meant.</param>
    /// <param name="others">The others at hand.</param>
    /// <returns>The one that is at least three times nearer; null where none is.</returns>
    public static double? MistakenFor(double shown, double meant, IEnumerable<double> others)
    {
        const double timesNearer = 3;
        var off = Math.Abs(shown - meant) / timesNearer;
        return others.Where(other => other != meant && Math.Abs(shown - other) < off)
            .Select(other => (double?)other).MinBy(other => Math.Abs(shown - other!.Value));
    }
}

using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Analog;

/// <summary>The amplifier between an electrode and the converter.</summary>
/// <param name="Gain">Volts at the converter for each volt of the electrode; negative where it inverts.</param>
/// <param name="ZeroMillivolts">What the converter sees while the electrode gives 0, mV.</param>
internal sealed record ElectrodeInput(double Gain, double ZeroMillivolts)
{
    private const double MillivoltsPerVolt = 1000;

    /// <summary>The electrode's own potential.</summary>
    /// <param name="volts">The voltage at the converter.</param>
    public Millivolts Potential(double volts) => new(((volts * MillivoltsPerVolt) - ZeroMillivolts) / Gain);

    /// <summary>Name of the output that gives the potential itself.</summary>
    /// <param name="name">Name of the input.</param>
    public static string PotentialName(string name) => $"{name}_electrode";
}

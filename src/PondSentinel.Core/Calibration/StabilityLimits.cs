using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Calibration;

/// <summary>How little a reading in a standard may move to be taken.</summary>
/// <param name="SlopePerMinute">Most that its trend is, either way, raw units a minute.</param>
/// <param name="Spread">Most that readings scatter about it, one standard deviation, raw units.</param>
public sealed record StabilityLimits(double SlopePerMinute, double Spread)
{
    // HJ 1147-2020 takes less than 0.05 in a minute for steady; a glass electrode that is well does better.
    private const double Ph = 0.02;

    // 2 % of the concentration.
    private const double IonMillivolts = 0.5;

    // USGS TM 1-D3 calls turbidity good within 0.5 or 5 %: formazin settles and bubbles pass.
    private const double Turbidity = 0.5;
    private const double TurbidityShare = 0.05;

    // What a settled probe still moves by: 1 %, and what its last digit is worth.
    private const double Else = 0.05;
    private const double ElseShare = 0.01;

    /// <summary>How long a reading has to be steady: 1 min, as in HJ 1147-2020.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromMinutes(1);

    /// <summary>The limits in a standard.</summary>
    /// <param name="kind">What is made of the raw number.</param>
    /// <param name="measurand">What is calibrated.</param>
    /// <param name="standard">The standard, in the measurand's unit.</param>
    public static StabilityLimits Of(CalibrationKind kind, Measurand measurand, double standard)
    {
        var most = (kind, measurand) switch
        {
            (CalibrationKind.PhElectrode, _) => Ph * Nernst.SlopeMillivolts(25),
            (CalibrationKind.IonElectrode, _) => IonMillivolts,
            (_, Measurand.Ph) => Ph,
            (_, Measurand.TurbidityNtu or Measurand.TurbidityFnu) => Math.Max(Turbidity, TurbidityShare * Math.Abs(standard)),
            _ => Math.Max(Else, ElseShare * Math.Abs(standard)),
        };
        return new StabilityLimits(most, most);
    }
}

using System.Globalization;
using PondSentinel.Calibration;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Analog;

/// <summary>A glass electrode behind an amplifier.</summary>
/// <param name="Input">The amplifier.</param>
/// <param name="Electrode">The electrode as two buffers have shown it; holds until it is calibrated.</param>
internal sealed record PhFunction(ElectrodeInput Input, PhElectrode Electrode) : AnalogFunction
{
    // An electrode beyond these is worn out: its values are kept and doubted.
    private const double SlopeShareMin = 0.85;
    private const double SlopeShareMax = 1.05;
    private const double OffsetMillivoltsMax = 30;

    private static readonly Band Scale = new(0, 14);

    // The settings are those of an electrode, so there is a curve.
    private CalibrationCurve Curve => CalibrationCurve.Of(Electrode)!;

    private bool IsWorn =>
        Electrode.SlopeShare is < SlopeShareMin or > SlopeShareMax || Math.Abs(Electrode.AtPh7.Value) > OffsetMillivoltsMax;

    private string Worn(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: its electrode is worn by its two buffers, {Electrode.SlopeShare * 100:0} % of the ideal slope and {Electrode.AtPh7.Value:0.0} mV at pH 7: calibrate it, else replace it");

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs(string name) =>
    [
        new SensorOutput(name, Measurand.Ph) { Method = "glass electrode", Range = Scale, Electrode = Curve },
        new SensorOutput(ElectrodeInput.PotentialName(name), Measurand.PhElectrode),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OutputReading> Apply(string name, double volts, WaterAround water, CalibrationInForce? calibrated)
    {
        var potential = Input.Potential(volts).Value;
        var ph = (calibrated?.Curve ?? Curve).At(potential, water.Celsius);
        SensorFault? fault = !Scale.Contains(ph) ? SensorFault.OverRange
            : calibrated?.Curve is null && IsWorn ? SensorFault.DeviceFault
            : water.IsLost ? SensorFault.Uncompensated
            : null;
        return
        [
            new OutputReading(name, new Measurement(Measurand.Ph, ph), fault)
            {
                Raw = potential,
                Calibration = calibrated?.Id,
                Detail = fault == SensorFault.DeviceFault ? Worn(name) : null,
            },
            new OutputReading(ElectrodeInput.PotentialName(name), new Measurement(Measurand.PhElectrode, potential), null),
        ];
    }
}

using System.Globalization;
using PondSentinel.Calibration;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Analog;

/// <summary>A 4 to 20 mA transmitter over a resistor, with the bands of NAMUR NE 43: 3.8 to 20.5 mA is a measurement; up to
/// 3.6 mA and from 21 mA on the transmitter says that it is broken; below 0.5 mA the loop is open.</summary>
/// <param name="Measurand">What the value is.</param>
/// <param name="ShuntOhms">The resistor.</param>
/// <param name="At4Milliamperes">The value at 4 mA.</param>
/// <param name="At20Milliamperes">The value at 20 mA.</param>
internal sealed record CurrentLoopFunction(
    Measurand Measurand, double ShuntOhms, double At4Milliamperes, double At20Milliamperes) : AnalogFunction
{
    private const double LiveZeroMilliamperes = 4;
    private const double SpanMilliamperes = 16;
    private const double OpenMilliamperes = 0.5;
    private const double FaultLowMilliamperes = 3.6;
    private const double MeasuredLowMilliamperes = 3.8;
    private const double MeasuredHighMilliamperes = 20.5;
    private const double FaultHighMilliamperes = 21;

    /// <summary>The voltage at the least current by which a broken transmitter shows itself at the upper end, V.</summary>
    public double VoltsAtFault => FaultHighMilliamperes * ShuntOhms / 1000;

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs(string name) =>
    [
        new SensorOutput(name, Measurand)
        {
            Range = new Band(
                Math.Min(At4Milliamperes, At20Milliamperes), Math.Max(At4Milliamperes, At20Milliamperes)),
        },
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OutputReading> Apply(string name, double volts, WaterAround water, CalibrationInForce? calibrated)
    {
        var milliamperes = volts / ShuntOhms * 1000;
        if (milliamperes is <= FaultLowMilliamperes or >= FaultHighMilliamperes)
        {
            var what = milliamperes < OpenMilliamperes
                ? "the loop is open: check the transmitter's supply, the wires and the resistor"
                : "the transmitter says that it, or its sensor, is broken";
            return
            [
                new OutputReading(name, null, SensorFault.DeviceFault)
                {
                    Detail = string.Create(CultureInfo.InvariantCulture, $"{name}: {milliamperes:0.00} mA, {what}"),
                },
            ];
        }

        var value = At4Milliamperes
            + ((At20Milliamperes - At4Milliamperes) * (milliamperes - LiveZeroMilliamperes) / SpanMilliamperes);
        return
        [
            new OutputReading(
                name,
                new Measurement(Measurand, value),
                milliamperes is < MeasuredLowMilliamperes or > MeasuredHighMilliamperes ? SensorFault.OverRange : null),
        ];
    }
}

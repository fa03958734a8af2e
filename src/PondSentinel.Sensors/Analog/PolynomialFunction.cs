using PondSentinel.Calibration;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Analog;

/// <summary>A value that is a polynomial of the voltage: a straight line, or what a turbidity probe's certificate says.
/// </summary>
/// <param name="Measurand">What the value is.</param>
/// <param name="Constant">Value at 0 V.</param>
/// <param name="PerVolt">Value for each volt.</param>
/// <param name="PerSquareVolt">Value for each square volt; 0 for a straight line.</param>
internal sealed record PolynomialFunction(Measurand Measurand, double Constant, double PerVolt, double PerSquareVolt)
    : AnalogFunction
{
    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs(string name) => [new SensorOutput(name, Measurand)];

    /// <inheritdoc/>
    public override IReadOnlyList<OutputReading> Apply(string name, double volts, WaterAround water, CalibrationInForce? calibrated) =>
        [new OutputReading(name, new Measurement(Measurand, Constant + (volts * (PerVolt + (volts * PerSquareVolt)))), null)];

    /// <summary>The straight line through two points.</summary>
    /// <param name="measurand">What the value is.</param>
    /// <param name="first">A voltage and the value there.</param>
    /// <param name="second">Another voltage and the value there.</param>
    public static PolynomialFunction Through(
        Measurand measurand, (double Volts, double Value) first, (double Volts, double Value) second)
    {
        var perVolt = (second.Value - first.Value) / (second.Volts - first.Volts);
        return new(measurand, first.Value - (perVolt * first.Volts), perVolt, PerSquareVolt: 0);
    }
}

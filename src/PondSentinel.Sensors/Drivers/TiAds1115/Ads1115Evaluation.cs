using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Analog;

namespace PondSentinel.Sensors.Drivers.TiAds1115;

/// <summary>From the voltages of all inputs to their outputs, in the order in which one needs the other: temperature,
/// potassium, the rest. Pure.</summary>
internal static class Ads1115Evaluation
{
    /// <summary>The outputs.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="voltsOf">The voltage of an input; null where it is at the rail.</param>
    /// <param name="elsewhere">The number of a channel of another device; null where there is none that is fresh.</param>
    /// <param name="calibrated">The calibration in force of an output; null where there is none.</param>
    public static IReadOnlyList<OutputReading> Of(
        IReadOnlyList<Ads1115Input> inputs, Func<string, double?> voltsOf, Func<string, double?> elsewhere,
        Func<string, CalibrationInForce?> calibrated)
    {
        Dictionary<string, IReadOnlyList<OutputReading>> known = new(StringComparer.Ordinal);
        return [.. inputs.SelectMany(input => Evaluate(input))];

        // Ends, because a source is an input for temperature, which has none, or for potassium, which has only temperature.
        IReadOnlyList<OutputReading> Evaluate(Ads1115Input input)
        {
            if (!known.TryGetValue(input.Name, out var outputs))
            {
                var (celsius, potassium) = (Number(input.Temperature), Number(input.Potassium));
                var isLost = (input.Temperature is not null && celsius is null) || (input.Potassium is not null && potassium is null);
                outputs = voltsOf(input.Name) is { } volts
                    ? input.Function.Apply(input.Name, volts, new WaterAround(celsius, potassium, isLost), calibrated(input.Name))
                    : AtTheRail(input);
                known.Add(input.Name, outputs);
            }

            return outputs;
        }

        // A number that is itself doubted corrects nothing.
        double? Number(WaterSource? source)
        {
            if (source?.Channel is { } channel)
            {
                return elsewhere(channel);
            }

            if (source is not { Input: { } name })
            {
                return source?.Fixed;
            }

            return Evaluate(inputs.First(input => input.Name == name))[0] is { Fault: null, Measurement: { } measurement }
                ? measurement.Value
                : null;
        }
    }

    // Beyond what the converter can measure: there is no number to keep.
    private static IReadOnlyList<OutputReading> AtTheRail(Ads1115Input input) =>
        [.. input.Function.Outputs(input.Name).Select(output => new OutputReading(output.Name, null, SensorFault.OverRange)
        {
            Detail = $"{input.Name}: at the end of what the converter measures: check the wires, and its full scale against the voltage",
        })];
}

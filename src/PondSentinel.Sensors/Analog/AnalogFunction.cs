using PondSentinel.Calibration;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Analog;

/// <summary>What a voltage at an input means. Pure.</summary>
internal abstract record AnalogFunction
{
    /// <summary>The outputs of an input with this function.</summary>
    /// <param name="name">Name of the input.</param>
    public abstract IReadOnlyList<SensorOutput> Outputs(string name);

    /// <summary>What a voltage means.</summary>
    /// <param name="name">Name of the input.</param>
    /// <param name="volts">The voltage, within what the converter can measure.</param>
    /// <param name="water">What else is known of the water.</param>
    /// <param name="calibrated">The calibration in force, which takes the place of an electrode's settings; null where there is none.
    /// </param>
    public abstract IReadOnlyList<OutputReading> Apply(string name, double volts, WaterAround water, CalibrationInForce? calibrated);
}

/// <summary>What else is known of the water that an electrode stands in.</summary>
/// <param name="Celsius">Its temperature; null where nobody knows it.</param>
/// <param name="PotassiumMilligramsPerLitre">Its potassium; null where nobody knows it.</param>
/// <param name="IsLost">Whether one of them should be known and could not be measured just now.</param>
internal readonly record struct WaterAround(double? Celsius, double? PotassiumMilligramsPerLitre, bool IsLost);

using PondSentinel.Calibration;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Analog;

/// <summary>An ion-selective electrode for ammonium or potassium behind an amplifier.</summary>
/// <param name="Ion">What it measures, and what its potential is.</param>
/// <param name="Input">The amplifier.</param>
/// <param name="Electrode">The electrode as two standards have shown it; holds until it is calibrated.</param>
/// <param name="Range">What it can measure, mg/L.</param>
/// <param name="Interference">How it takes potassium for ammonium; null for potassium itself.</param>
internal sealed record IonFunction(
    MeasuredIon Ion, ElectrodeInput Input, IonElectrode Electrode, Band Range, PotassiumInterference? Interference) : AnalogFunction
{
    // Standards further from the water's temperature than this say little about the electrode in it.
    private const double CelsiusFromStandardsMax = 10;

    // With more potassium than this for each mg/L of ammonium, the correction is larger than what is left to trust.
    private const double PotassiumShareMax = 0.5;

    // The settings are those of an electrode, so there is a curve.
    private CalibrationCurve Curve => CalibrationCurve.Of(Electrode)!;

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs(string name) =>
    [
        new SensorOutput(name, Ion.Concentration) { Method = "ion-selective electrode", Range = Range, Electrode = Curve },
        new SensorOutput(ElectrodeInput.PotentialName(name), Ion.Potential),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OutputReading> Apply(string name, double volts, WaterAround water, CalibrationInForce? calibrated)
    {
        var potential = Input.Potential(volts);
        var curve = calibrated?.Curve ?? Curve;
        var value = curve.At(potential.Value, water.Celsius);
        var isDoubtful = water.IsLost || Math.Abs((water.Celsius ?? curve.Celsius) - curve.Celsius) > CelsiusFromStandardsMax;
        if (Interference is not null && water.PotassiumMilligramsPerLitre is { } potassium)
        {
            isDoubtful |= potassium > value * PotassiumShareMax;
            value = Interference.Without(new AmmoniumNitrogen(value), new PotassiumIon(potassium)).MilligramsPerLitre;
        }

        SensorFault? fault = !Range.Contains(value) ? SensorFault.OverRange : isDoubtful ? SensorFault.Uncompensated : null;
        return
        [
            new OutputReading(name, new Measurement(Ion.Concentration, value), fault) { Raw = potential.Value, Calibration = calibrated?.Id },
            new OutputReading(ElectrodeInput.PotentialName(name), new Measurement(Ion.Potential, potential.Value), null),
        ];
    }
}

/// <summary>An ion that there are electrodes for.</summary>
/// <param name="Concentration">What its concentration is.</param>
/// <param name="Potential">What the potential of its electrode is.</param>
internal sealed record MeasuredIon(Measurand Concentration, Measurand Potential)
{
    /// <summary>Ammonium, as N.</summary>
    public static MeasuredIon Ammonium { get; } = new(Measurand.AmmoniumNitrogen, Measurand.AmmoniumElectrode);

    /// <summary>Potassium.</summary>
    public static MeasuredIon Potassium { get; } = new(Measurand.Potassium, Measurand.PotassiumElectrode);
}

using System.Globalization;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Analog;

/// <summary>A glass electrode behind an amplifier.</summary>
/// <param name="Input">The amplifier.</param>
/// <param name="Electrode">The electrode as two buffers have shown it.</param>
internal sealed record PhFunction(ElectrodeInput Input, PhElectrode Electrode) : AnalogFunction
{
    // An electrode beyond these is worn out: its values are kept and doubted.
    private const double SlopeShareMin = 0.85;
    private const double SlopeShareMax = 1.05;
    private const double OffsetMillivoltsMax = 30;

    private static readonly Band Scale = new(0, 14);

    private bool IsWorn =>
        Electrode.SlopeShare is < SlopeShareMin or > SlopeShareMax || Math.Abs(Electrode.AtPh7.Value) > OffsetMillivoltsMax;

    private string Worn(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: its electrode is worn by its two buffers, {Electrode.SlopeShare * 100:0} % of the ideal slope and {Electrode.AtPh7.Value:0.0} mV at pH 7: calibrate it, else replace it");

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs(string name) =>
    [
        new SensorOutput(name, Measurand.Ph) { Method = "glass electrode", Range = Scale },
        new SensorOutput(ElectrodeInput.PotentialName(name), Measurand.PhElectrode),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OutputReading> Apply(string name, double volts, WaterAround water)
    {
        var potential = Input.Potential(volts);
        var ph = Electrode.At(potential, water.Celsius ?? Electrode.BuffersCelsius);
        SensorFault? fault = !Scale.Contains(ph.Value) ? SensorFault.OverRange
            : IsWorn ? SensorFault.DeviceFault
            : water.IsLost ? SensorFault.Uncompensated
            : null;
        return
        [
            new OutputReading(name, Measurement.Of(ph), fault) { Detail = fault == SensorFault.DeviceFault ? Worn(name) : null },
            new OutputReading(ElectrodeInput.PotentialName(name), new Measurement(Measurand.PhElectrode, potential.Value), null),
        ];
    }
}

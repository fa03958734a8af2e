namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>Settings of an EZO circuit that can be told the temperature.</summary>
/// <param name="Circuit">Which circuit it is.</param>
/// <param name="TemperatureCelsius">Temperature of the water, °C, told to the circuit before each reading; null where nobody
/// knows it: then the circuit is told 25 °C, at which it compensates nothing.</param>
internal sealed record EzoSettings(EzoCircuit Circuit, double? TemperatureCelsius) : SensorSettings
{
    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs => Circuit.GivenOutputs(TemperatureCelsius is not null);
}

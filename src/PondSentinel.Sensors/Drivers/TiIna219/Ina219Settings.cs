namespace PondSentinel.Sensors.Drivers.TiIna219;

/// <summary>Settings of an INA219.</summary>
/// <param name="ShuntOhms">The resistor that the current goes through; 0.1 Ω on most boards.</param>
internal sealed record Ina219Settings(double ShuntOhms) : SensorSettings
{
    /// <summary>What holds where nobody says otherwise.</summary>
    public static Ina219Settings Usual { get; } = new(0.1);
}

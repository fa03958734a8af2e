using PondSentinel.Toml;

namespace PondSentinel.Sensors.Duty;

/// <summary>How a sensor with a fan and a laser is run, as its owner wrote it.</summary>
/// <param name="WarmUp">How long after its start its values are none, 0 to 10 min; null where the model's own time holds.</param>
/// <param name="Sleep">Whether it rests between polls; null where that depends on their interval.</param>
internal sealed record DutySettings(TimeSpan? WarmUp, bool? Sleep) : SensorSettings
{
    private static readonly TimeSpan WarmUpMax = TimeSpan.FromMinutes(10);

    /// <summary>Reads them, for a model that can rest.</summary>
    /// <param name="section">The device's table.</param>
    public static SensorSettings Read(TomlSection section) => new DutySettings(WarmUpIn(section), section.Flag("sleep"));

    /// <summary>Reads them, for a model that cannot.</summary>
    /// <param name="section">The device's table.</param>
    public static SensorSettings ReadWarmUp(TomlSection section) => new DutySettings(WarmUpIn(section), Sleep: false);

    private static TimeSpan? WarmUpIn(TomlSection section) => section.Duration("warm_up", TimeSpan.Zero, WarmUpMax);
}

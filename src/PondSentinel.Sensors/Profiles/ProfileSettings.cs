using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Settings of a probe whose profile has a sequence.</summary>
/// <param name="Sequenced">Whether the sequence is gone through; else the probe is read as it is, at once. Default true.</param>
internal sealed record ProfileSettings(bool Sequenced) : SensorSettings
{
    /// <summary>Reads them.</summary>
    /// <param name="section">The device's table.</param>
    public static SensorSettings Read(TomlSection section) => new ProfileSettings(section.Flag("sequence") ?? true);

    /// <summary>Whether the sequence is gone through.</summary>
    /// <param name="settings">The settings, or null where nobody has given any.</param>
    public static bool IsSequenced(SensorSettings? settings) => settings is not ProfileSettings { Sequenced: false };
}

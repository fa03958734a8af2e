using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Drivers.BoschBme280;

/// <summary>Where a BME280 hangs. The air in a housing is not the air outdoors, so its values are other quantities.</summary>
/// <param name="IsOutdoors">Whether it hangs outdoors, shaded, and not in a housing.</param>
internal sealed record Bme280Settings(bool IsOutdoors) : SensorSettings
{
    private static readonly Dictionary<string, bool> Places = new(StringComparer.Ordinal) { ["outdoors"] = true, ["housing"] = false };

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs { get; } =
    [
        new SensorOutput("temperature", IsOutdoors ? Measurand.AirTemperature : Measurand.HousingTemperature)
        {
            Range = Bme280Data.Ranges.Celsius,
        },
        new SensorOutput("humidity", IsOutdoors ? Measurand.AirHumidity : Measurand.HousingHumidity)
        {
            Range = Bme280Data.Ranges.Percent,
        },
        new SensorOutput("pressure", Measurand.AirPressure) { Range = Bme280Data.Ranges.Hectopascals },
    ];

    /// <summary>Reads them.</summary>
    /// <param name="section">The table of the device.</param>
    public static Bme280Settings? Read(TomlSection section) =>
        section.Word("place", Places, required: true) is { } isOutdoors ? new Bme280Settings(isOutdoors) : null;
}

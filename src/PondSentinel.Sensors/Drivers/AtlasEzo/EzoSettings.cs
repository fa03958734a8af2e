using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>Settings of an EZO circuit that can be told the temperature.</summary>
/// <param name="Circuit">Which circuit it is.</param>
/// <param name="TemperatureCelsius">Temperature of the water, °C, told to the circuit before each reading; null where nobody has
/// written it down.</param>
internal sealed record EzoSettings(EzoCircuit Circuit, double? TemperatureCelsius) : SensorSettings
{
    private const string FixedKey = "temperature_c";
    private const string ChannelKey = "temperature_from";
    private const double CelsiusMin = 0;
    private const double CelsiusMax = 60;

    /// <summary>The channel of another device that measures it, as <c>device.channel</c>; null where none does.</summary>
    public string? TemperatureFrom { get; init; }

    /// <summary>Whether somebody knows the temperature; else the circuit is told 25 °C, at which it compensates nothing.</summary>
    public bool IsCompensated => TemperatureCelsius is not null || TemperatureFrom is not null;

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs => Circuit.GivenOutputs(IsCompensated);

    /// <inheritdoc/>
    public override IReadOnlyList<NeededChannel> Needs =>
        TemperatureFrom is { } channel ? [new NeededChannel(ChannelKey, channel, Measurand.WaterTemperature)] : [];

    /// <summary>Reads them.</summary>
    /// <param name="circuit">Which circuit it is.</param>
    /// <param name="section">The device's table.</param>
    public static EzoSettings Read(EzoCircuit circuit, TomlSection section)
    {
        var settings = new EzoSettings(circuit, section.Number(FixedKey, CelsiusMin, CelsiusMax)) { TemperatureFrom = section.Text(ChannelKey) };
        if (settings is { TemperatureCelsius: not null, TemperatureFrom: not null })
        {
            section.Report(ChannelKey, $"[{section.Name}] has both {FixedKey} and {ChannelKey}", "keep one");
        }

        return settings;
    }
}

/// <summary>What a circuit is told of the water.</summary>
/// <param name="Celsius">Its temperature; null where nobody knows it.</param>
/// <param name="IsLost">Whether somebody should know it and does not just now.</param>
internal readonly record struct EzoWater(double? Celsius, bool IsLost)
{
    /// <summary>Nobody knows its temperature.</summary>
    public static EzoWater Unknown => default;

    /// <summary>Its temperature is known.</summary>
    /// <param name="celsius">°C.</param>
    public static EzoWater At(double celsius) => new(celsius, IsLost: false);
}

using PondSentinel.Measurements;
using PondSentinel.Sensors.Analog;

namespace PondSentinel.Sensors.Drivers.TiAds1115;

/// <summary>What hangs on the pins of an ADS1115.</summary>
/// <param name="Inputs">The inputs, at least one.</param>
internal sealed record Ads1115Settings(IReadOnlyList<Ads1115Input> Inputs) : SensorSettings
{
    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs =>
        [.. Inputs.SelectMany(input => input.Function.Outputs(input.Name))];

    /// <inheritdoc/>
    public override IReadOnlyList<NeededChannel> Needs =>
    [
        .. Inputs.Select(input => input.Temperature?.Channel).OfType<string>()
            .Select(channel => new NeededChannel("temperature_from", channel, Measurand.WaterTemperature)),
        .. Inputs.Select(input => input.Potassium?.Channel).OfType<string>()
            .Select(channel => new NeededChannel("potassium_from", channel, Measurand.Potassium)),
    ];
}

/// <summary>One input.</summary>
/// <param name="Name">Its name, which is its output's.</param>
/// <param name="Pins">Code of its pins.</param>
/// <param name="FullScale">Code of its full scale.</param>
/// <param name="Rate">Code of its rate.</param>
/// <param name="Conversions">Conversions of which the median is taken, odd.</param>
/// <param name="Function">What its voltage means.</param>
internal sealed record Ads1115Input(
    string Name, int Pins, int FullScale, int Rate, int Conversions, AnalogFunction Function)
{
    /// <summary>Where the water's temperature is from; null where the function needs none, or nobody knows it.</summary>
    public WaterSource? Temperature { get; init; }

    /// <summary>Where the water's potassium is from; null likewise.</summary>
    public WaterSource? Potassium { get; init; }

    /// <summary>How long it takes.</summary>
    public TimeSpan Time => Ads1115Registers.ConversionTime(Rate) * Conversions;
}

/// <summary>Where a number about the water is from.</summary>
/// <param name="Fixed">The number, as somebody has written it down; null where it is measured.</param>
/// <param name="Input">Name of the input that measures it; null where it is fixed, or measured by another device.</param>
internal sealed record WaterSource(double? Fixed, string? Input)
{
    /// <summary>The channel of another device that measures it, as <c>device.channel</c>; null where none does.</summary>
    public string? Channel { get; init; }
}

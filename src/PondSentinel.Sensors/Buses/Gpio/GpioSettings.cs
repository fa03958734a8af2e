using System.Globalization;

namespace PondSentinel.Sensors.Buses.Gpio;

/// <summary>A GPIO chip of this machine.</summary>
/// <param name="Chip">Its number: that of the header is 0 on a Pi up to 4; <c>gpiodetect</c> lists all.</param>
public sealed record GpioSettings(int Chip) : LineSettings
{
    /// <inheritdoc/>
    public override LineKind Kind => LineKind.Gpio;

    /// <inheritdoc/>
    public override string Place => string.Create(CultureInfo.InvariantCulture, $"/dev/gpiochip{Chip}");
}

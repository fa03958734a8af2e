using System.Globalization;

namespace PondSentinel.Sensors.Buses.I2c;

/// <summary>An I2C bus of this machine.</summary>
/// <param name="Number">Its number: 1 is the one on a Pi's header, <c>/dev/i2c-1</c>.</param>
public sealed record I2cSettings(int Number) : LineSettings
{
    /// <inheritdoc/>
    public override LineKind Kind => LineKind.I2c;

    /// <inheritdoc/>
    public override string Place => string.Create(CultureInfo.InvariantCulture, $"/dev/i2c-{Number}");
}

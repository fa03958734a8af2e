using System.Globalization;

namespace PondSentinel.Sensors.Buses.Spi;

/// <summary>A chip select of an SPI bus of this machine: one device.</summary>
/// <param name="Bus">Number of the bus: 0 is the one on a Pi's header.</param>
/// <param name="ChipSelect">Number of the chip select.</param>
public sealed record SpiSettings(int Bus, int ChipSelect) : LineSettings
{
    /// <inheritdoc/>
    public override LineKind Kind => LineKind.Spi;

    /// <inheritdoc/>
    public override string Place => string.Create(CultureInfo.InvariantCulture, $"/dev/spidev{Bus}.{ChipSelect}");
}

using System.Globalization;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>How a serial line is set.</summary>
/// <param name="Port">The port's device file, resolved anew at each opening, so a link may lead to another one each time.
/// </param>
/// <param name="Baud">Bits per second.</param>
/// <param name="Parity">The parity bit.</param>
/// <param name="StopBits">1 or 2.</param>
public record SerialSettings(string Port, int Baud, LineParity Parity = LineParity.None, int StopBits = 1)
    : LineSettings
{
    // A start bit and eight data bits surround nothing less.
    private const int BitsMin = 9;

    /// <inheritdoc/>
    public override LineKind Kind => LineKind.Serial;

    /// <inheritdoc/>
    public override string Place => Port;

    /// <inheritdoc/>
    public override string Description => string.Create(CultureInfo.InvariantCulture, $"{Port}, {Baud} baud");

    /// <summary>How much longer than the bytes take on the line they may be on their way; none on a port of this machine.</summary>
    public virtual TimeSpan Delay => TimeSpan.Zero;

    /// <summary>Bits that a character takes on the line, 10 to 12.</summary>
    public int CharacterBits => BitsMin + (Parity == LineParity.None ? 0 : 1) + StopBits;

    /// <summary>How long characters take on the line when they follow each other without a pause.</summary>
    /// <param name="characters">How many.</param>
    public TimeSpan TimeOf(double characters) => TimeSpan.FromSeconds(characters * CharacterBits / Baud);
}

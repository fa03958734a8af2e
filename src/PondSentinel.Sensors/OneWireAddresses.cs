using System.Globalization;
using PondSentinel.Toml;

namespace PondSentinel.Sensors;

/// <summary>The number that is burnt into a 1-Wire device, as the kernel writes it: family, hyphen, 12 hexadecimal digits.
/// </summary>
/// <param name="Family">First byte of the number: the kind of chip.</param>
public sealed record OneWireAddresses(byte Family) : AddressRule
{
    private const int SerialDigits = 12;
    private const int SerialBits = 48;

    /// <inheritdoc/>
    public override string Range => "address: the number of the chip, as its folder is called";

    /// <inheritdoc/>
    public override long? Read(TomlSection section, string key)
    {
        if (section.Text(key, required: true) is not { } text)
        {
            return null;
        }

        var prefix = $"{Family:x2}-";
        if (text.StartsWith(prefix, StringComparison.Ordinal) && text.Length == prefix.Length + SerialDigits
            && text.Skip(prefix.Length).All(char.IsAsciiHexDigitLower))
        {
            return ((long)Family << SerialBits)
                | long.Parse(text.AsSpan(prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        section.Report(
            key,
            $"{key} of [{section.Name}] is not the number of such a chip: \"{text}\"",
            $"write it as ls /sys/bus/w1/devices shows it: {prefix} and 12 of 0-9, a-f");
        return null;
    }

    /// <inheritdoc/>
    public override string Text(long address) =>
        string.Create(CultureInfo.InvariantCulture, $"{address >> SerialBits:x2}-{address & ((1L << SerialBits) - 1):x12}");
}

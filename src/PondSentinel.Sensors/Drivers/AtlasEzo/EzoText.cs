using System.Globalization;
using System.Text;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>Texts of EZO circuits. Pure.</summary>
internal static class EzoText
{
    private const int WholeDigitsMax = 6;
    private const int DecimalsMax = 3;

    /// <summary>The bytes of a command.</summary>
    /// <param name="command">ASCII.</param>
    public static byte[] Bytes(string command) => Encoding.ASCII.GetBytes(command);

    /// <summary>Bytes as a text, where all of them are printable ASCII.</summary>
    /// <param name="bytes">The bytes.</param>
    public static string? Printable(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? Encoding.ASCII.GetString(bytes) : null;

    /// <summary>A number in the only form that circuits give: sign, up to 6 digits, up to 3 decimals. No check sum protects
    /// it, so nothing else passes: no exponent, no blank, no second number.</summary>
    /// <param name="text">The text.</param>
    public static double? Number(string text)
    {
        var digits = text.AsSpan(text.StartsWith('-') ? 1 : 0);
        var point = digits.IndexOf('.');
        var isNumber = point < 0
            ? AreDigits(digits, WholeDigitsMax)
            : AreDigits(digits[..point], WholeDigitsMax) && AreDigits(digits[(point + 1)..], DecimalsMax);
        return isNumber
            ? double.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
            : null;
    }

    private static bool AreDigits(ReadOnlySpan<char> text, int max) =>
        text.Length >= 1 && text.Length <= max && text.IndexOfAnyExceptInRange('0', '9') < 0;
}

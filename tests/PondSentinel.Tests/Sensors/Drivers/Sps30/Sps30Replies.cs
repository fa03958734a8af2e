namespace PondSentinel.Tests.Sensors.Drivers.Sps30;

/// <summary>Replies of an SPS30, by its data sheet's rules and without the driver's code.</summary>
internal static class Sps30Replies
{
    /// <summary>8.5, 12.25 and 19.5 µg/m³.</summary>
    public const string Values =
        "7E 00 03 00 28 41 08 00 00 41 44 00 00 41 88 00 00 41 9C 00 00 42 5C 00 00 42 84 00 00 42 88 00 00 42 89 00 00 42 89 80 00 3F 20 00 00 BD 7E";

    public const string NothingNew = "7E 00 03 00 00 FC 7E";

    public const string SerialNumber =
        "7E 00 D0 00 15 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 00 5A 7E";

    public const string NothingWrong = "7E 00 D2 00 05 00 00 00 00 00 28 7E";

    // The data sheet prints 9B, which its own rule does not give; a real one says 9E.
    public const string ProductType = "7E 00 D0 00 09 30 30 30 38 30 30 30 30 00 9E 7E";

    /// <summary>A reply.</summary>
    public static string Of(byte command, byte state, string data = "")
    {
        byte[] content = [0, command, state, (byte)Hex.Bytes(data).Length, .. Hex.Bytes(data)];
        var stuffed = content.Append((byte)(0xFF - (content.Sum(value => value) & 0xFF))).SelectMany(value => value switch
        {
            0x7E or 0x7D or 0x11 or 0x13 => new byte[] { 0x7D, (byte)(value ^ 0x20) },
            _ => [value],
        });
        return $"7E {Convert.ToHexString([.. stuffed])} 7E";
    }
}

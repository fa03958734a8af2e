namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>What a circuit gives when it is read over I2C. Pure.</summary>
/// <param name="Code">The first byte.</param>
/// <param name="Text">What follows up to a zero byte; null where the code promises none.</param>
internal readonly record struct EzoI2cReply(EzoI2cCode Code, string? Text)
{
    /// <summary>Bytes to read: a code, and no answer is longer than 39 characters and a zero.</summary>
    public const int LengthMax = 41;

    // A Pi sets the top bit of bytes now and then while the circuit stretches the clock. All texts are ASCII, and no two
    // codes differ in that bit alone, so that nothing is lost with it (Atlas' AtlasI2C.py does the same with the text).
    private const byte WithoutTopBit = 0x7F;

    private const byte Done = 1;
    private const byte SyntaxError = 2;
    private const byte Busy = 254;
    private const byte NoData = 255;

    /// <summary>What bytes mean.</summary>
    /// <param name="bytes">What was read.</param>
    public static EzoI2cReply Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return new(EzoI2cCode.Unknown, null);
        }

        return bytes[0] switch
        {
            Busy => new(EzoI2cCode.Busy, null),
            NoData => new(EzoI2cCode.NoData, null),
            var code when (code & WithoutTopBit) == SyntaxError => new(EzoI2cCode.SyntaxError, null),
            var code when (code & WithoutTopBit) == Done && Mended(bytes[1..]) is { } text => new(EzoI2cCode.Done, text),
            _ => new(EzoI2cCode.Unknown, null),
        };
    }

    private static string? Mended(ReadOnlySpan<byte> bytes)
    {
        Span<byte> text = stackalloc byte[Math.Min(bytes.Length, LengthMax)];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (byte)(bytes[i] & WithoutTopBit);
        }

        var end = text.IndexOf((byte)0);
        return end < 0 ? null : EzoText.Printable(text[..end]);
    }
}

/// <summary>What the first byte of a reply says.</summary>
internal enum EzoI2cCode
{
    /// <summary>None of the codes there are.</summary>
    Unknown,

    /// <summary>Done; a text may follow.</summary>
    Done,

    /// <summary>It does not know the command.</summary>
    SyntaxError,

    /// <summary>It still works on the command.</summary>
    Busy,

    /// <summary>It has nothing to say: it was not asked, or has said it before.</summary>
    NoData,
}

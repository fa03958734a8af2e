using System.Buffers.Binary;
using System.Globalization;

namespace PondSentinel.Sensors.Profiles;

/// <summary>How the four bytes of a 32-bit number lie in two registers. A is its highest byte; the first letter comes
/// first on the line.</summary>
public enum ByteOrder
{
    /// <summary>Big-endian: registers and bytes both high first.</summary>
    ABCD,

    /// <summary>Registers low first, bytes high first.</summary>
    CDAB,

    /// <summary>Registers high first, bytes low first.</summary>
    BADC,

    /// <summary>Little-endian: registers and bytes both low first.</summary>
    DCBA,
}

/// <summary>Reads 32-bit floating-point numbers as probes send them.</summary>
public static class FloatBytes
{
    /// <summary>Bytes of a number.</summary>
    public const int Length = sizeof(float);

    // "-3.4028235E+38" and room to spare.
    private const int DigitsMax = 32;

    /// <summary>Reads a number.</summary>
    /// <param name="bytes">Four bytes.</param>
    /// <param name="order">How they lie.</param>
    public static float Read(ReadOnlySpan<byte> bytes, ByteOrder order)
    {
        var (registers, within) = order switch
        {
            ByteOrder.ABCD => (0, 0),
            ByteOrder.CDAB => (2, 0),
            ByteOrder.BADC => (0, 1),
            ByteOrder.DCBA => (2, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(order), order, "Not a defined byte order."),
        };
        Span<byte> sorted = stackalloc byte[Length];
        for (var i = 0; i < Length; i++)
        {
            sorted[i] = bytes[i ^ registers ^ within];
        }

        return BinaryPrimitives.ReadSingleBigEndian(sorted);
    }

    /// <summary>The number a probe means: the shortest decimal that is this one in 32 bits. 7.6 in 32 bits is
    /// 7.599999904632568 in 64, digits that nobody measured.</summary>
    /// <param name="value">The number, finite.</param>
    public static double Widen(float value)
    {
        Span<char> digits = stackalloc char[DigitsMax];
        return value.TryFormat(digits, out var length, "R", CultureInfo.InvariantCulture)
            ? double.Parse(digits[..length], NumberStyles.Float, CultureInfo.InvariantCulture)
            : value;
    }
}

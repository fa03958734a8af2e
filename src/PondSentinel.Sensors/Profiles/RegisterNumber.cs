using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace PondSentinel.Sensors.Profiles;

/// <summary>A number as it lies in registers. Immutable; the one codec of all profiles.</summary>
/// <param name="Type">Its form.</param>
/// <param name="At">Its first byte within the registers that were read; of a single bit, which of the coils or inputs.</param>
/// <param name="Order">How its bytes lie; means nothing for a single byte.</param>
public sealed record RegisterNumber(NumberType Type, int At, ByteOrder Order)
{
    private const int BytesMax = sizeof(double);
    private const int BytesPerRegister = 2;
    private const int BitsPerByte = 8;

    // "-3.4028235E+38" and room to spare.
    private const int DigitsMax = 32;

    /// <summary>Bits of a 16-bit word that make up the number, where it is of <see cref="NumberType.Bits"/>; the lowest of
    /// them counts 1.</summary>
    public ushort Mask { get; init; } = ushort.MaxValue;

    /// <summary>Bytes that it takes.</summary>
    public int Length => LengthOf(Type);

    /// <summary>Bytes that a form takes.</summary>
    /// <param name="type">The form.</param>
    public static int LengthOf(NumberType type) => type switch
    {
        NumberType.U8 or NumberType.S8 or NumberType.Bit => 1,
        NumberType.U16 or NumberType.S16 or NumberType.Bits => 2,
        NumberType.U32 or NumberType.S32 or NumberType.F32 => 4,
        NumberType.F64 => BytesMax,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a defined form."),
    };

    /// <summary>Reads the number.</summary>
    /// <param name="registers">The bytes as they came, at least to its last one.</param>
    /// <returns>The number, neither scaled nor judged; NaN or infinite where the probe says so.</returns>
    public double Read(ReadOnlySpan<byte> registers)
    {
        if (Type == NumberType.Bit)
        {
            return (registers[At / BitsPerByte] >> (At % BitsPerByte)) & 1;
        }

        Span<byte> sorted = stackalloc byte[BytesMax];
        sorted = sorted[..Length];
        Sort(registers.Slice(At, Length), sorted);
        return Type switch
        {
            NumberType.U8 => sorted[0],
            NumberType.S8 => unchecked((sbyte)sorted[0]),
            NumberType.U16 => BinaryPrimitives.ReadUInt16BigEndian(sorted),
            NumberType.S16 => BinaryPrimitives.ReadInt16BigEndian(sorted),
            NumberType.U32 => BinaryPrimitives.ReadUInt32BigEndian(sorted),
            NumberType.S32 => BinaryPrimitives.ReadInt32BigEndian(sorted),
            NumberType.F32 => Widen(BinaryPrimitives.ReadSingleBigEndian(sorted)),
            NumberType.F64 => BinaryPrimitives.ReadDoubleBigEndian(sorted),
            NumberType.Bits => (BinaryPrimitives.ReadUInt16BigEndian(sorted) & Mask) >> BitOperations.TrailingZeroCount(Mask),
            _ => throw new InvalidOperationException("Not a defined form."),
        };
    }

    /// <summary>The number a probe means: the shortest decimal that is this one in 32 bits. 7.6 in 32 bits is
    /// 7.599999904632568 in 64, digits that nobody measured.</summary>
    /// <param name="value">The number.</param>
    public static double Widen(float value)
    {
        if (!float.IsFinite(value))
        {
            return value;
        }

        Span<char> digits = stackalloc char[DigitsMax];
        return value.TryFormat(digits, out var length, "R", CultureInfo.InvariantCulture)
            ? double.Parse(digits[..length], NumberStyles.Float, CultureInfo.InvariantCulture)
            : value;
    }

    // Highest byte first.
    private void Sort(ReadOnlySpan<byte> bytes, Span<byte> sorted)
    {
        var within = Order is ByteOrder.BADC or ByteOrder.DCBA && bytes.Length > 1 ? 1 : 0;
        var lowFirst = Order is ByteOrder.CDAB or ByteOrder.DCBA && bytes.Length > BytesPerRegister;
        for (var i = 0; i < bytes.Length; i++)
        {
            var register = i / BytesPerRegister;
            var from = lowFirst ? (bytes.Length / BytesPerRegister) - 1 - register : register;
            sorted[i] = bytes[bytes.Length == 1 ? 0 : (from * BytesPerRegister) + ((i % BytesPerRegister) ^ within)];
        }
    }
}

/// <summary>The forms of a number.</summary>
public enum NumberType
{
    /// <summary>One byte, from 0 on.</summary>
    U8,

    /// <summary>One byte, two's complement.</summary>
    S8,

    /// <summary>16 bits, from 0 on.</summary>
    U16,

    /// <summary>16 bits, two's complement.</summary>
    S16,

    /// <summary>32 bits, from 0 on.</summary>
    U32,

    /// <summary>32 bits, two's complement.</summary>
    S32,

    /// <summary>IEEE 754, 32 bits.</summary>
    F32,

    /// <summary>IEEE 754, 64 bits.</summary>
    F64,

    /// <summary>Some bits of a word of 16.</summary>
    Bits,

    /// <summary>A coil or an input.</summary>
    Bit,
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Writes the fields of a body: whole numbers in as many bytes as they need (LEB128, signed ones in zigzag), reals
/// in 8 bytes, least significant first, texts in UTF-8 after their length.</summary>
internal sealed class FieldWriter
{
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => bytes.WrittenSpan;

    /// <summary>Writes a byte.</summary>
    /// <param name="value">The byte.</param>
    public void Byte(byte value)
    {
        bytes.GetSpan(sizeof(byte))[0] = value;
        bytes.Advance(sizeof(byte));
    }

    /// <summary>Writes a whole number that is never below zero.</summary>
    /// <param name="value">The number.</param>
    public void Unsigned(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)((value & 0x7F) | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    /// <summary>Writes a count, length or number of a record.</summary>
    /// <param name="value">The number, 0 or more.</param>
    public void Unsigned(long value) => Unsigned((ulong)value);

    /// <summary>Writes a whole number.</summary>
    /// <param name="value">The number.</param>
    public void Signed(long value) => Unsigned(unchecked((ulong)((value << 1) ^ (value >> 63))));

    /// <summary>Writes a real number.</summary>
    /// <param name="value">The number; every bit is kept.</param>
    public void Real(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.GetSpan(sizeof(double)), value);
        bytes.Advance(sizeof(double));
    }

    /// <summary>Writes an identifier of 16 bytes.</summary>
    /// <param name="value">The identifier.</param>
    public void Identifier(Guid value) => bytes.Write(value.ToByteArray(bigEndian: true));

    /// <summary>Writes a text.</summary>
    /// <param name="value">The text.</param>
    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Unsigned(length);
        Encoding.UTF8.GetBytes(value, bytes.GetSpan(length));
        bytes.Advance(length);
    }

    /// <summary>Writes bytes after their number.</summary>
    /// <param name="value">The bytes.</param>
    public void Block(ReadOnlySpan<byte> value)
    {
        Unsigned(value.Length);
        bytes.Write(value);
    }
}

/// <summary>Reads what <see cref="FieldWriter"/> wrote. The bytes are hostile: reading past the end or a number that is too
/// long gives zeros and sets <see cref="Failed"/>, and nothing throws.</summary>
/// <param name="bytes">The bytes.</param>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    /// <summary>Whether something could not be read; what was read is then worth nothing.</summary>
    public bool Failed { get; private set; }

    /// <summary>What was not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => rest;

    /// <summary>Whether all was read and nothing failed.</summary>
    public readonly bool IsDone => !Failed && rest.IsEmpty;

    /// <summary>Reads a byte.</summary>
    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    /// <summary>Reads a whole number that is never below zero.</summary>
    public ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return Failed ? 0 : value;
            }
        }

        return Fail();
    }

    /// <summary>Reads a whole number from 0 to a bound.</summary>
    /// <param name="max">The bound.</param>
    public long Unsigned(long max)
    {
        var value = Unsigned();
        return value <= (ulong)max ? (long)value : (long)Fail();
    }

    /// <summary>Reads how many items follow, each of at least one byte.</summary>
    public int Count() => (int)Unsigned(rest.Length);

    /// <summary>Reads a whole number.</summary>
    public long Signed()
    {
        var value = Unsigned();
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    /// <summary>Reads a real number.</summary>
    public double Real()
    {
        var taken = Take(sizeof(double));
        return taken.IsEmpty ? 0 : BinaryPrimitives.ReadDoubleLittleEndian(taken);
    }

    /// <summary>Reads an identifier of 16 bytes.</summary>
    public Guid Identifier()
    {
        var taken = Take(16);
        return taken.IsEmpty ? Guid.Empty : new Guid(taken, bigEndian: true);
    }

    /// <summary>Reads a text.</summary>
    public string Text() => Encoding.UTF8.GetString(Block());

    /// <summary>Reads bytes after their number.</summary>
    public ReadOnlySpan<byte> Block() => Take(Count());

    /// <summary>Notes that what was read cannot be.</summary>
    /// <returns>Zero.</returns>
    public ulong Fail()
    {
        Failed = true;
        rest = [];
        return 0;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
        {
            Fail();
            return [];
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}

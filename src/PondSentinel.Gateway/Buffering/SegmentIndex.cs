using System.Buffers.Binary;

namespace PondSentinel.Gateway.Buffering;

/// <summary>The last bytes of a full segment: its contents, so that opening reads these bytes instead of all.</summary>
/// <remarks>Never needed: a segment without one is read from end to end. So it is written without a sync, and one that a
/// power cut has torn is no loss. README.md of this folder gives the layout.</remarks>
internal static class SegmentIndex
{
    private const int HeaderBytes = 12;
    private const uint Magic = 0x3158_4E50; // "PNX1"
    private const int BytesMin = 256;
    private const int BytesMax = 16 * 1024;
    private const int BytesPart = 256;

    /// <summary>Bytes that a segment leaves free for it.</summary>
    /// <param name="length">Bytes of the segment.</param>
    public static int BytesOf(int length) => Math.Clamp(length / BytesPart / Frame.Alignment * Frame.Alignment, BytesMin, BytesMax);

    /// <summary>Writes it.</summary>
    /// <param name="contents">What the segment holds.</param>
    /// <param name="number">Number of the segment.</param>
    /// <param name="length">Bytes of the segment.</param>
    /// <returns>The bytes; null where there is too much to tell.</returns>
    public static byte[]? Write(SegmentContents contents, ulong number, int length)
    {
        var body = contents.Write();
        if (HeaderBytes + body.Length > BytesOf(length))
        {
            return null;
        }

        var index = new byte[HeaderBytes + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(index, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(index.AsSpan(8), body.Length);
        body.CopyTo(index, HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan(4), Crc32C.Of(number, index.AsSpan(8)));
        return index;
    }

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The last bytes of the segment, hostile.</param>
    /// <param name="number">Number of the segment.</param>
    /// <param name="length">Bytes of the segment.</param>
    /// <returns>What the segment holds; null where no index is there.</returns>
    public static SegmentContents? Read(ReadOnlySpan<byte> bytes, ulong number, int length)
    {
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
        {
            return null;
        }

        var size = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        return size >= 0 && size <= bytes.Length - HeaderBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == Crc32C.Of(number, bytes.Slice(8, 4 + size))
            ? SegmentContents.Read(bytes.Slice(HeaderBytes, size), length)
            : null;
    }
}

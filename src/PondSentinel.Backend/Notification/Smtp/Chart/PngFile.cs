using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace PondSentinel.Backend.Notification.Smtp.Chart;

/// <summary>Writes a picture of a few colours as PNG (ISO/IEC 15948): one byte for a pixel, an index of the palette.</summary>
internal static class PngFile
{
    private const byte BitsPerPixel = 8;
    private const byte ColourTypePalette = 3;
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n => TableEntry((uint)n))];

    /// <summary>Writes it.</summary>
    /// <param name="canvas">The picture.</param>
    public static byte[] Write(PixelCanvas canvas)
    {
        using var png = new MemoryStream();
        png.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, canvas.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), canvas.Height);
        header[8] = BitsPerPixel;
        header[9] = ColourTypePalette;
        WriteChunk(png, "IHDR", header);
        WriteChunk(png, "PLTE", [.. PixelCanvas.Palette.SelectMany(colour => (byte[])[colour.Red, colour.Green, colour.Blue])]);
        WriteChunk(png, "IDAT", Compressed(canvas));
        WriteChunk(png, "IEND", []);
        return png.ToArray();
    }

    // Each line begins with its filter: none, which is best for pictures with a palette.
    private static byte[] Compressed(PixelCanvas canvas)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.SmallestSize))
        {
            for (var y = 0; y < canvas.Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(canvas.Line(y));
            }
        }

        return data.ToArray();
    }

    private static void WriteChunk(MemoryStream png, string type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        byte[] checkedBytes = [.. Encoding.ASCII.GetBytes(type), .. data];
        png.Write(checkedBytes);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(checkedBytes));
        png.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = CrcTable[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint TableEntry(uint n)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            n = (n & 1) == 1 ? 0xEDB88320 ^ (n >> 1) : n >> 1;
        }

        return n;
    }
}

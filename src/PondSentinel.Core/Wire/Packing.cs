using System.Buffers;
using System.IO.Compression;

namespace PondSentinel.Wire;

/// <summary>gzip, known by its first two bytes, since MQTT 3.1.1 has no place to say so.</summary>
internal static class Packing
{
    private const int StepBytes = 16 * 1024;

    /// <summary>Packs bytes.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    /// <summary>Unpacks bytes where they are packed.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    /// <param name="bytesMax">Where to stop: what a small bomb unpacks to is never held.</param>
    /// <param name="unpacked">The bytes, or the first <paramref name="bytesMax"/> of them.</param>
    /// <param name="isCut">Whether there are more.</param>
    /// <returns>Whether the packing is whole.</returns>
    public static bool TryUnpack(
        ReadOnlySpan<byte> payload, int bytesMax, out ReadOnlyMemory<byte> unpacked, out bool isCut)
    {
        var bytes = payload.ToArray();
        (unpacked, isCut) = (bytes, false);
        if (!payload.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            return true;
        }

        var buffer = new ArrayBufferWriter<byte>(StepBytes);
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            while (buffer.WrittenCount <= bytesMax && gzip.Read(buffer.GetSpan(StepBytes)) is var read and > 0)
            {
                buffer.Advance(read);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException)
        {
            return false;
        }

        isCut = buffer.WrittenCount > bytesMax;
        unpacked = buffer.WrittenMemory[..Math.Min(buffer.WrittenCount, bytesMax)];
        return true;
    }
}

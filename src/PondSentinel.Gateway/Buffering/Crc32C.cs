using System.Buffers.Binary;
using System.Numerics;

namespace PondSentinel.Gateway.Buffering;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4): what the processors of a Pi and of a PC compute in hardware.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of bytes, bound to the place they belong to: the same bytes elsewhere do not match.</summary>
    /// <param name="place">The place, taken in before the bytes as 8 bytes, least significant first.</param>
    /// <param name="bytes">The bytes.</param>
    public static uint Of(ulong place, ReadOnlySpan<byte> bytes)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, place);
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var single in bytes)
        {
            crc = BitOperations.Crc32C(crc, single);
        }

        return ~crc;
    }
}

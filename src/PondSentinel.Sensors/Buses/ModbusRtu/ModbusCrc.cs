namespace PondSentinel.Sensors.Buses.ModbusRtu;

/// <summary>The checksum of Modbus RTU: CRC-16, polynomial 0xA001 reflected, start 0xFFFF (Modbus over Serial Line V1.02,
/// 6.2.2).</summary>
public static class ModbusCrc
{
    /// <summary>Bytes that it takes in a frame.</summary>
    public const int Length = 2;

    /// <summary>The checksum of some bytes; on the line its low byte goes first.</summary>
    /// <param name="bytes">Address, function and data.</param>
    public static ushort Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFF;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1;
            }
        }

        return (ushort)crc;
    }

    /// <summary>Whether a frame ends with its checksum.</summary>
    /// <param name="frame">The frame, checksum included.</param>
    public static bool IsValid(ReadOnlySpan<byte> frame) =>
        frame.Length > Length
        && Compute(frame[..^Length]) == (frame[^Length] | (frame[^1] << 8));
}

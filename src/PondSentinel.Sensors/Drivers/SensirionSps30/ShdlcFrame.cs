namespace PondSentinel.Sensors.Drivers.SensirionSps30;

/// <summary>Frames of SHDLC, Sensirion's link layer over a UART. Pure.</summary>
/// <remarks>Source: Datasheet SPS30, version 1.0, March 2020, section 5.2; see README.md beside this file.</remarks>
internal static class ShdlcFrame
{
    /// <summary>Bytes of a reply without data.</summary>
    public const int ReplyLengthMin = 7;

    private const byte Flag = 0x7E;
    private const byte Escape = 0x7D;
    private const byte EscapedBit = 0x20;
    private const byte XOn = 0x11;
    private const byte XOff = 0x13;

    // The only one there is.
    private const byte Address = 0;

    // Address, command, state, length; and the checksum behind the data.
    private const int HeaderLength = 4;
    private const int ContentLengthMax = HeaderLength + byte.MaxValue + 1;

    /// <summary>A frame to the sensor, with its flags and stuffed.</summary>
    /// <param name="command">The command.</param>
    /// <param name="data">What belongs to it, at most 255 bytes.</param>
    public static ReadOnlyMemory<byte> Command(byte command, params ReadOnlySpan<byte> data)
    {
        byte[] content = [Address, command, checked((byte)data.Length), .. data];
        List<byte> frame = [Flag];
        foreach (var value in (byte[])[.. content, Checksum(content)])
        {
            frame.AddRange(IsStuffed(value) ? [Escape, (byte)(value ^ EscapedBit)] : [value]);
        }

        return (byte[])[.. frame, Flag];
    }

    /// <summary>Looks for the first good reply to a command. A flag ends one frame and may begin the next, so a frame is found behind
    /// one that has lost its end.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="command">The command.</param>
    public static ShdlcReply? Find(ReadOnlySpan<byte> bytes, byte command)
    {
        while (bytes.IndexOf(Flag) is >= 0 and var begin)
        {
            bytes = bytes[(begin + 1)..];
            if (bytes.IndexOf(Flag) is > 0 and var length && Interpret(bytes[..length]) is { } reply && reply.Command == command)
            {
                return reply;
            }
        }

        return null;
    }

    // What stands between two flags.
    private static ShdlcReply? Interpret(ReadOnlySpan<byte> stuffed)
    {
        Span<byte> room = stackalloc byte[ContentLengthMax];
        if (Unstuff(stuffed, room) is not { } length || length <= HeaderLength)
        {
            return null;
        }

        var content = room[..length];
        return content[0] == Address && content[3] == length - HeaderLength - 1 && content[^1] == Checksum(content[..^1])
            ? new ShdlcReply(content[1], content[2], content[HeaderLength..^1].ToArray())
            : null;
    }

    // Null where it is not stuffed as it has to be, or longer than any frame.
    private static int? Unstuff(ReadOnlySpan<byte> stuffed, Span<byte> plain)
    {
        var length = 0;
        for (var at = 0; at < stuffed.Length; at++)
        {
            var value = stuffed[at];
            if (value == Escape)
            {
                value = ++at < stuffed.Length ? (byte)(stuffed[at] ^ EscapedBit) : Address;
                if (!IsStuffed(value))
                {
                    return null;
                }
            }
            else if (IsStuffed(value))
            {
                return null;
            }

            if (length == plain.Length)
            {
                return null;
            }

            plain[length++] = value;
        }

        return length;
    }

    private static bool IsStuffed(byte value) => value is Flag or Escape or XOn or XOff;

    // The lowest byte of the sum, inverted.
    private static byte Checksum(ReadOnlySpan<byte> content)
    {
        var sum = 0;
        foreach (var value in content)
        {
            sum += value;
        }

        return (byte)(~sum & byte.MaxValue);
    }
}

/// <summary>A reply.</summary>
/// <param name="Command">The command that it answers.</param>
/// <param name="State">The flag for errors of the device, and what came of the command.</param>
/// <param name="Data">What belongs to it.</param>
internal sealed record ShdlcReply(byte Command, byte State, ReadOnlyMemory<byte> Data)
{
    private const byte DeviceErrorFlag = 0x80;

    /// <summary>Whether the device says that something of it has failed.</summary>
    public bool HasDeviceError => (State & DeviceErrorFlag) != 0;

    /// <summary>What came of the command; 0 is well.</summary>
    public byte Code => (byte)(State & ~DeviceErrorFlag);
}

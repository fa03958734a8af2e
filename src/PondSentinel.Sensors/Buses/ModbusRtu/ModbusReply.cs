namespace PondSentinel.Sensors.Buses.ModbusRtu;

/// <summary>Finds the reply to a request among the bytes that came. Pure.</summary>
/// <remarks>Frames have no mark of their begin, and silence says nothing in user space (an USB adapter holds bytes back for
/// 16 ms). So a reply is what begins as it must, has the length it must and the right checksum, wherever it stands: a bus
/// without bias adds a 00 or FF in front. Nothing is ever taken without a checksum.</remarks>
internal static class ModbusReply
{
    private const byte ExceptionBit = 0x80;
    private const int ExceptionLength = 5;

    /// <summary>Fewest bytes that a frame can have.</summary>
    public const int LengthMin = ExceptionLength;

    /// <summary>Looks for the reply.</summary>
    /// <param name="bytes">All that came since the request went out, without an echo of it.</param>
    /// <param name="request">The request.</param>
    public static ModbusFinding Find(ReadOnlySpan<byte> bytes, ModbusRequest request)
    {
        var best = ModbusMatch.None;
        for (var offset = 0; offset < bytes.Length; offset++)
        {
            var rest = bytes[offset..];
            var head = rest[..Math.Min(rest.Length, request.ReplyHeadLength)];
            if (request.IsReplyHead(head))
            {
                var match = Judge(rest, request.ReplyLength, ModbusMatch.Reply);
                if (match == ModbusMatch.Reply)
                {
                    return new ModbusFinding(match, offset, request.ReplyLength);
                }

                best = Better(best, match);
            }

            if (rest.Length > 1 && rest[0] == request.Address && rest[1] == (request.Function | ExceptionBit))
            {
                var match = Judge(rest, ExceptionLength, ModbusMatch.Exception);
                if (match == ModbusMatch.Exception)
                {
                    return new ModbusFinding(match, offset, ExceptionLength);
                }

                best = Better(best, match);
            }
        }

        return new ModbusFinding(best, 0, 0);
    }

    private static ModbusMatch Judge(ReadOnlySpan<byte> rest, int length, ModbusMatch good)
    {
        if (rest.Length < length)
        {
            return ModbusMatch.Part;
        }

        return ModbusCrc.IsValid(rest[..length]) ? good : ModbusMatch.Garbled;
    }

    private static ModbusMatch Better(ModbusMatch a, ModbusMatch b) => a > b ? a : b;
}

/// <summary>What is known of the reply so far, the better the later.</summary>
internal enum ModbusMatch
{
    /// <summary>Nothing that begins like one.</summary>
    None,

    /// <summary>Something of the right form whose checksum is wrong.</summary>
    Garbled,

    /// <summary>The beginning of one.</summary>
    Part,

    /// <summary>The device refuses.</summary>
    Exception,

    /// <summary>A good reply.</summary>
    Reply,
}

/// <summary>Where a reply stands.</summary>
/// <param name="Match">What it is.</param>
/// <param name="Offset">Its first byte, where it is whole.</param>
/// <param name="Length">Its length, where it is whole.</param>
internal readonly record struct ModbusFinding(ModbusMatch Match, int Offset, int Length);

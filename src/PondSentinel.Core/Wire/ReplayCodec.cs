namespace PondSentinel.Wire;

/// <summary>Commands to send again as bytes, topic <c>cmd/replay</c>.</summary>
public static class ReplayCodec
{
    /// <summary>Writes a command.</summary>
    /// <param name="command">The command.</param>
    public static byte[] Encode(ReplayCommand command) => throw new NotSupportedException();

    /// <summary>Reads a command.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<ReplayCommand> Decode(ReadOnlySpan<byte> payload) => throw new NotSupportedException();
}

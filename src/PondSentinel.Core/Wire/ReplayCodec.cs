using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>Commands to send again as bytes, topic <c>cmd/replay</c>.</summary>
public static class ReplayCodec
{
    /// <summary>Most bytes of a message.</summary>
    public const int BytesMax = 1024;

    /// <summary>Writes a command.</summary>
    /// <param name="command">The command.</param>
    /// <exception cref="ArgumentException">Epoch or range is not well-formed.</exception>
    public static byte[] Encode(ReplayCommand command) =>
        WireMessage.WriteChecked(command, Write, static bytes => Decode(bytes).Malformed);

    /// <summary>Reads a command.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<ReplayCommand> Decode(ReadOnlySpan<byte> payload) =>
        WireMessage.Read(payload, BytesMax, Read);

    private static void Write(Utf8JsonWriter json, ReplayCommand command)
    {
        json.WriteString("ep", command.Epoch);
        json.WriteNumber("from", command.Range.First);
        json.WriteNumber("to", command.Range.Last);
    }

    private static ReplayCommand Read(Node top)
    {
        var range = new SequenceRange(top.Count("from"), top.Count("to"));
        if (range.Last < range.First)
        {
            top.Refuse("to lies below from");
        }

        return new ReplayCommand(top.Epoch("ep"), range);
    }
}

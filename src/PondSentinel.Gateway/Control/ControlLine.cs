using System.Buffers;
using System.Net.Sockets;
using System.Text.Json;

namespace PondSentinel.Gateway.Control;

/// <summary>Lines over a socket, each one JSON object; never more of one in memory than its bound.</summary>
/// <param name="socket">The socket; not disposed.</param>
/// <param name="bytesMax">Most bytes of a line that is received, without its end.</param>
internal sealed class ControlLine(Socket socket, int bytesMax)
{
    private const byte End = (byte)'\n';
    private readonly byte[] buffer = new byte[bytesMax + 1];
    private int length;

    /// <summary>Receives a line.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The line without its end; null where the peer has ended instead.</returns>
    /// <exception cref="ControlRefusedException">It is longer than allowed; nothing after it can be read.</exception>
    /// <exception cref="SocketException">The peer has gone.</exception>
    public async ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellationToken)
    {
        for (var searched = 0; ;)
        {
            var end = buffer.AsSpan(searched, length - searched).IndexOf(End);
            if (end >= 0)
            {
                var line = buffer[..(searched + end)];
                length -= line.Length + 1;
                buffer.AsSpan(line.Length + 1, length).CopyTo(buffer);
                return line;
            }

            if (length == buffer.Length)
            {
                throw new ControlRefusedException($"a line has at most {bytesMax} bytes");
            }

            var received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (received == 0)
            {
                return null;
            }

            searched = length;
            length += received;
        }
    }

    /// <summary>Sends a JSON object as a line.</summary>
    /// <param name="write">Writes its members.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <exception cref="SocketException">The peer has gone.</exception>
    public ValueTask SendAsync(Action<Utf8JsonWriter> write, CancellationToken cancellationToken) => SendAsync(Json(write), cancellationToken);

    /// <summary>A JSON object, as its bytes.</summary>
    /// <param name="write">Writes its members.</param>
    public static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    /// <summary>Sends a JSON object as a line.</summary>
    /// <param name="json">Its bytes; no line break among them.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <exception cref="SocketException">The peer has gone.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        for (ReadOnlyMemory<byte> rest = (byte[])[.. json.Span, End]; !rest.IsEmpty;)
        {
            rest = rest[await socket.SendAsync(rest, cancellationToken)..];
        }
    }
}

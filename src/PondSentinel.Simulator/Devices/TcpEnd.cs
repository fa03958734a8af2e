using System.Net;
using System.Net.Sockets;

namespace PondSentinel.Simulator.Devices;

/// <summary>A cable's end behind a virtual serial server: bytes of the line over TCP, as they are, on loopback. Serves one at a time, as
/// such servers do. Not thread-safe.</summary>
internal sealed class TcpEnd : ILineEnd
{
    private const int MicrosecondsPerMillisecond = 1000;

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private Socket? client;

    /// <summary>Listens.</summary>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public TcpEnd(int port)
    {
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            listener.Listen();
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new IOException($"port {port} on 127.0.0.1: {e.Message}", e);
        }
    }

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <inheritdoc/>
    public bool IsReusable => true;

    /// <inheritdoc/>
    public LineEvent Wait(int milliseconds)
    {
        if (client is not null)
        {
            return client.Poll(milliseconds * MicrosecondsPerMillisecond, SelectMode.SelectRead) ? LineEvent.Bytes : LineEvent.Nothing;
        }

        if (!listener.Poll(milliseconds * MicrosecondsPerMillisecond, SelectMode.SelectRead))
        {
            return LineEvent.NobodyListens;
        }

        client = listener.Accept();
        client.NoDelay = true;
        return LineEvent.Nothing;
    }

    /// <inheritdoc/>
    public int Read(Span<byte> bytes)
    {
        try
        {
            if (client?.Receive(bytes) is > 0 and var count)
            {
                return count;
            }
        }
        catch (SocketException)
        {
            // Closed in the hard way; the same as in the soft one.
        }

        client?.Dispose();
        client = null;
        return 0;
    }

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return client?.Send(bytes) == bytes.Length;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        client?.Dispose();
        listener.Dispose();
    }
}

using System.Buffers.Binary;
using System.Net.Sockets;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Serves a virtual I2C bus at a socket, for the rig that makes a device file of it: <c>tests/rigs/vi2c.py</c>.</summary>
/// <remarks>A request: address (1 byte), bytes to write (2, low first), bytes to read (2), and what is to be written. The answer: 0 or the
/// kernel's number for what is wrong (1 byte), and after a 0 what was read.</remarks>
internal sealed class I2cSocket : IDisposable
{
    private const int HeadLength = 5;

    private readonly VirtualI2c bus;
    private readonly string path;
    private readonly Action<string> failed;
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private volatile bool ending;

    /// <summary>Listens, and serves from a thread of its own.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="path">The socket.</param>
    /// <param name="failed">Told why it can serve no more.</param>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public I2cSocket(VirtualI2c bus, string path, Action<string> failed)
    {
        (this.bus, this.path, this.failed) = (bus, path, failed);
        try
        {
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            listener.Dispose();
            throw new IOException($"{path}: {e.Message}; a socket's path is short: choose another --folder", e);
        }

        new Thread(Accept) { IsBackground = true, Name = $"i2c {bus.Id}" }.Start();
    }

    /// <summary>Serves no more.</summary>
    public void Dispose()
    {
        ending = true;
        listener.Dispose();
        File.Delete(path);
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                using var client = listener.Accept();
                Serve(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            if (!ending)
            {
                failed(e.Message);
            }
        }
    }

    private void Serve(Socket client)
    {
        using var stream = new NetworkStream(client);
        var head = new byte[HeadLength];
        try
        {
            while (stream.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false) == HeadLength)
            {
                var write = new byte[BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(1))];
                var read = new byte[Math.Min(VirtualI2c.BytesMax, (int)BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(3)))];
                stream.ReadExactly(write);
                var error = bus.Transfer(head[0], write, read);
                stream.Write([(byte)error, .. error == 0 ? read : []]);
            }
        }
        catch (EndOfStreamException)
        {
            // The rig was ended in the middle.
        }
        catch (IOException) when (!client.Connected)
        {
            // Likewise.
        }
    }
}

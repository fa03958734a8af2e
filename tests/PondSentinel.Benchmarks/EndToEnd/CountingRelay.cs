using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PondSentinel.Gateway.Uplink;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>Stands between a gateway and its broker as an ordinary link does: passes on the bytes of TLS and counts them by their
/// records, and by the kernel's count of segments what IP and TCP add.</summary>
internal sealed class CountingRelay : IDisposable
{
    private const int LevelTcp = 6;
    private const int OptionSegmentMax = 2; // TCP_MAXSEG of linux/tcp.h
    private const int SegmentBytesMax = 1400; // A mobile link.

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly LinkMeter meter = new();
    private readonly int brokerPort;
    private long bytes;
    private long touched = Stopwatch.GetTimestamp();

    /// <summary>Listens, and passes on.</summary>
    /// <param name="brokerPort">Port of the broker on this machine.</param>
    public CountingRelay(int brokerPort)
    {
        this.brokerPort = brokerPort;
        Span<byte> segment = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(segment, SegmentBytesMax);
        listener.Server.SetRawSocketOption(LevelTcp, OptionSegmentMax, segment);
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Connections so far.</summary>
    public int Connections { get; private set; }

    /// <summary>Bytes of TLS, from the gateway and to it.</summary>
    public TlsBytes Out { get; } = new();

    /// <summary>The same to the gateway.</summary>
    public TlsBytes In { get; } = new();

    /// <summary>Bytes of all that crossed, headers of TCP and IP included, as seen by the gateway.</summary>
    public LinkBytes Total => meter.Total is { } seen ? new LinkBytes(seen.In, seen.Out) : default;

    /// <summary>Bytes so far, both ways.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>How long nothing has crossed.</summary>
    public TimeSpan Silence => Stopwatch.GetElapsedTime(Interlocked.Read(ref touched));

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var gateway = await listener.AcceptSocketAsync();
                gateway.NoDelay = true;
                meter.Add(gateway);
                Connections++;
                var broker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await broker.ConnectAsync(IPAddress.Loopback, brokerPort);
                _ = PassAsync(gateway, broker, Out, () => meter.Remove(gateway));
                _ = PassAsync(broker, gateway, In, () => { });
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task PassAsync(Socket from, Socket to, TlsBytes count, Action ended)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                count.Take(buffer.AsSpan(0, read));
                Interlocked.Add(ref bytes, read);
                Interlocked.Exchange(ref touched, Stopwatch.GetTimestamp());
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Gone.
        }

        ended();
        from.Dispose();
        to.Dispose();
    }

    /// <summary>A stream of TLS 1.3, one direction, by its records: RFC 8446, 5.1 and 5.2.</summary>
    internal sealed class TlsBytes
    {
        private const int HeaderBytes = 5;
        private const byte ApplicationData = 23;

        // Inside of a protected record: the type of its content, and the tag of the cipher.
        private const int ProtectionBytes = 1 + 16;

        private readonly byte[] header = new byte[HeaderBytes];
        private int headerRead;
        private int left;

        /// <summary>All of it.</summary>
        public long Bytes { get; private set; }

        /// <summary>Protected records.</summary>
        public long Records { get; private set; }

        /// <summary>Bytes inside of the protected records: MQTT, and what of the handshake is protected.</summary>
        public long Inside { get; private set; }

        /// <summary>Takes what has come.</summary>
        /// <param name="read">The bytes.</param>
        public void Take(ReadOnlySpan<byte> read)
        {
            Bytes += read.Length;
            while (read.Length > 0)
            {
                if (left > 0)
                {
                    var part = Math.Min(left, read.Length);
                    left -= part;
                    read = read[part..];
                    continue;
                }

                header[headerRead++] = read[0];
                read = read[1..];
                if (headerRead == HeaderBytes)
                {
                    headerRead = 0;
                    left = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3));
                    if (header[0] == ApplicationData)
                    {
                        Records++;
                        Inside += left - ProtectionBytes;
                    }
                }
            }
        }
    }
}

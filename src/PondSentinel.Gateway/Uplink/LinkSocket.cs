using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using MQTTnet.Channel;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Opens the socket that MQTTnet speaks over: looks the name up anew at every try, tries one address after the
/// other, and has the kernel give up a peer that acknowledges nothing.</summary>
/// <param name="host">Name or address of the broker; what MQTTnet says of it is the same.</param>
/// <param name="port">Its port.</param>
/// <param name="unansweredMax">How long bytes may stay unacknowledged by the peer's kernel (TCP_USER_TIMEOUT), and how long one
/// address of several may take to answer.</param>
/// <param name="meter">Counts what crosses it.</param>
/// <param name="time">The clock.</param>
internal sealed class LinkSocket(string host, int port, TimeSpan unansweredMax, LinkMeter meter, TimeProvider time)
    : IMqttClientStreamProvider
{
    // include/uapi/linux/tcp.h.
    private const int LevelTcp = 6;
    private const int OptionUserTimeout = 18;

    // The uplink asks for signs of life itself; these notice a peer that is gone where its own do not get through to the
    // kernel, say in a process that is stopped.
    private const int ProbeAfterS = 120;
    private const int ProbeIntervalS = 20;

    /// <inheritdoc/>
    public async Task<Stream> ConnectAsync(EndPoint brokerEndPoint, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        for (var i = 0; ; i++)
        {
            var isLast = i == addresses.Length - 1;
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[i], port), isLast, cancellationToken);
            }
            catch (Exception e) when (!isLast && !cancellationToken.IsCancellationRequested
                && e is SocketException or OperationCanceledException)
            {
                // The next address may do: IPv6 that leads nowhere is no rarity on mobile links.
            }
        }
    }

    private async Task<Stream> ConnectAsync(IPEndPoint address, bool isLast, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        meter.Add(socket);
        try
        {
            Prepare(socket);
            using var deadline = new CancellationTokenSource(isLast ? Timeout.InfiniteTimeSpan : unansweredMax / 2, time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            await socket.ConnectAsync(address, end.Token);
            return new MeteredStream(socket, meter);
        }
        catch
        {
            meter.Remove(socket);
            socket.Dispose();
            throw;
        }
    }

    private void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        Span<byte> milliseconds = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)unansweredMax.TotalMilliseconds);
        socket.SetRawSocketOption(LevelTcp, OptionUserTimeout, milliseconds);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, ProbeAfterS);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeIntervalS);
    }

    // Whoever closes it, MQTTnet or a link that is thrown away, it is counted first.
    private sealed class MeteredStream(Socket socket, LinkMeter meter) : NetworkStream(socket, ownsSocket: true)
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                meter.Remove(Socket);
            }

            base.Dispose(disposing);
        }
    }
}

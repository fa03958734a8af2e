using System.Net;
using System.Net.Sockets;
using PondSentinel.Gateway.Uplink;

namespace PondSentinel.Tests.Gateway.Uplink;

/// <summary>The socket of the uplink over loopback, where a segment has a header of 52 bytes.</summary>
public sealed class LinkSocketTests : IDisposable
{
    private const int Header = 52;

    private static readonly DnsEndPoint Anywhere = new("nobody-looks", 1);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly LinkMeter meter = new();

    public LinkSocketTests() => listener.Start();

    private int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task Kernel_is_told_when_to_give_up_a_peer_that_acknowledges_nothing()
    {
        await using var stream = await Connect("127.0.0.1");
        var socket = ((NetworkStream)stream).Socket;
        var option = new byte[4];
        socket.GetRawSocketOption(6, 18, option);

        Assert.Equal(20_000, BitConverter.ToInt32(option));
        Assert.Equal(1, (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.True(socket.NoDelay);
    }

    [Fact]
    public async Task Address_that_does_not_answer_does_not_hide_the_next()
    {
        Assert.Contains(
            await Dns.GetHostAddressesAsync("localhost", TestContext.Current.CancellationToken),
            address => address.AddressFamily == AddressFamily.InterNetwork);

        // Listens at 127.0.0.1 alone; where the name is also ::1, that refuses.
        await using var stream = await Connect("localhost");

        Assert.True(((NetworkStream)stream).Socket.Connected);
    }

    [Fact]
    public async Task Name_that_nobody_knows_is_a_failure_of_the_link()
    {
        await Assert.ThrowsAsync<SocketException>(() => Connect("no-such-broker.invalid"));
    }

    [Fact]
    public async Task Every_byte_that_crosses_the_socket_is_counted_both_ways_with_its_headers()
    {
        var stream = await Connect("127.0.0.1");
        using var peer = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await stream.WriteAsync(new byte[100_000], TestContext.Current.CancellationToken);
        await peer.GetStream().ReadExactlyAsync(new byte[100_000], TestContext.Current.CancellationToken);
        await peer.GetStream().WriteAsync(new byte[50_000], TestContext.Current.CancellationToken);
        await stream.ReadExactlyAsync(new byte[50_000], TestContext.Current.CancellationToken);

        // SYN, at least two segments, acknowledgements. On a busy machine a segment whose acknowledgement is late goes out once
        // more, and that crosses the socket too.
        var open = meter.Total!.Value;
        Assert.InRange(open.Out, 100_000 + (4 * Header), 180_000);
        Assert.InRange(open.In, 50_000 + (3 * Header), 90_000);

        await stream.DisposeAsync();
        var closed = meter.Total!.Value;
        Assert.InRange(closed.Out - open.Out, Header, 4 * Header);
        Assert.InRange(closed.In - open.In, Header, 4 * Header);
    }

    [Fact]
    public async Task What_was_spent_over_links_that_are_gone_is_not_forgotten_and_tries_in_vain_count()
    {
        for (var i = 1; i <= 3; i++)
        {
            await (await Connect("127.0.0.1")).DisposeAsync();
            Assert.InRange(meter.Total!.Value.Sum, i * 5 * Header, i * 10 * Header);
        }

        var before = meter.Total!.Value;
        listener.Stop();
        await Assert.ThrowsAsync<SocketException>(() => Connect("127.0.0.1"));
        Assert.True(meter.Total!.Value.Out > before.Out);
    }

    private Task<Stream> Connect(string host) =>
        new LinkSocket(host, Port, TimeSpan.FromSeconds(20), meter, TimeProvider.System)
            .ConnectAsync(Anywhere, TestContext.Current.CancellationToken);
}

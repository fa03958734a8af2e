using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;
using PondSentinel.Backend.Broker;

namespace PondSentinel.Tests.Backend.Broker;

public sealed class BrokerConnectionTests : IAsyncDisposable
{
    private const string Live = "pond/v1/pond/gz-07/data/live";

    private readonly CancellationTokenSource stop = new();
    private readonly int port = FreePort();
    private readonly SemaphoreSlim connected = new(0);
    private MqttServer server;
    private Task running = Task.CompletedTask;

    public BrokerConnectionTests()
    {
        server = NewServer();
        Connection = new BrokerConnection(
            new BrokerOptions { Embedded = false, Port = port }, "b1", TimeProvider.System, NullLogger<BrokerConnection>.Instance,
            new GatewayQuota());
        Connection.Connected += () => connected.Release();
    }

    private BrokerConnection Connection { get; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Message_is_handed_on_and_acknowledged_only_when_it_is_taken_care_of()
    {
        var acknowledged = new TaskCompletionSource();
        server.ClientAcknowledgedPublishPacketAsync += _ =>
        {
            acknowledged.TrySetResult();
            return Task.CompletedTask;
        };
        await StartAsync();
        await InjectAsync(Live, "one");

        var delivery = await NextAsync();
        Assert.Equal((Live, "one"), (delivery.Topic, Encoding.UTF8.GetString(delivery.Payload.Span)));
        Assert.False(delivery.IsStale());
        Assert.False(acknowledged.Task.IsCompleted);
        delivery.Acknowledge();
        await acknowledged.Task.WaitAsync(Cancelled);
    }

    [Fact]
    public async Task Acknowledgements_go_out_in_the_order_of_the_messages()
    {
        List<ushort> delivered = [];
        List<ushort> acknowledged = [];
        var all = new TaskCompletionSource();
        server.InterceptingOutboundPacketAsync += packet =>
        {
            if (packet.Packet is MQTTnet.Packets.MqttPublishPacket publish)
            {
                delivered.Add(publish.PacketIdentifier);
            }

            return Task.CompletedTask;
        };
        server.ClientAcknowledgedPublishPacketAsync += ack =>
        {
            acknowledged.Add(ack.PublishPacket.PacketIdentifier);
            if (acknowledged.Count == 3)
            {
                all.TrySetResult();
            }

            return Task.CompletedTask;
        };
        await StartAsync();
        List<Delivery> deliveries = [];
        foreach (var text in new[] { "a", "b", "c" })
        {
            await InjectAsync(Live, text);
            deliveries.Add(await NextAsync());
        }

        deliveries[2].Acknowledge();
        deliveries[0].Acknowledge();
        deliveries[1].Acknowledge();
        deliveries[1].Acknowledge();
        await all.Task.WaitAsync(Cancelled);
        Assert.Equal(delivered, acknowledged);
    }

    [Fact]
    public async Task Message_that_was_not_acknowledged_comes_again_after_the_connection_was_lost()
    {
        await StartAsync();
        await InjectAsync(Live, "one");
        var first = await NextAsync();

        await server.DisconnectClientAsync("pond-backend");
        await connected.WaitAsync(Cancelled);
        Assert.True(first.IsStale());
        first.Acknowledge();
        var again = await NextAsync();
        Assert.Equal("one", Encoding.UTF8.GetString(again.Payload.Span));
        again.Acknowledge();
    }

    [Fact]
    public async Task Broker_that_comes_late_or_again_is_found_and_subscribed_to()
    {
        running = Connection.RunAsync(stop.Token);
        Assert.False(await PublishAsync());
        await server.StartAsync();
        await connected.WaitAsync(Cancelled);
        Assert.True(await PublishAsync());

        await server.StopAsync();
        server.Dispose();
        server = NewServer();
        await server.StartAsync();
        await connected.WaitAsync(Cancelled);
        await InjectAsync(Live, "two");
        var delivery = await NextAsync();
        Assert.Equal("two", Encoding.UTF8.GetString(delivery.Payload.Span));
    }

    [Fact]
    public async Task Retained_state_comes_at_every_connect()
    {
        await StartAsync();
        await InjectAsync("pond/v1/pond/gz-07/state", "{}", retain: true);
        (await NextAsync()).Acknowledge();

        await server.DisconnectClientAsync("pond-backend");
        await connected.WaitAsync(Cancelled);
        Assert.Equal("pond/v1/pond/gz-07/state", (await NextAsync()).Topic);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        await server.StopAsync();
        server.Dispose();
        stop.Dispose();
        connected.Dispose();
    }

    private async Task<Delivery> NextAsync()
    {
        InboxEntry? arrival;
        while (!Connection.Incoming.TryTakeBatch(out arrival) && !Connection.Incoming.TryTakeOther(out arrival))
        {
            await Connection.Incoming.WaitAsync(Cancelled);
        }

        return arrival.Delivery;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private MqttServer NewServer() => new MqttServerFactory().CreateMqttServer(
        new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithDefaultEndpointPort(port)
            .WithPersistentSessions()
            .Build());

    private async Task StartAsync()
    {
        await server.StartAsync();
        running = Connection.RunAsync(stop.Token);
        await connected.WaitAsync(Cancelled);
    }

    private Task<bool> PublishAsync() =>
        Connection.PublishAsync("pond/v1/pond/gz-07/ack", "{}"u8.ToArray(), false, TimeSpan.FromMinutes(10), Cancelled);

    private Task InjectAsync(string topic, string payload, bool retain = false) => server.InjectApplicationMessage(
        new InjectedMqttApplicationMessage(new MqttApplicationMessage
        {
            Topic = topic,
            PayloadSegment = Encoding.UTF8.GetBytes(payload),
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            Retain = retain,
        })
        {
            SenderClientId = "gz-07",
        },
        Cancelled);
}

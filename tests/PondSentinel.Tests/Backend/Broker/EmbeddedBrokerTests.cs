using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Backend.Broker;

namespace PondSentinel.Tests.Backend.Broker;

public sealed class EmbeddedBrokerTests : IAsyncLifetime
{
    private static readonly BrokerOptions BackendOptions = new() { User = AccessCases.Backend, Password = "secret" };
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(30);
    private readonly List<IMqttClient> clients = [];
    private EmbeddedBroker broker = null!;

    public async ValueTask InitializeAsync() => broker = await StartAsync(0);

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        await broker.DisposeAsync();
    }

    [Fact]
    public async Task Only_topics_of_the_table_may_be_published() =>
        Assert.Equal(AccessCases.Publishing, await new AccessTrial(name => ConnectAsync(name)).PublishAsync());

    [Fact]
    public async Task Only_topics_of_the_table_may_be_read() =>
        Assert.Equal(AccessCases.Reading, await new AccessTrial(name => ConnectAsync(name)).ReadAsync());

    [Theory]
    [InlineData("#")]
    [InlineData("$SYS/#")]
    [InlineData("pond/v1/zudong/gz-08/ack")]
    public async Task Subscription_that_is_wider_than_the_table_is_refused_and_not_narrowed(string filter)
    {
        var gateway = await ConnectAsync(AccessCases.Gateway);

        var subscribed = await gateway.SubscribeAsync(
            filter, MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);

        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, subscribed.Items.Single().ResultCode);
    }

    [Theory]
    [InlineData("gz-07", "gz-07", null, MqttClientConnectResultCode.Success)]
    [InlineData("gz-07", "gz-08", null, MqttClientConnectResultCode.ClientIdentifierNotValid)]
    [InlineData(null, "gz-07", null, MqttClientConnectResultCode.BadUserNameOrPassword)]
    [InlineData("GZ 07", "GZ 07", null, MqttClientConnectResultCode.BadUserNameOrPassword)]
    [InlineData("pond-backend", "pond-backend", "secret", MqttClientConnectResultCode.Success)]
    [InlineData("pond-backend", "pond-backend", "guess", MqttClientConnectResultCode.BadUserNameOrPassword)]
    [InlineData("pond-backend", "pond-backend", null, MqttClientConnectResultCode.BadUserNameOrPassword)]
    public async Task User_name_is_the_client_id_and_the_backend_proves_itself(
        string? user, string clientId, string? password, MqttClientConnectResultCode expected)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        clients.Add(client);

        var result = await client.ConnectAsync(Options(user, clientId, password), TestContext.Current.CancellationToken);

        Assert.Equal(expected, result.ResultCode);
    }

    [Fact]
    public async Task Too_large_a_message_is_refused_and_the_client_stays()
    {
        var gateway = await ConnectAsync(AccessCases.Gateway);
        var large = Message("pond/v1/zudong/gz-07/data/back", new byte[EmbeddedBroker.PayloadBytesMax + 1]);

        var result = await gateway.PublishAsync(large, TestContext.Current.CancellationToken);

        Assert.Equal(MqttClientPublishReasonCode.QuotaExceeded, result.ReasonCode);
        Assert.True(gateway.IsConnected);
    }

    [Fact]
    public async Task Retained_state_reaches_who_subscribes_later()
    {
        var gateway = await ConnectAsync(AccessCases.Gateway);
        var state = Message("pond/v1/zudong/gz-07/state");
        state.Retain = true;
        await gateway.PublishAsync(state, TestContext.Current.CancellationToken);

        var backend = await ConnectAsync(AccessCases.Backend);
        Assert.Equal(state.Topic, await FirstAsync(backend, subscribe: true));
    }

    [Fact]
    public async Task What_comes_while_a_client_is_away_waits_for_it()
    {
        var gateway = await ConnectAsync(AccessCases.Gateway);
        await gateway.SubscribeAsync(
            "pond/v1/zudong/gz-07/ack", MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
        await gateway.DisconnectAsync(new MqttClientDisconnectOptions { SessionExpiryInterval = 3600 }, TestContext.Current.CancellationToken);
        var backend = await ConnectAsync(AccessCases.Backend);
        await backend.PublishAsync(Message("pond/v1/zudong/gz-07/ack"), TestContext.Current.CancellationToken);

        Assert.Equal("pond/v1/zudong/gz-07/ack", await FirstAsync(null, subscribe: false));
    }

    [Fact]
    public async Task Listens_on_loopback_only()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // Another address of this machine: 127.0.0.2 is loopback too, and is not listened on.
        await Assert.ThrowsAsync<SocketException>(async () => await socket.ConnectAsync(
            new IPEndPoint(IPAddress.Parse("127.0.0.2"), broker.Port), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Taken_port_is_one_line_that_says_what_to_do()
    {
        var e = await Assert.ThrowsAsync<IOException>(() => StartAsync(broker.Port));

        Assert.Equal(
            $"The broker cannot listen on 127.0.0.1:{broker.Port} (Address already in use). Stop what uses the port, or set another in [broker] port.",
            e.Message);
    }

    private static Task<EmbeddedBroker> StartAsync(int port) => EmbeddedBroker.StartAsync(
        BackendOptions with { Port = port }, TimeProvider.System, NullLogger<EmbeddedBroker>.Instance);

    private static MqttApplicationMessage Message(string topic, byte[]? payload = null) => new()
    {
        Topic = topic,
        Payload = new ReadOnlySequence<byte>(payload ?? "{}"u8.ToArray()),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
    };

    private MqttClientOptions Options(string? user, string clientId, string? password)
    {
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", broker.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(clientId)
            .WithCleanStart(false)
            .WithSessionExpiryInterval(3600)
            .WithTimeout(Enough);
        return (user is null ? options : options.WithCredentials(user, password)).Build();
    }

    private async Task<IMqttClient> ConnectAsync(string name, Func<MqttApplicationMessageReceivedEventArgs, Task>? received = null)
    {
        if (received is null && clients.Find(known => known.IsConnected && known.Options.ClientId == name) is { } open)
        {
            return open;
        }

        var client = new MqttClientFactory().CreateMqttClient();
        clients.Add(client);
        if (received is not null)
        {
            client.ApplicationMessageReceivedAsync += received;
        }

        var result = await client.ConnectAsync(
            Options(name, name, name == AccessCases.Backend ? "secret" : null), TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientConnectResultCode.Success, result.ResultCode);
        return client;
    }

    private async Task<string> FirstAsync(IMqttClient? client, bool subscribe)
    {
        var got = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task Take(MqttApplicationMessageReceivedEventArgs message)
        {
            got.TrySetResult(message.ApplicationMessage.Topic);
            return Task.CompletedTask;
        }

        if (client is null)
        {
            await ConnectAsync(AccessCases.Gateway, Take);
        }
        else
        {
            client.ApplicationMessageReceivedAsync += Take;
        }

        if (subscribe)
        {
            await client!.SubscribeAsync("pond/v1/+/+/state", MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
        }

        return await got.Task.WaitAsync(Enough, TestContext.Current.CancellationToken);
    }
}

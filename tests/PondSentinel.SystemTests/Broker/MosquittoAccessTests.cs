using System.Collections.Concurrent;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Backend.Broker;

namespace PondSentinel.SystemTests.Broker;

/// <summary>The access rules in <c>deploy/mosquitto</c> do what the wire contract says.</summary>
public sealed class MosquittoAccessTests : IAsyncLifetime
{
    private const string Gateway = AccessCases.Gateway;
    private const string Neighbour = "gz-08";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string folder = TestFolder.Create();
    private readonly List<IMqttClient> clients = [];
    private Mosquitto? broker;

    public async ValueTask InitializeAsync() =>
        broker = await Mosquitto.StartAsync(folder, Gateway, Neighbour, Mosquitto.Backend);

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        await broker!.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Everybody_publishes_what_the_contract_allows_and_no_more()
    {
        List<(string, string, bool)> found = [];
        foreach (var (client, topic, _) in AccessCases.Publishing)
        {
            found.Add((client, topic, await MayPublishAsync(await ConnectAsync(client), topic)));
        }

        Assert.Equal(AccessCases.Publishing, found);
    }

    [Fact]
    public async Task Gateway_hears_what_is_said_to_it_and_nothing_else()
    {
        var gateway = await ConnectAsync(Gateway);
        var neighbour = await ConnectAsync(Neighbour);
        var backend = await ConnectAsync(AccessCases.Backend);
        var heard = await HearAsync(gateway, "pond/v1/#");

        Assert.True(await MayPublishAsync(neighbour, "pond/v1/site/gz-08/data/live"));
        Assert.True(await MayPublishAsync(backend, "pond/v1/site/gz-08/ack"));
        Assert.True(await MayPublishAsync(backend, "pond/v1/site/_alert/rule/subject"));
        Assert.True(await MayPublishAsync(backend, "pond/v1/site/gz-07/cmd/replay"));
        Assert.True(await MayPublishAsync(backend, "pond/v1/site/gz-07/ack"));

        // What comes last shows that nothing else came before it.
        await Eventually.HoldsAsync(() => heard.Contains("pond/v1/site/gz-07/ack"), Patience, () => "its receipt");
        Assert.Equal(["pond/v1/site/gz-07/cmd/replay", "pond/v1/site/gz-07/ack"], heard);
    }

    [Fact]
    public async Task Backend_hears_every_gateway()
    {
        var gateway = await ConnectAsync(Gateway);
        var heard = await HearAsync(await ConnectAsync(AccessCases.Backend), "pond/v1/#");
        string[] topics = ["data/live", "data/back", "evt", "meta", "state", "health", "time"];

        foreach (var topic in topics)
        {
            Assert.True(await MayPublishAsync(gateway, $"pond/v1/site/gz-07/{topic}"));
        }

        await Eventually.HoldsAsync(() => heard.Count == topics.Length, Patience, () => $"heard {string.Join(", ", heard)}");
        Assert.Equal(topics.Select(topic => $"pond/v1/site/gz-07/{topic}"), heard);
    }

    [Theory]
    [InlineData("gz-07", "wrong")]
    [InlineData("gz-09", "secret of gz-09")]
    [InlineData(null, null)]
    public async Task Who_does_not_know_the_password_is_refused(string? user, string? password)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var options = Options("some-id");
        if (user is not null)
        {
            options = options.WithCredentials(user, password);
        }

        var refused = await Record.ExceptionAsync(() =>
            client.ConnectAsync(options.Build(), TestContext.Current.CancellationToken));
        var result = client.IsConnected ? "connected" : refused?.Message ?? "not connected";
        Assert.NotEqual("connected", result);
    }

    [Fact]
    public async Task Client_is_whom_it_logged_in_as_whatever_it_calls_itself()
    {
        var gateway = await ConnectAsync(Gateway, clientId: Neighbour);

        Assert.False(await MayPublishAsync(gateway, "pond/v1/site/gz-08/data/live"));
        Assert.True(await MayPublishAsync(gateway, "pond/v1/site/gz-07/data/live"));
    }

    private static async Task<bool> MayPublishAsync(IMqttClient client, string topic)
    {
        var message = new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(Encoding.UTF8.GetBytes("{}"))
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build();
        return (await client.PublishAsync(message, TestContext.Current.CancellationToken)).IsSuccess;
    }

    private static async Task<ConcurrentQueue<string>> HearAsync(IMqttClient client, string filter)
    {
        var heard = new ConcurrentQueue<string>();
        client.ApplicationMessageReceivedAsync += message =>
        {
            heard.Enqueue(message.ApplicationMessage.Topic);
            return Task.CompletedTask;
        };
        await client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
        return heard;
    }

    private async Task<IMqttClient> ConnectAsync(string user, string? clientId = null)
    {
        // The broker knows a client by its user name, so a second one would put the first out.
        if (clients.Find(known => known.IsConnected && known.Options.Credentials.GetUserName(known.Options) == user) is { } open)
        {
            return open;
        }

        var client = new MqttClientFactory().CreateMqttClient();
        clients.Add(client);
        await client.ConnectAsync(
            Options(clientId ?? user).WithCredentials(user, Mosquitto.Password(user)).Build(),
            TestContext.Current.CancellationToken);
        Assert.True(client.IsConnected);
        return client;
    }

    private MqttClientOptionsBuilder Options(string clientId) => new MqttClientOptionsBuilder()
        .WithTcpServer("127.0.0.1", broker!.Port)
        .WithProtocolVersion(MqttProtocolVersion.V500)
        .WithClientId(clientId);
}

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
    private const string Neighbour = AccessCases.Neighbour;

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
    public async Task Everybody_publishes_what_the_contract_allows_and_no_more() =>
        Assert.Equal(AccessCases.Publishing, await new AccessTrial(name => ConnectAsync(name)).PublishAsync());

    [Fact]
    public async Task Everybody_reads_what_the_contract_allows_and_no_more() =>
        Assert.Equal(AccessCases.Reading, await new AccessTrial(name => ConnectAsync(name)).ReadAsync());

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

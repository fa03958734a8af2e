using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Protocol;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Backend.Broker;

namespace PondSentinel.SystemTests.Broker;

/// <summary>Mosquitto's TLS listener with certificates of <c>deploy/pki</c>: who comes in, and as whom.</summary>
public sealed class TlsAccessTests : IAsyncLifetime
{
    private const string Gateway = AccessCases.Gateway;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string folder = TestFolder.Create();
    private readonly PkiFolder pki;
    private readonly List<IMqttClient> clients = [];
    private readonly List<X509Certificate2> certificates = [];
    private Mosquitto? broker;

    public TlsAccessTests() => pki = new PkiFolder(Path.Combine(folder, "pki"));

    public async ValueTask InitializeAsync()
    {
        await pki.RunAsync("init");
        await pki.RunAsync("server", "broker", "--san", "127.0.0.1");
        foreach (var name in (string[])[Gateway, AccessCases.Neighbour])
        {
            await pki.RunAsync("gateway", name);
        }

        await pki.RunAsync("backend");
        broker = await Mosquitto.StartTlsAsync(folder, pki.Authority, pki.RevocationList, pki.Certificate("broker"), pki.Key("broker"));
    }

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        certificates.ForEach(certificate => certificate.Dispose());
        await broker!.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Table_of_the_contract_holds_for_those_who_come_by_certificate()
    {
        var trial = new AccessTrial(ConnectAsync);

        Assert.Equal(AccessCases.Publishing, await trial.PublishAsync());
        Assert.Equal(AccessCases.Reading, await trial.ReadAsync());
    }

    [Fact]
    public async Task Client_is_whom_its_certificate_names_whatever_it_calls_itself()
    {
        var client = NewClient();
        Assert.Equal(
            MqttClientConnectResultCode.Success,
            await TestClient.TryAsync(client, broker!.TlsPort, AccessCases.Neighbour, Own(Gateway), user: AccessCases.Backend));

        Assert.True(await PublishAsync(client, "pond/v1/zudong/gz-07/evt"));
        Assert.False(await PublishAsync(client, "pond/v1/zudong/gz-08/evt"));
        Assert.False(await PublishAsync(client, "pond/v1/zudong/gz-07/ack"));
        await SaysAsync("New client connected from 127.0.0.1");
        Assert.Contains("Received PUBLISH from gz-07", broker.Tail, StringComparison.Ordinal);
        Assert.Contains("Denied PUBLISH from gz-07", broker.Tail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewed_certificate_comes_in_beside_the_one_before_until_that_is_revoked()
    {
        await pki.RunAsync("renew", Gateway);
        await ComesInAsync(Own(Gateway));
        await ComesInAsync(Own(Gateway, 2));

        // As deploy/mosquitto/README.md has it: the list to its place, then a restart.
        await pki.RunAsync("revoke", Gateway, "1");
        await broker!.KillAsync();
        await broker.StartAsync();
        await StaysOutsideAsync(Own(Gateway), "certificate verify failed");
        await ComesInAsync(Own(Gateway, 2));
    }

    [Fact]
    public async Task Who_shows_no_good_certificate_of_a_client_stays_outside_and_the_log_says_why()
    {
        var other = new PkiFolder(Path.Combine(folder, "other"));
        await other.RunAsync("init");
        await other.RunAsync("gateway", Gateway);

        await StaysOutsideAsync(null, "peer did not return a certificate");
        await StaysOutsideAsync(Own("broker"), "certificate verify failed");
        await StaysOutsideAsync(Read(other, Gateway, 1), "certificate verify failed");
#pragma warning disable CA5397, SYSLIB0039 // That it is not spoken is what is tested.
        await StaysOutsideAsync(Own(Gateway), "unsupported protocol", SslProtocols.Tls11);
#pragma warning restore CA5397, SYSLIB0039

        // The last words of a client that does not speak TLS at all.
        using var plain = new System.Net.Sockets.TcpClient();
        await plain.ConnectAsync("127.0.0.1", broker!.TlsPort, TestContext.Current.CancellationToken);
        await plain.GetStream().WriteAsync("\x10\x13\0\x04MQTT\x05"u8.ToArray(), TestContext.Current.CancellationToken);
        await SaysAsync("wrong version number");
    }

    private async Task ComesInAsync(X509Certificate2 own) => Assert.Equal(
        MqttClientConnectResultCode.Success, await TestClient.TryAsync(NewClient(), broker!.TlsPort, Gateway, own));

    private async Task StaysOutsideAsync(
        X509Certificate2? own, string why, SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13)
    {
        Assert.Null(await TestClient.TryAsync(NewClient(), broker!.TlsPort, Gateway, own, protocols));
        await SaysAsync(why);
    }

    private Task SaysAsync(string why) => Eventually.HoldsAsync(
        () => broker!.Tail.Contains(why, StringComparison.Ordinal), Patience, () => $"\"{why}\" is not said.\n{broker!.Tail}");

    private static async Task<bool> PublishAsync(IMqttClient client, string topic) => (await client.PublishStringAsync(
        topic, "{}", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: TestContext.Current.CancellationToken)).IsSuccess;

    private IMqttClient NewClient()
    {
        clients.Add(new MqttClientFactory().CreateMqttClient());
        return clients[^1];
    }

    private async Task<IMqttClient> ConnectAsync(string name)
    {
        if (clients.Find(known => known.IsConnected && known.Options.ClientId == name) is { } open)
        {
            return open;
        }

        var client = NewClient();
        Assert.Equal(MqttClientConnectResultCode.Success, await TestClient.TryAsync(client, broker!.TlsPort, name, Own(name)));
        return client;
    }

    private X509Certificate2 Own(string name, int number = 1) => Read(pki, name, number);

    private X509Certificate2 Read(PkiFolder of, string name, int number)
    {
        certificates.Add(X509Certificate2.CreateFromPemFile(of.Certificate(name, number), of.Key(name, number)));
        return certificates[^1];
    }
}

using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using MQTTnet;
using PondSentinel.Backend.Broker;
using PondSentinel.Tests.Tls;
using PondSentinel.Tls;

namespace PondSentinel.Tests.Backend.Broker;

/// <summary>The embedded broker where gateways come in from elsewhere: by certificate, or not at all.</summary>
public sealed class OpenBrokerTests : IAsyncLifetime
{
    private const string Gateway = AccessCases.Gateway;

    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(30);

    private readonly string folder = Directory.CreateTempSubdirectory("pond-open-").FullName;
    private readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private readonly TestAuthority authority;
    private readonly IMqttClient client = new MqttClientFactory().CreateMqttClient();
    private readonly X509Certificate2 revoked;
    private readonly FakeLog log = new();
    private EmbeddedBroker broker = null!;

    public OpenBrokerTests()
    {
        authority = new TestAuthority("CN=Pond CA", now.AddDays(-100), now.AddDays(100));
        revoked = Own("gz-09");
    }

    public async ValueTask InitializeAsync()
    {
        Write("ca.pem", authority.Certificate.ExportCertificatePem());
        Write("crl.pem", authority.RevocationList(now.AddDays(-1), now.AddDays(90), revoked));
        using var server = authority.Server("127.0.0.1", now.AddDays(-1), now.AddDays(90));
        Write("broker.pem", server.ExportCertificatePem());
        Write("broker.key", server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        broker = await StartAsync(Files());
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await broker.DisposeAsync();
        revoked.Dispose();
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Gateway_with_its_certificate_comes_in_and_may_do_what_the_table_says(SslProtocols protocol)
    {
        using var own = Own(Gateway);

        Assert.Equal(MqttClientConnectResultCode.Success, await TryAsync(Gateway, own, protocol));
        var mine = await client.PublishStringAsync("pond/v1/zudong/gz-07/time", "{}", MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: TestContext.Current.CancellationToken);
        var foreign = await client.PublishStringAsync("pond/v1/zudong/gz-08/time", "{}", MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientPublishReasonCode.NoMatchingSubscribers, mine.ReasonCode);
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, foreign.ReasonCode);
    }

    [Fact]
    public Task Client_without_a_certificate_stays_outside() =>
        StaysOutsideAsync(null, "the client shows no certificate");

    [Fact]
    public async Task Client_of_another_authority_stays_outside()
    {
        using var other = new TestAuthority("CN=Another CA", now.AddDays(-10), now.AddDays(10));
        using var own = other.Issue($"CN={Gateway}", now.AddDays(-1), now.AddDays(1), TestAuthority.ClientUse, null);
        await StaysOutsideAsync(own, "the client's certificate is signed by CN=Another CA, which is not among those of [broker] ca");
    }

    [Fact]
    public async Task Certificate_of_a_server_does_not_make_a_client()
    {
        using var own = authority.Issue($"CN={Gateway}", now.AddDays(-1), now.AddDays(1), TestAuthority.ServerUse, "127.0.0.1");
        await StaysOutsideAsync(own, "the client's certificate is not one of a client (extended key usage clientAuth); have one made that is");
    }

    [Fact]
    public async Task Expired_certificate_stays_outside_and_so_does_one_that_is_not_valid_yet()
    {
        using var old = authority.Issue($"CN={Gateway}", now.AddDays(-9), now.AddDays(-2), TestAuthority.ClientUse, null);
        await StaysOutsideAsync(old, $"the certificate of the client expired on {CertificateText.Day(now.AddDays(-2))}, and it is {CertificateText.Day(now)}; renew it there");
        using var early = authority.Issue($"CN={Gateway}", now.AddDays(2), now.AddDays(9), TestAuthority.ClientUse, null);
        await StaysOutsideAsync(early, $"the certificate of the client is not valid before {CertificateText.Day(now.AddDays(2))}, and it is {CertificateText.Day(now)}; check both clocks");
    }

    [Fact]
    public Task Revoked_certificate_stays_outside() =>
        StaysOutsideAsync(revoked, $"the certificate of the client has been revoked (serial number {revoked.SerialNumber})");

    [Fact]
    public async Task Certificate_that_is_revoked_while_the_broker_runs_stays_outside_from_then_on()
    {
        using var own = Own(Gateway);
        Assert.Equal(MqttClientConnectResultCode.Success, await TryAsync(Gateway, own));
        await client.DisconnectAsync(new MqttClientDisconnectOptions(), TestContext.Current.CancellationToken);

        Write("crl.pem", authority.RevocationList(now.AddDays(-1), now.AddDays(90), revoked, own));

        await StaysOutsideAsync(own, $"the certificate of the client has been revoked (serial number {own.SerialNumber})");
    }

    [Fact]
    public async Task List_that_is_out_of_date_still_counts_and_locks_nobody_out()
    {
        Write("crl.pem", authority.RevocationList(now.AddDays(-90), now.AddDays(-1), revoked));
        using var own = Own(Gateway);

        Assert.Equal(MqttClientConnectResultCode.Success, await TryAsync(Gateway, own));
        await client.DisconnectAsync(new MqttClientDisconnectOptions(), TestContext.Current.CancellationToken);
        await StaysOutsideAsync(revoked, $"the certificate of the client has been revoked (serial number {revoked.SerialNumber})");
    }

    [Theory]
    [InlineData("gz-08", "gz-08", MqttClientConnectResultCode.BadUserNameOrPassword, "its certificate is of gz-07, not of its user name gz-08")]
    [InlineData("gz-08", "gz-07", MqttClientConnectResultCode.ClientIdentifierNotValid, "its client id must be its certificate's name gz-07")]
    public async Task Client_is_whom_its_certificate_names(
        string id, string user, MqttClientConnectResultCode expected, string why)
    {
        using var own = Own(Gateway);

        Assert.Equal(expected, await TestClient.TryAsync(client, broker.OpenPort!.Value, id, own, user: user));
        Assert.Contains(log.Lines, line => line.EndsWith($"{why}.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_from_elsewhere_is_the_backend()
    {
        using var own = Own(AccessCases.Backend);

        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await TryAsync(AccessCases.Backend, own));
    }

    [Fact]
    public async Task Without_tls_only_the_backend_comes_in()
    {
        var plain = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker.Port).WithClientId(Gateway).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500);

        var gateway = await client.ConnectAsync(plain.WithCredentials(Gateway).Build(), TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientConnectResultCode.NotAuthorized, gateway.ResultCode);
        var backend = await client.ConnectAsync(
            plain.WithClientId(AccessCases.Backend).WithCredentials(AccessCases.Backend, "secret").Build(), TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientConnectResultCode.Success, backend.ResultCode);
    }

    [Fact]
    public async Task Client_that_does_not_speak_tls_stays_outside()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, broker.OpenPort!.Value, TestContext.Current.CancellationToken);
        await socket.SendAsync("\x10\x13\0\x04MQTT\x05"u8.ToArray(), TestContext.Current.CancellationToken);

        await log.SaysAsync("The broker refused 127.0.0.1 a connection: it does not speak TLS; tls = true there.");
    }

    [Fact]
    public async Task Tls_older_than_1_2_stays_outside()
    {
        using var own = Own(Gateway);
#pragma warning disable CA5397, SYSLIB0039 // That it is not spoken is what is tested.
        Assert.Null(await TryAsync(Gateway, own, SslProtocols.Tls11));
#pragma warning restore CA5397, SYSLIB0039

        await log.SaysAsync("The broker refused 127.0.0.1 a connection: it speaks no TLS of version 1.2 or later.");
    }

    [Theory]
    [InlineData(BrokerListener.PacketBytesMax, true)]
    [InlineData(BrokerListener.PacketBytesMax + 1, false)]
    [InlineData(268_435_455, false)]
    public async Task Packet_of_more_than_the_most_ends_the_connection_before_it_has_come(int announced, bool isTaken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, broker.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(
            new byte[] { 0x10, Seven(announced, 0), Seven(announced, 1), Seven(announced, 2), (byte)((announced >> 21) & 0x7F) },
            TestContext.Current.CancellationToken);
        using var brief = new CancellationTokenSource(isTaken ? TimeSpan.FromMilliseconds(300) : Enough, TimeProvider.System);

        // A broker that waits for more says nothing; one that has had enough closes.
        var ended = await Record.ExceptionAsync(async () =>
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], brief.Token)));
        Assert.Equal(isTaken, ended is OperationCanceledException);
        if (!isTaken)
        {
            await log.SaysAsync($"The broker refused 127.0.0.1 a packet of {announced} bytes: the most is {BrokerListener.PacketBytesMax}, so the connection is ended.");
        }
    }

    [Fact]
    public async Task Broker_without_what_it_needs_for_tls_does_not_start()
    {
        await RefusesToStartAsync(null, "name ca, certificate and key in [broker], made with deploy/pki/pki.sh");
        await RefusesToStartAsync(Files() with { Authority = null }, "name ca, certificate and key in [broker], made with deploy/pki/pki.sh");
        await RefusesToStartAsync(Files() with { Key = "/nonexistent/broker.key" }, "/nonexistent/broker.key: no such file");
        using var own = Own(Gateway);
        Write("broker.pem", own.ExportCertificatePem());
        Write("broker.key", own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await RefusesToStartAsync(Files(), $"{folder}/broker.pem: this certificate is not one of a server (extended key usage serverAuth); have one made that is");
    }

    private static byte Seven(int length, int place) => (byte)(((length >> (7 * place)) & 0x7F) | 0x80);

    private async Task RefusesToStartAsync(TlsOptions? tls, string why) => Assert.Equal(
        $"The broker lets nobody in from elsewhere without certificates: {why}.",
        (await Assert.ThrowsAsync<IOException>(() => StartAsync(tls))).Message);

    private async Task StaysOutsideAsync(X509Certificate2? own, string why)
    {
        Assert.Null(await TryAsync(Gateway, own));
        await log.SaysAsync($"The broker refused 127.0.0.1 a connection: {why}.");
    }

    private Task<MqttClientConnectResultCode?> TryAsync(
        string name, X509Certificate2? own, SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13) =>
        TestClient.TryAsync(client, broker.OpenPort!.Value, name, own, protocols);

    private Task<EmbeddedBroker> StartAsync(TlsOptions? tls) => EmbeddedBroker.StartAsync(
        new BrokerOptions { User = AccessCases.Backend, Password = "secret", Port = 0, Listen = IPAddress.Any, Tls = tls },
        TimeProvider.System,
        log);

    private TlsOptions Files() => new()
    {
        Authority = $"{folder}/ca.pem",
        Certificate = $"{folder}/broker.pem",
        Key = $"{folder}/broker.key",
        RevocationList = $"{folder}/crl.pem",
    };

    private X509Certificate2 Own(string name) =>
        authority.Issue($"CN={name}", now.AddDays(-1), now.AddDays(9), TestAuthority.ClientUse, null);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private sealed class FakeLog : ILogger<EmbeddedBroker>
    {
        private readonly Lock gate = new();
        private readonly List<string> lines = [];
        private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (gate)
                {
                    return [.. lines];
                }
            }
        }

        public async Task SaysAsync(string line)
        {
            while (true)
            {
                Task next;
                lock (gate)
                {
                    if (lines.Contains(line))
                    {
                        return;
                    }

                    next = changed.Task;
                }

                try
                {
                    await next.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
                }
                catch (TimeoutException)
                {
                    Assert.Fail($"It does not say: {line}\nIt says:\n{string.Join('\n', Lines)}");
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (gate)
            {
                lines.Add(formatter(state, exception));
                changed.TrySetResult();
                changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}

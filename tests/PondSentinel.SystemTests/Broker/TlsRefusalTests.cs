using System.Security.Cryptography.X509Certificates;
using PondSentinel.Backend.Broker;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Tls;
using PondSentinel.Tls;

namespace PondSentinel.SystemTests.Broker;

/// <summary>What gateway and backend say of a broker that is not to be relied on, and of their own certificate where a broker
/// does not take it: the same, since it is the same code.</summary>
public sealed class TlsRefusalTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string folder = TestFolder.Create();
    private readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private readonly TestAuthority authority;
    private readonly string ca;
    private Mosquitto? broker;

    public TlsRefusalTests()
    {
        authority = new TestAuthority("CN=Pond CA", now.AddDays(-100), now.AddDays(100));
        ca = Write("ca.pem", authority.Certificate.ExportCertificatePem());
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await (broker?.DisposeAsync() ?? ValueTask.CompletedTask);
        authority.Dispose();
        TestFolder.ShowLogsOnFailure(folder);
    }

    public static TheoryData<string, int, int, string?, string, string> Brokers() => new()
    {
        { "a good one", -1, 9, TestAuthority.ServerUse, "127.0.0.1", "" },
        { "a gateway", -1, 9, TestAuthority.ClientUse, "127.0.0.1", "the broker's certificate is not one of a server (extended key usage serverAuth); have one made that is" },
        { "no use", -1, 9, null, "127.0.0.1", "the broker's certificate is not one of a server (extended key usage serverAuth); have one made that is" },
        { "another host", -1, 9, TestAuthority.ServerUse, "broker.example.org", "the broker's certificate is not for 127.0.0.1 but for broker.example.org; write the name in [*] host that is in it, or have one made for this name" },
        { "expired", -9, -2, TestAuthority.ServerUse, "127.0.0.1", "the certificate of the broker expired on -2, and it is 0; renew it at the broker" },
        { "early", 2, 9, TestAuthority.ServerUse, "127.0.0.1", "the certificate of the broker is not valid before 2, and it is 0; check both clocks" },
    };

    [Theory]
    [MemberData(nameof(Brokers))]
    public async Task Broker_is_judged_by_its_certificate(
        string what, int fromDay, int toDay, string? use, string host, string why)
    {
        using var server = authority.Issue("CN=broker", now.AddDays(fromDay), now.AddDays(toDay), use, host);
        await StartAsync(server, authority.RevocationList(now.AddDays(-1), now.AddDays(90)));
        foreach (var day in (int[])[-2, 2])
        {
            why = why.Replace($" {day},", $" {CertificateText.Day(now.AddDays(day))},", StringComparison.Ordinal);
        }

        why = why.Replace("it is 0", $"it is {CertificateText.Day(now)}", StringComparison.Ordinal);

        await BothSayAsync(Own("gz-07"), Own("pond-backend"), why.Length == 0 ? null : why);
        Assert.NotEmpty(what);
    }

    [Fact]
    public async Task Revoked_broker_and_one_of_another_authority_are_refused()
    {
        using var server = authority.Server("127.0.0.1", now.AddDays(-1), now.AddDays(9));
        var empty = authority.RevocationList(now.AddDays(-1), now.AddDays(90));
        await StartAsync(server, empty);
        using var other = new TestAuthority("CN=Another CA", now.AddDays(-10), now.AddDays(10));
        var anotherCa = Write("another.pem", other.Certificate.ExportCertificatePem());

        var list = Write("crl.pem", authority.RevocationList(now.AddDays(-1), now.AddDays(90), server));
        await BothSayAsync(
            Own("gz-07") with { RevocationList = list },
            Own("pond-backend") with { RevocationList = list },
            $"the certificate of the broker has been revoked (serial number {server.SerialNumber})");
        await BothSayAsync(
            Own("gz-07") with { Authority = anotherCa },
            Own("pond-backend") with { Authority = anotherCa },
            "the broker's certificate is signed by CN=Pond CA, which is not among those of [*] ca");
        File.WriteAllText(list, empty);
        await BothSayAsync(Own("gz-07") with { RevocationList = list }, Own("pond-backend") with { RevocationList = list }, null);
    }

    [Fact]
    public async Task Own_certificate_that_the_broker_does_not_take_is_named_on_both_sides()
    {
        using var server = authority.Server("127.0.0.1", now.AddDays(-1), now.AddDays(9));
        using var revokedGateway = Make("gz-07");
        using var revokedBackend = Make("pond-backend");
        var list = authority.RevocationList(now.AddDays(-1), now.AddDays(90), revokedGateway, revokedBackend);
        await StartAsync(server, list);

        // By the broker's word alone, which comes as an alert or is lost, and by their own list before anybody is asked.
        await BothSayAsync(Own(revokedGateway), Own(revokedBackend), " our certificate");
        await SaysAsync("certificate verify failed");
        var file = Write("crl.pem", list);
        await BothSayAsync(
            Own(revokedGateway) with { RevocationList = file },
            Own(revokedBackend) with { RevocationList = file },
            "this certificate has been revoked (serial number ");

        await BothSayAsync(Own("gz-08"), Own("gz-08"), "this certificate is of gz-08, not of *; put the one there that was made for *");
        await BothSayAsync(
            Own(Make("gz-07", use: TestAuthority.ServerUse)),
            Own(Make("pond-backend", use: TestAuthority.ServerUse)),
            "this certificate is not one of a client (extended key usage clientAuth); have one made that is");
        await BothSayAsync(
            Own(Make("gz-07", -9, -2)),
            Own(Make("pond-backend", -9, -2)),
            $"this certificate expired on {CertificateText.Day(now.AddDays(-2))}; have it renewed and put the new one there");
        var none = new TlsOptions { Authority = ca };
        await BothSayAsync(none, none, " wants a certificate of ours; name certificate and key");
        await SaysAsync("peer did not return a certificate");
    }

    [Fact]
    public async Task Port_without_tls_is_named()
    {
        broker = await Mosquitto.StartAsync(folder, "gz-07");

        await BothSayAsync(Own("gz-07"), Own("pond-backend"), "speak", broker.Port);
    }

    private async Task BothSayAsync(TlsOptions gateway, TlsOptions backend, string? why, int? port = null)
    {
        var said = await GatewayAsync(gateway, port ?? broker!.TlsPort);
        Expect(why, "[uplink]", "gz-07", said);
        Expect(why, "[broker]", "pond-backend", await BackendAsync(backend, port ?? broker!.TlsPort));
    }

    private static void Expect(string? why, string section, string name, string? said)
    {
        if (why is null)
        {
            Assert.Null(said);
            return;
        }

        Assert.Contains(
            why.Replace("[*]", section, StringComparison.Ordinal).Replace("*", name, StringComparison.Ordinal), said, StringComparison.Ordinal);
    }

    // What the journal gets after "uplink: ".
    private static async Task<string?> GatewayAsync(TlsOptions tls, int port)
    {
        var options = new UplinkOptions { Host = "127.0.0.1", Port = port, Tls = tls };
        var clock = new GatewayClock(new LinuxKernelClock(), TimeProvider.System, new ClockOptions { Source = ClockPolicy.System });
        var gateway = new MqttNetBroker(
            options,
            "gz-07",
            new OutgoingMessage("pond/v1/zudong/gz-07/state", "{}"u8.ToArray()),
            new CertificateTime(clock, () => 0, 0),
            TimeProvider.System);
        var opening = await gateway.OpenAsync(_ => { }, TestContext.Current.CancellationToken);
        await (opening.Link?.DisposeAsync() ?? ValueTask.CompletedTask);
        return opening.Failure;
    }

    // What the journal gets after "has no connection to the broker".
    private static async Task<string?> BackendAsync(TlsOptions tls, int port)
    {
        var options = new BrokerOptions { Embedded = false, Host = "127.0.0.1", Port = port, Tls = tls };
        using var session = new BrokerSession(options, TimeProvider.System, new PondSentinel.Backend.Broker.Inbox(new GatewayQuota(), TimeProvider.System));
        return await session.ConnectAsync(TestContext.Current.CancellationToken);
    }

    private async Task StartAsync(X509Certificate2 server, string list)
    {
        var files = Own(server);
        broker = await Mosquitto.StartTlsAsync(folder, ca, Write("broker-crl.pem", list), files.Certificate!, files.Key!);
    }

    private Task SaysAsync(string why) => Eventually.HoldsAsync(
        () => broker!.Tail.Contains(why, StringComparison.Ordinal), Patience, () => $"\"{why}\" is not said.\n{broker!.Tail}");

    private X509Certificate2 Make(string name, int fromDay = -1, int toDay = 9, string use = TestAuthority.ClientUse) =>
        authority.Issue($"CN={name}", now.AddDays(fromDay), now.AddDays(toDay), use, null);

    private TlsOptions Own(string name) => Own(Make(name));

    private TlsOptions Own(X509Certificate2 own) => new()
    {
        Authority = ca,
        Certificate = Write($"{own.SerialNumber}.pem", own.ExportCertificatePem()),
        Key = Write($"{own.SerialNumber}.key", own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
    };

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}

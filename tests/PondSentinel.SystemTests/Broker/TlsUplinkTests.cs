using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Gateway.Uplink;

namespace PondSentinel.SystemTests.Broker;

/// <summary>A gateway and a real Mosquitto that know each other by their certificates.</summary>
public sealed class TlsUplinkTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = TestFolder.Create();
    private readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private readonly TestAuthority authority;
    private readonly List<RunningProcess> gateways = [];
    private Mosquitto? broker;

    public TlsUplinkTests() => authority = new TestAuthority("CN=Pond CA", now.AddDays(-10), now.AddDays(10));

    public async ValueTask InitializeAsync()
    {
        using var server = authority.Server("127.0.0.1", now.AddDays(-1), now.AddDays(1));
        var (certificate, key) = Write("broker", server);
        broker = await Mosquitto.StartTlsAsync(folder, Authority("ca", authority), certificate, key, "gz-07", "gz-08");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in gateways)
        {
            await gateway.DisposeAsync();
        }

        await (broker?.DisposeAsync() ?? ValueTask.CompletedTask);
        authority.Dispose();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Gateway_speaks_to_the_broker_that_its_authority_knows_and_to_no_other()
    {
        using var foreign = new TestAuthority("CN=Another CA", now.AddDays(-10), now.AddDays(10));
        var good = Start("gz-07", Authority("ca", authority));
        var wary = Start("gz-08", Authority("another", foreign));

        await Eventually.HoldsAsync(
            () => broker!.Tail.Contains("Received PUBLISH from gz-07 (d0, q1, r1", StringComparison.Ordinal),
            Patience,
            () => $"The gateway says nothing.\n{good.Tail}\n{broker!.Tail}");
        await Eventually.HoldsAsync(
            () => wary.Said("is signed by CN=Pond CA, which is not among those of [uplink] ca"),
            Patience,
            () => $"The other gateway does not say why.\n{wary.Tail}");
        Assert.DoesNotContain("gz-08", broker!.Tail, StringComparison.Ordinal);
    }

    private RunningProcess Start(string gateway, string ca)
    {
        using var own = authority.Issue($"CN={gateway}", now.AddDays(-1), now.AddDays(1), TestAuthority.ClientUse, null);
        var (certificate, key) = Write(gateway, own);
        var configuration = Path.Combine(folder, $"{gateway}.toml");
        File.WriteAllText(
            configuration,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [gateway]
                id = "{gateway}"
                site = "gannan"

                [[station]]
                id = "stream"

                [[bus]]
                id = "none"
                kind = "serial"
                port = "{folder}/no-such-port"

                [[device]]
                id = "ph"
                station = "stream"
                bus = "none"
                model = "yosemitech-y532"
                address = 1
                interval = "10s"

                  [[device.channel]]
                  id = "ph"
                  output = "ph"

                [clock]
                source = "system"

                [buffer]
                folder = "{folder}/buffer-{gateway}"
                max = "16MiB"

                [uplink]
                host = "127.0.0.1"
                port = {broker!.Port}
                tls = true
                ca = "{ca}"
                certificate = "{certificate}"
                key = "{key}"
                """));
        var process = RunningProcess.StartOurs(
            $"pond-gateway-{gateway}",
            folder,
            Built.Program("PondSentinel.Gateway", "pond-gateway"),
            "run", "--config", configuration);
        gateways.Add(process);
        return process;
    }

    private string Authority(string name, TestAuthority of)
    {
        var path = Path.Combine(folder, $"{name}.pem");
        File.WriteAllText(path, of.Certificate.ExportCertificatePem());
        return path;
    }

    private (string Certificate, string Key) Write(string name, X509Certificate2 of)
    {
        var (certificate, key) = (Path.Combine(folder, $"{name}-own.pem"), Path.Combine(folder, $"{name}-own.key"));
        File.WriteAllText(certificate, of.ExportCertificatePem());
        File.WriteAllText(key, of.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return (certificate, key);
    }
}

using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Broker;

/// <summary>The programs themselves, with certificates that <c>deploy/pki</c> made, as their owners would set them up.</summary>
public sealed class TlsUplinkTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = TestFolder.Create();
    private readonly PkiFolder pki;
    private readonly List<RunningProcess> programs = [];
    private Mosquitto? broker;

    public TlsUplinkTests() => pki = new PkiFolder(Path.Combine(folder, "pki"));

    public async ValueTask InitializeAsync()
    {
        await pki.RunAsync("init", "--name", "Pond CA");
        await pki.RunAsync("server", "broker", "--san", "127.0.0.1");
        await pki.RunAsync("backend");
        await pki.RunAsync("gateway", "gz-07");
        await pki.RunAsync("gateway", "gz-08");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in programs)
        {
            await program.DisposeAsync();
        }

        await (broker?.DisposeAsync() ?? ValueTask.CompletedTask);
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Gateway_and_backend_speak_to_the_broker_that_their_authority_knows_and_to_no_other()
    {
        broker = await Mosquitto.StartTlsAsync(folder, pki.Authority, pki.RevocationList, pki.Certificate("broker"), pki.Key("broker"));
        var another = new PkiFolder(Path.Combine(folder, "another"));
        await another.RunAsync("init", "--name", "Another CA");
        var backend = StartBackend($"host = \"127.0.0.1\"\nport = {broker.TlsPort}\ntls = true\n{Files(pki, "pond-backend")}");
        var good = StartGateway("gz-07", broker.TlsPort, Files(pki, "gz-07"));
        var wary = StartGateway("gz-08", broker.TlsPort, Files(another, "gz-08"));

        await SaysAsync(wary, "is signed by CN=Pond CA, which is not among those of [uplink] ca");
        await SaysAsync(backend, "b1 is connected to the broker");
        await Eventually.HoldsAsync(
            () => broker.Tail.Contains("Received PUBLISH from pond-backend (d0, q1", StringComparison.Ordinal)
                && broker.Tail.Contains("Sending PUBLISH to gz-07 (d0, q1", StringComparison.Ordinal),
            Patience,
            () => $"No receipt goes to the gateway.\n{good.Tail}\n{backend.Tail}\n{broker.Tail}");
        Assert.DoesNotContain("gz-08", broker.Tail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_elsewhere_comes_to_the_backends_own_broker_and_a_revoked_one_does_not()
    {
        await pki.RunAsync("revoke", "gz-08");
        var port = FreePort.Next();
        var backend = StartBackend($"listen = \"0.0.0.0\"\nport = {port}\n{Files(pki, "broker")}");
        await SaysAsync(backend, $"Broker 0.0.0.0:{port}");
        var good = StartGateway("gz-07", port, Files(pki, "gz-07"));
        var revoked = StartGateway("gz-08", port, Files(pki, "gz-08").Replace($"crl = \"{pki.RevocationList}\"\n", "", StringComparison.Ordinal));

        await SaysAsync(good, "uplink: connected to");
        await SaysAsync(backend, "The broker refused 127.0.0.1 a connection: the certificate of the client has been revoked");
        await SaysAsync(revoked, "uplink: 127.0.0.1:");
        Assert.False(revoked.Said("uplink: connected to"), revoked.Tail);
    }

    [Fact]
    public async Task Backend_that_should_let_others_in_without_certificates_does_not_start()
    {
        var backend = StartBackend("listen = \"0.0.0.0\"");

        await backend.WaitForExitAsync(Patience);
        Assert.Equal(2, backend.ExitCode);
        Assert.Contains(
            "listen of [broker] lets others in, which demands certificates, and without ca, certificate, key there are none; make them with deploy/pki/pki.sh and name their files, or remove listen",
            backend.Tail,
            StringComparison.Ordinal);
    }

    private static Task SaysAsync(RunningProcess program, string text) =>
        Eventually.HoldsAsync(() => program.Said(text), Patience, () => $"\"{text}\" is not said.\n{program.Tail}");

    private string Files(PkiFolder of, string name) =>
        $"ca = \"{of.Authority}\"\ncrl = \"{of.RevocationList}\"\ncertificate = \"{pki.Certificate(name)}\"\nkey = \"{pki.Key(name)}\"\n";

    private RunningProcess StartBackend(string ofBroker)
    {
        var configuration = Path.Combine(folder, "backend.toml");
        File.WriteAllText(
            configuration,
            string.Create(
                CultureInfo.InvariantCulture,
                $"[backend]\nfolder = \"{folder}/backend\"\n\n[broker]\n{ofBroker}\n\n[web]\nenabled = false\n"));
        programs.Add(RunningProcess.StartOurs(
            "pond-backend", folder, Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config", configuration));
        return programs[^1];
    }

    private RunningProcess StartGateway(string gateway, int port, string files)
    {
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
                port = {port}
                tls = true
                {files}
                """));
        programs.Add(RunningProcess.StartOurs(
            $"pond-gateway-{gateway}",
            folder,
            Built.Program("PondSentinel.Gateway", "pond-gateway"),
            "run", "--config", configuration));
        return programs[^1];
    }
}

using System.Net.Sockets;
using System.Text;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Packages;

/// <summary>What real processes tell systemd, over the socket that it gives them.</summary>
public sealed class NotifiedSystemdTests
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Gateway_says_that_it_is_ready_feeds_the_watchdog_without_a_broker_or_a_probe_and_says_when_it_stops()
    {
        var folder = TestFolder.Create();
        var settings = new GatewaySettings
        {
            Gateway = "gz-07", Ports = [Path.Combine(folder, "no-such-port")], Buffer = Path.Combine(folder, "buffer"), BrokerPort = FreePort.Next(),
        };
        var configuration = Path.Combine(folder, "gateway.toml");
        settings.Write(configuration);

        await IsToldAsync(folder, Built.Program("PondSentinel.Gateway", "pond-gateway"), "run", "--config", configuration);
    }

    [Fact]
    public async Task Backend_says_that_it_is_ready_feeds_the_watchdog_and_says_when_it_stops()
    {
        var folder = TestFolder.Create();
        var configuration = Path.Combine(folder, "backend.toml");
        await File.WriteAllTextAsync(
            configuration,
            FormattableString.Invariant($"[backend]\nfolder = \"{folder}/state\"\n[broker]\nport = {FreePort.Next()}\n[web]\nenabled = false\n"),
            TestContext.Current.CancellationToken);

        await IsToldAsync(folder, Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config", configuration);
    }

    private static async Task IsToldAsync(string folder, params IEnumerable<string> program)
    {
        // A path of a socket is short, and a folder of results is not.
        var place = Directory.CreateTempSubdirectory("pond-notify");
        var path = Path.Combine(place.FullName, "s");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            await using var process = RunningProcess.Start(
                "program", folder, "env", [$"NOTIFY_SOCKET={path}", "WATCHDOG_USEC=400000", "dotnet", .. program]);
            HashSet<string> heard = [];
            var fed = 0;
            while (fed < 5 || !heard.Contains("READY=1"))
            {
                var word = await NextAsync(socket, process);
                heard.Add(word);
                fed += word == "WATCHDOG=1" ? 1 : 0;
            }

            var stopping = process.TerminateAsync();
            while (await NextAsync(socket, process) is not "STOPPING=1")
            {
                // It may have fed the watchdog once more.
            }

            await stopping;
            Assert.True(process.ExitCode == 0, process.Tail);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    private static async Task<string> NextAsync(Socket socket, RunningProcess process)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Within);
        var buffer = new byte[256];
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Nothing is told.\n{process.Tail}");
            throw;
        }
    }
}

using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway status --watch</c> at a terminal and in a pipe, through a restart of the gateway.</summary>
public sealed class WatchTests
{
    private const string Home = "?[H";

    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    [Fact]
    public async Task Watched_gateway_may_be_restarted_and_Ctrl_C_is_a_good_end()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwinProcess.StartAsync(folder, Checkout.Absolute("deploy/gateway.sample.toml"));
        var file = Path.Combine(twins.Folder, "gateway.toml");
        twins.StartGateway();
        await twins.HearAsync(["stream-ph"], 1);

        // A terminal of its own, as script(1) makes one. A shell that stays in between would answer Ctrl-C too: dash then ends with 130.
        await using var screen = RunningProcess.Start(
            "screen", folder, "/usr/bin/script", "-qec", $"exec env TERM=xterm dotnet {Gateway} status --watch 1 --lang zh --config {file}", "/dev/null");
        await using var pipe = RunningProcess.StartOurs("pipe", folder, Gateway, "status", "--watch", "1", "--json", "--config", file);
        await Eventually.HoldsAsync(
            () => screen.Said($"{Home}") && screen.Said("stream-ph.ph") && screen.Said("正常") && pipe.Said("\"channel\":\"stream-ph.ph\""),
            TimeSpan.FromSeconds(60),
            () => Ends(screen, pipe));

        await twins.EndGatewayAsync();
        await Eventually.HoldsAsync(
            () => screen.Said("秒重试") && pipe.Said("{\"error\":\"pond-gateway does not run"), TimeSpan.FromSeconds(60), () => Ends(screen, pipe));
        twins.StartGateway();
        await Eventually.HoldsAsync(
            () => pipe.Tail.Split('\n')[^1].Contains("\"channel\":\"stream-ph.ph\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60),
            () => Ends(screen, pipe));

        // The terminal makes a signal of Ctrl-C.
        await screen.TellAsync("\u0003");
        await screen.WaitForExitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, screen.ExitCode);
        await pipe.InterruptAsync();
        Assert.Equal(0, pipe.ExitCode);
    }

    // An answer is long.
    private static string Ends(params RunningProcess[] processes) =>
        string.Join('\n', processes.SelectMany(process => process.Tail.Split('\n').TakeLast(10)).Select(line => line[..Math.Min(line.Length, 200)]));
}

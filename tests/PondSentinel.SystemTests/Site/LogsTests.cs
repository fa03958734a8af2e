using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway logs</c>: from the running gateway, and from journald by a program that stands in for <c>journalctl</c>.</summary>
public sealed class LogsTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    [Fact]
    public async Task Lines_come_from_the_gateway_while_it_runs_and_from_journald_where_it_does_not()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwinProcess.StartAsync(folder, Checkout.Absolute("deploy/gateway.sample.toml"));
        var file = Path.Combine(twins.Folder, "gateway.toml");
        twins.StartGateway();
        await twins.HearAsync(["stream-ph"], 1);

        // A fault comes to whoever follows.
        await using var following = RunningProcess.StartOurs("logs", folder, Gateway, "logs", "--follow", "--level", "warn", "--config", file);
        await twins.DoAsync("mute stream-ph");
        await Eventually.HoldsAsync(() => following.Said("warn  stream-ph: no-answer"), TimeSpan.FromSeconds(60), () => following.Tail);
        await following.InterruptAsync();
        Assert.Equal(0, following.ExitCode);
        var (code, text, error) = await Command.TryAsync("dotnet", Gateway, "logs", "--since", "1h", "--level", "warn", "--json", "--config", file);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("\"level\":\"warn\",\"text\":\"stream-ph: no-answer", text, StringComparison.Ordinal);
        await twins.EndGatewayAsync();

        // What it said before it ended is with journald alone; this one notes what it was asked.
        var fake = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(fake, "journalctl"),
            $$"""
            #!/bin/sh
            echo "$*" >>{{folder}}/asked
            echo '{"__REALTIME_TIMESTAMP":"1790000000123456","PRIORITY":"3","MESSAGE":"the card is full"}'
            """,
            TestContext.Current.CancellationToken);
        await Command.RunAsync("chmod", "755", Path.Combine(fake, "journalctl"));
        (code, text, _) = await Command.TryAsync(
            "env", $"PATH={fake}:{Environment.GetEnvironmentVariable("PATH")}", "dotnet", Gateway, "logs", "--level", "error", "--since", "2026-09-21T14:00Z", "-n", "7", "--config", file);
        Assert.Equal((0, "2026-09-21T14:13:20.123Z error the card is full\n"), (code, text));
        Assert.Equal(
            "--unit pond-gateway.service --output json --no-pager --priority err --lines 7 --since=@1789999200",
            (await File.ReadAllLinesAsync(Path.Combine(folder, "asked"), TestContext.Current.CancellationToken))[^1]);

        // Nobody has them.
        await File.WriteAllTextAsync(Path.Combine(fake, "journalctl"), "#!/bin/sh\nexit 1\n", TestContext.Current.CancellationToken);
        (code, text, error) = await Command.TryAsync(
            "env", $"PATH={fake}:{Environment.GetEnvironmentVariable("PATH")}", "dotnet", Gateway, "logs", "--config", file);
        Assert.Equal((1, ""), (code, text));
        Assert.StartsWith("pond-gateway does not run: nobody answers at ", error, StringComparison.Ordinal);
    }
}

using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Gateway.Configuration;

namespace PondSentinel.SystemTests.Site;

/// <summary>The card of a gateway dies, and another machine becomes it.</summary>
public sealed class RestoreTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    [Fact]
    public async Task Gateway_that_is_restored_onto_an_empty_machine_runs_remembers_and_numbers_anew()
    {
        var folder = TestFolder.Create();
        var state = Directory.CreateTempSubdirectory("restore-").FullName;
        var file = Path.Combine(state, "gateway.toml");
        var backup = Path.Combine(folder, "gz-07.tar");
        await File.WriteAllTextAsync(file, OneProbe.Text(state, "max = \"16MiB\"\n[clock]\nsource = \"system\"", interval: "1s"), TestContext.Current.CancellationToken);
        try
        {
            var first = await RunAsync(folder, file, async () =>
            {
                Assert.Equal(0, (await TryAsync("maintenance", "on", "ph", "--reason", "new card", "--who", "Wang Fang", "--config", file)).Code);

                // While it runs, and not onto it.
                Assert.Equal(0, (await TryAsync("backup", backup, "--config", file)).Code);
                var (code, _, error) = await TryAsync("restore", backup, "--replace", "--config", file);
                Assert.Equal(1, code);
                Assert.Contains("pond-gateway runs with", error, StringComparison.Ordinal);
            });

            // The card is gone.
            Directory.Delete(state, recursive: true);
            Directory.CreateDirectory(state);
            var (restored, _, why) = await TryAsync("restore", backup, "--config", file);
            Assert.True(restored == 0, why);
            var second = await RunAsync(folder, file, async () => Assert.Contains(
                "new card", (await TryAsync("maintenance", "list", "--config", file)).Output, StringComparison.Ordinal));
            Assert.NotEqual(first, second);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    // Runs it until it has said what it is, and gives the epoch of its records.
    private static async Task<string> RunAsync(string folder, string file, Func<Task> meanwhile)
    {
        await using var gateway = RunningProcess.StartOurs("pond-gateway", folder, Gateway, "run", "--config", file);
        await Eventually.HoldsAsync(
            async () => (await TryAsync("status", "--config", file, "--json")).Output.Contains("\"values\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30),
            () => gateway.Tail);
        await meanwhile();
        await gateway.TerminateAsync();
        Assert.True(gateway.ExitCode == 0, gateway.Tail);
        var csv = (await TryAsync("buffer", "export", "--config", file)).Output;
        return Assert.Single(csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')[18]).Distinct());
    }

    private static Task<(int Code, string Output, string Error)> TryAsync(params string[] arguments) => Command.TryAsync("dotnet", [Gateway, .. arguments]);
}

using System.Globalization;
using System.Text.Json;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Gateway.Configuration;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway apply</c> where a wrong word costs the way to the machine.</summary>
public sealed class ApplyTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);

    [Fact]
    [Trait("depth", "deep")]
    public async Task Gateway_that_does_not_reach_the_new_broker_goes_back_by_itself_and_stays_so_over_a_restart()
    {
        var folder = TestFolder.Create();
        await using var broker = await Mosquitto.StartAsync(folder, "gz-07");
        var state = Directory.CreateTempSubdirectory("apply-").FullName;
        var file = Path.Combine(state, "gateway.toml");
        var other = Path.Combine(state, "new.toml");
        await WriteAsync(file, Text(state, broker.Port));
        var gateway = RunningProcess.StartOurs("pond-gateway", folder, Gateway, "run", "--config", file);
        try
        {
            await IsUpAsync(file, gateway);

            // A good change is confirmed by the link.
            await WriteAsync(other, Text(state, broker.Port) + "keep_alive = \"50s\"\n");
            var (code, output, _) = await ApplyAsync(file, other, "--confirm-within", "30s");
            Assert.Equal(0, code);
            Assert.Contains("+ uplink.keep_alive = \"50s\"", output, StringComparison.Ordinal);
            Assert.Contains("on trial: without a link to the broker within 30s the gateway goes back by itself", output, StringComparison.Ordinal);
            await Eventually.HoldsAsync(async () => await ListedAsync(file) is null, Within, () => gateway.Tail);
            await IsUpAsync(file, gateway);

            // A wrong one is not, and the file may say what it likes.
            var wrong = Text(state, FreePort.Next());
            await WriteAsync(other, wrong);
            (code, output, _) = await ApplyAsync(file, other, "--confirm-within", "1s");
            Assert.Equal(0, code);
            await Eventually.HoldsAsync(() => gateway.Said("back to the settings before"), Within, () => gateway.Tail);
            await IsUpAsync(file, gateway);
            Assert.Equal((wrong, "refused"), (await File.ReadAllTextAsync(file, Cancelled), await ListedAsync(file)));

            await gateway.TerminateAsync();
            await gateway.DisposeAsync();
            gateway = RunningProcess.StartOurs("pond-gateway", folder, Gateway, "run", "--config", file);
            await IsUpAsync(file, gateway);
            Assert.True(gateway.Said("was tried and refused"), gateway.Tail);

            // Killed in the middle of a trial it takes it up again.
            await WriteAsync(other, wrong + "keep_alive = \"40s\"\n");
            Assert.Equal(0, (await ApplyAsync(file, other, "--confirm-within", "2s")).Code);
            await gateway.KillAsync();
            await gateway.DisposeAsync();
            gateway = RunningProcess.StartOurs("pond-gateway", folder, Gateway, "run", "--config", file);
            await IsUpAsync(file, gateway);
            Assert.True(gateway.Said("back to the settings before"), gateway.Tail);

            // And the file is made what is in force.
            Assert.Equal(0, (await ApplyAsync(file, "--undo")).Code);
            Assert.Null(await ListedAsync(file));
            await gateway.TerminateAsync();
            Assert.Equal(0, gateway.ExitCode);
        }
        finally
        {
            await gateway.DisposeAsync();
            Directory.Delete(state, recursive: true);
        }
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static Task WriteAsync(string file, string text) => File.WriteAllTextAsync(file, text, Cancelled);

    private static Task<(int Code, string Output, string Error)> ApplyAsync(string file, params IEnumerable<string> arguments) =>
        Command.TryAsync("dotnet", [Gateway, "apply", .. arguments, "--config", file]);

    private static async Task<string?> ListedAsync(string file)
    {
        var (_, output, _) = await ApplyAsync(file, "--list", "--json");
        using var document = JsonDocument.Parse(output);
        return document.RootElement.GetProperty("trial").GetString();
    }

    private static Task IsUpAsync(string file, RunningProcess gateway) => Eventually.HoldsAsync(
        async () =>
        {
            var (code, output, _) = await Command.TryAsync("dotnet", Gateway, "status", "--config", file, "--json");
            if (code != 0)
            {
                return false;
            }

            using var document = JsonDocument.Parse(output);
            return document.RootElement.GetProperty("uplink").GetProperty("up").GetBoolean();
        },
        Within,
        () => $"There is no link.\n{gateway.Tail}");

    private static string Text(string folder, int port) => OneProbe.Text(folder, string.Create(
        CultureInfo.InvariantCulture,
        $"""
        max = "16MiB"
        [clock]
        source = "system"
        [uplink]
        host = "127.0.0.1"
        port = {port}
        password = "{Mosquitto.Password("gz-07")}"
        """));
}

using System.Globalization;
using System.Text.Json;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway calibrate</c> at a terminal, beside a gateway that measures.</summary>
public sealed class CalibrateTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    [Fact]
    public async Task Broken_link_costs_no_point_and_the_next_guide_brings_the_calibration_into_force()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwinProcess.StartAsync(folder, Checkout.Absolute("deploy/gateway.sample.toml"));
        twins.StartGateway();
        await twins.HearAsync(["stream-turb"], 1);
        var near = Math.Round(Turbidity(await RunAsync(twins, 0, "read", "stream-turb", "--json")));
        var standards = string.Create(CultureInfo.InvariantCulture, $"{near},{near + 400}");

        // The first standard is taken as it is, and then the link is cut.
        await using (var broken = Guide(twins, folder, "broken", standards))
        {
            await AnswerAsync(broken, ("Enter when it stands in it", ""), ("in °C [25]", "21"), ("Enter: take, once steady", "!"), ("2 of 2", null));
            await broken.KillAsync();
        }

        Assert.Contains("\"calibrating\":true", await RunAsync(twins, 0, "status", "--json"), StringComparison.Ordinal);
        Assert.Contains("stream-turb.turbidity: never", await RunAsync(twins, 0, "calibration", "list"), StringComparison.Ordinal);

        await using var guide = Guide(twins, folder, "guide", standards);
        await AnswerAsync(
            guide, ("goes on with them", ""), ("2 of 2", "s"), ("ACCEPTED", null), ("Enter records it", ""), ("it is in force", null), ("back in the water", "y"),
            ("The values count again", null));
        await guide.WaitForExitAsync(TimeSpan.FromSeconds(30));
        Assert.True(guide.ExitCode == 0, guide.Tail);
        Assert.DoesNotContain("\"calibrating\":true", await RunAsync(twins, 0, "status", "--json"), StringComparison.Ordinal);
        Assert.Contains("by Li", await RunAsync(twins, 0, "calibration", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_it_is_misuse_and_names_what_works()
    {
        var (code, _, error) = await Command.TryAsync("dotnet", Gateway, "calibrate", "stream-ph", "--config", Checkout.Absolute("deploy/gateway.sample.toml"));

        Assert.Equal(2, code);
        Assert.Contains("pond-gateway calibration add", error, StringComparison.Ordinal);
    }

    // script(1) gives it a terminal of its own.
    private static RunningProcess Guide(TwinProcess twins, string folder, string name, string standards) => RunningProcess.Start(
        name, folder, "/usr/bin/script", "-qec",
        $"TERM=xterm LC_ALL=C dotnet {Gateway} calibrate stream-turb --standards {standards} --who Li --lang en --config {Path.Combine(twins.Folder, "gateway.toml")}",
        "/dev/null");

    private static async Task AnswerAsync(RunningProcess guide, params (string Seen, string? Typed)[] answers)
    {
        foreach (var (seen, typed) in answers)
        {
            await Eventually.HoldsAsync(
                () => guide.HasExited && !guide.Said(seen) ? throw new IOException(guide.Tail) : guide.Said(seen), TimeSpan.FromSeconds(60), () => guide.Tail);
            if (typed is not null)
            {
                await guide.TellAsync(typed);
            }
        }
    }

    private static double Turbidity(string read)
    {
        using var document = JsonDocument.Parse(read);
        return document.RootElement.GetProperty("devices")[0].GetProperty("values")[0].GetProperty("x").GetDouble();
    }

    private static async Task<string> RunAsync(TwinProcess twins, int expected, params IEnumerable<string> arguments)
    {
        var (code, output, error) = await Command.TryAsync("dotnet", [Gateway, .. arguments, "--config", Path.Combine(twins.Folder, "gateway.toml")]);
        Assert.True(code == expected, $"{output}\n{error}");
        return output;
    }
}

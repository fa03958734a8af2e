using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway init</c> at a terminal.</summary>
public sealed class InitTests
{
    [Fact]
    public async Task Person_at_a_terminal_is_asked_and_gets_a_configuration_that_passes_check()
    {
        var folder = TestFolder.Create();
        var file = Path.Combine(folder, "gateway.toml");
        var program = Built.Program("PondSentinel.Gateway", "pond-gateway");

        // script(1) gives it a terminal of its own.
        await using var terminal = RunningProcess.Start(
            "init", folder, "script", "-qec", $"dotnet {program} init --config {file} --buffer {folder}/buffer", "/dev/null");
        foreach (var answer in (string[])["GZ 07", "gz-07", "zudong", "", "/dev/serial/by-id/usb-FTDI_x", "yosemitech-y532@3", "", "b.example.org", ""])
        {
            await terminal.TellAsync(answer);
        }

        await terminal.WaitForExitAsync(TimeSpan.FromSeconds(30));
        Assert.True(terminal.ExitCode == 0, terminal.Tail);
        Assert.True(terminal.Said("use 1 to 32 of a-z, 0-9 and -"), terminal.Tail);
        var (code, output, _) = await Command.TryAsync("dotnet", program, "check", "--config", file);
        Assert.Equal(0, code);
        Assert.Contains("gateway gz-07 at site zudong, 1 stations", output, StringComparison.Ordinal);
        Assert.Contains("yosemitech-y532-3: yosemitech-y532", output, StringComparison.Ordinal);
        Assert.Contains("uplink: b.example.org, port 1883", output, StringComparison.Ordinal);
    }
}

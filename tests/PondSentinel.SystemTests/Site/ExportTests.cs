using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Site;

/// <summary><c>pond-gateway export</c> onto sticks, one of them full.</summary>
public sealed class ExportTests
{
    private static readonly string Gateway = Built.Program("PondSentinel.Gateway", "pond-gateway");

    [Fact]
    public async Task Stick_that_is_full_is_one_clear_error_and_one_with_room_has_a_file_whose_sum_is_right()
    {
        var folder = TestFolder.Create();
        await using var twins = await TwinProcess.StartAsync(folder, Checkout.Absolute("deploy/gateway.sample.toml"));
        var file = Path.Combine(twins.Folder, "gateway.toml");
        twins.StartGateway();
        await twins.HearAsync(["stream-ph", "pond-nh4", "stream-turb"], 2);
        var stick = Directory.CreateDirectory(Path.Combine(folder, "stick")).FullName;
        string[] all = ["--from", "2000-01-01", "--to", "2999-01-01", "--config", file];

        await Command.RunAsync("mount", "-t", "tmpfs", "-o", "size=4k", "none", stick);
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(stick, "filling"), new byte[4096], TestContext.Current.CancellationToken);
            var (code, _, error) = await Command.TryAsync("dotnet", [Gateway, "export", stick, .. all]);
            Assert.Equal(1, code);
            Assert.Matches(@"^[^\n]*\.csv cannot be written \([^\n]*No space left on device[^\n]*\); name a file in a folder that is there, may be written and has room\n$", error);
            Assert.Equal(["filling"], Directory.GetFiles(stick).Select(Path.GetFileName));
        }
        finally
        {
            await Command.RunAsync("umount", stick);
        }

        await Command.RunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "none", stick);
        try
        {
            var (code, _, error) = await Command.TryAsync("dotnet", [Gateway, "export", stick, .. all]);
            Assert.True(code == 0, error);
            Assert.DoesNotContain("warning", error, StringComparison.Ordinal);
            await Command.RunAsync("sh", "-c", $"cd {stick} && sha256sum -c *.sha256");
        }
        finally
        {
            await Command.RunAsync("umount", stick);
        }
    }
}

using System.Security.Cryptography;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Commands;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Configuration;

namespace PondSentinel.Tests.Gateway.Commands;

/// <summary>What was measured goes onto a stick whole, and the buffer keeps it.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private const string Name = "gz-07_20260101T000001Z_20260101T000003Z.csv";

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("pond-export-");

    private string Stick => Path.Combine(root.FullName, "stick");

    public void Dispose() => root.Delete(recursive: true);

    [Theory]
    [InlineData("2026-01-01T00:00:01Z", "2026-01-01T00:00:03Z")]
    [InlineData("2026-01-01T08:00:01+08:00", "2025-12-31T16:00:03-08:00")]
    public async Task Span_of_time_is_one_file_with_its_sum_beside_it_while_the_gateway_runs(string from, string to)
    {
        await using var live = await FillAsync();
        var before = live.Status;

        var (code, error) = await RunAsync(Stick, "--from", from, "--to", to);

        Assert.Equal(0, code);
        Assert.Contains($"2 records in {Stick}/{Name}", error, StringComparison.Ordinal);
        Assert.Equal([Name, $"{Name}.sha256"], Files());
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Stick, Name), TestContext.Current.CancellationToken);
        Assert.Equal(
            $"{Convert.ToHexStringLower(SHA256.HashData(bytes))}  {Name}\n",
            await File.ReadAllTextAsync(Path.Combine(Stick, $"{Name}.sha256"), TestContext.Current.CancellationToken));
        Assert.Equal(3, File.ReadAllLines(Path.Combine(Stick, Name)).Length);
        Assert.Equal(before, live.Status with { Lost = before.Lost });

        // A stick has its own file system; a folder of the card where one should be is what people miss.
        Assert.StartsWith($"warning: {Stick} is on the card of this machine, not on a stick", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channels_that_are_named_go_alone_and_one_that_has_no_record_is_said()
    {
        await (await FillAsync()).DisposeAsync();
        string[] span = ["--from", "2026-01-01T00:00:01Z", "--to", "2026-01-01T00:00:03Z"];

        Assert.Equal(0, (await RunAsync([Stick, .. span, "--channel", "pond1.ph"])).Code);
        Assert.Equal(3, File.ReadAllLines(Path.Combine(Stick, Name)).Length);
        Assert.Equal(0, (await RunAsync([Stick, .. span, "--channel", "pond1"])).Code);
        Assert.Equal(3, File.ReadAllLines(Path.Combine(Stick, Name)).Length);

        var (code, error) = await RunAsync([Stick, .. span, "--channel", "pond", "--channel", "pond1.ph"]);
        Assert.Equal(1, code);
        Assert.Contains("wrong: there is no record of pond in it: pond-gateway buffer dump shows the names", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from", "2026-01-01")]
    [InlineData("--from", "2026-01-02", "--to", "2026-01-01")]
    [InlineData("--from", "yesterday", "--to", "2026-01-01")]
    [InlineData("--from", "2026-01-01T08:00", "--to", "2026-01-02")]
    public async Task Time_that_is_missing_or_makes_no_sense_is_misuse(params string[] times)
    {
        await (await FillAsync()).DisposeAsync();
        Assert.Equal(ExitCode.Misuse, (await RunAsync([Stick, .. times])).Code);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Folder_that_is_not_there_is_misuse_and_says_to_mount_the_stick()
    {
        await (await FillAsync()).DisposeAsync();
        var (code, error) = await RunAsync("/media/nobody", "--from", "2026-01-01", "--to", "2026-01-02");
        Assert.Equal((ExitCode.Misuse, "/media/nobody is no folder: plug the stick in, and mount it; lsblk shows where it is\n"), (code, error));
    }

    [Fact]
    public void What_fails_half_way_leaves_the_file_that_was_there()
    {
        Directory.CreateDirectory(Stick);
        var path = Path.Combine(Stick, Name);
        ExportFile.Write(path, hasSum: true, writer => writer.Write("first"));

        var failure = Assert.Throws<IOException>(() => ExportFile.Write(path, hasSum: true, writer =>
        {
            writer.Write(new string('x', 100_000));
            throw new IOException("No space left on device");
        }));

        Assert.Equal(
            $"{path} cannot be written (No space left on device); name a file in a folder that is there, may be written and has room", failure.Message);
        Assert.Equal("first", File.ReadAllText(path));
        Assert.Equal([Name, $"{Name}.sha256"], Files());
    }

    private IEnumerable<string> Files() => new DirectoryInfo(Stick).GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal);

    private async Task<(int Code, string Error)> RunAsync(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync(["export", .. words, "--config", Path.Combine(root.FullName, "g.toml")], output, error);
        return (code, error.ToString());
    }

    private async Task<SegmentedLog> FillAsync()
    {
        Directory.CreateDirectory(Stick);
        await File.WriteAllTextAsync(
            Path.Combine(root.FullName, "g.toml"),
            OneProbe.Text(root.FullName, "max = \"1MiB\"\nfree_space_floor = \"0B\""),
            TestContext.Current.CancellationToken);
        return await BufferBench.FillAsync(Path.Combine(root.FullName, "buffer"));
    }
}

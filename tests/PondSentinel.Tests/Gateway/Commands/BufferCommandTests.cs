using System.Text.Json;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Commands;
using PondSentinel.Tests.Gateway.Buffering;

namespace PondSentinel.Tests.Gateway.Commands;

/// <summary>What a technician is told of a buffer, and that looking changes nothing of it.</summary>
public sealed class BufferCommandTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("pond-view-");

    private string Folder => Path.Combine(root.FullName, "buffer");

    [Fact]
    public async Task Live_buffer_is_looked_at_without_a_byte_being_changed()
    {
        await using var log = await Fill();
        var before = Contents();

        foreach (var verb in new[] { "stat", "verify", "dump", "export" })
        {
            var (code, output, error) = await RunAsync("buffer", verb, "--folder", Folder);
            Assert.True(code == 0, $"{verb}: {code}: {output}{error}");
        }

        Assert.Equal(before, Contents());
    }

    [Fact]
    public async Task Stat_counts_what_is_held_settled_and_gone()
    {
        await using (var log = await Fill())
        {
            log.Apply(BufferBench.Receipt(log.Epoch!, 1));
        }

        var (code, output, _) = await RunAsync("buffer", "stat", "--folder", Folder, "--json");

        Assert.Equal(0, code);
        using var stat = JsonDocument.Parse(output);
        var epoch = stat.RootElement.GetProperty("records")[0];
        Assert.Equal((4, 3, 0), (epoch.GetProperty("last").GetInt32(), epoch.GetProperty("unsettled").GetInt32(), epoch.GetProperty("first_held").GetInt32()));
        Assert.Equal("zudong", epoch.GetProperty("site").GetString());
        Assert.Empty(stat.RootElement.GetProperty("wrong").EnumerateArray());
    }

    [Fact]
    public async Task Dump_shows_settled_records_those_that_wait_for_a_time_and_what_is_gone()
    {
        await using (var log = await Fill())
        {
            log.Append(BufferBench.Untrusted(9, BufferBench.LaterBoot));
            await log.Append(BufferBench.Record(1) with { Schema = new string('s', 70_000) }).Durable.ContinueWith(_ => { }, TestContext.Current.CancellationToken);
            log.Apply(BufferBench.Receipt(log.Epoch!, 1));
        }

        var lines = await Lines("buffer", "dump", "--folder", Folder, "--json");

        Assert.Equal(8, lines.Count);
        Assert.Equal([true, true, false, false, false, false], lines.Take(6).Select(line => line.GetProperty("settled").GetBoolean()));
        Assert.Equal(2.0, lines[2].GetProperty("c").GetProperty("ph").GetProperty("x").GetDouble());
        Assert.Equal(JsonValueKind.Null, lines[5].GetProperty("t").ValueKind);
        Assert.Equal(("gone", "bad"), (lines[6].GetProperty("kind").GetString(), lines[6].GetProperty("cause").GetString()));
        Assert.Equal("event", lines[7].GetProperty("kind").GetString());
        var text = (await RunAsync("buffer", "dump", "--folder", Folder)).Output;
        Assert.Contains("waits-for-time", text, StringComparison.Ordinal);
        Assert.Contains("ph=2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_finds_a_byte_that_has_turned_and_says_so_with_exit_code_1()
    {
        await (await Fill()).DisposeAsync();
        var segment = Path.Combine(Folder, "r-0000000000000001.seg");
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[Segment.HeaderBytes + 40] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);

        var (code, output, _) = await RunAsync("buffer", "verify", "--folder", Folder);

        Assert.Equal(1, code);
        Assert.Contains("4 records and 1 events are whole", output, StringComparison.Ordinal);
        Assert.Contains("cannot be read", output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("buffer", "stat", "--folder", Folder)).Code);
    }

    [Fact]
    public async Task Verify_names_what_was_set_aside()
    {
        await (await Fill()).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, "r-0000000000000009.seg.0.bad"), "old", TestContext.Current.CancellationToken);

        var (code, output, _) = await RunAsync("buffer", "verify", "--folder", Folder);

        Assert.Equal(1, code);
        Assert.Contains("r-0000000000000009.seg.0.bad was set aside", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_writes_the_span_of_time_as_csv()
    {
        await (await Fill()).DisposeAsync();
        var file = Path.Combine(root.FullName, "out.csv");

        var (code, _, error) = await RunAsync(
            "buffer", "export", "--folder", Folder, "--from", "2026-01-01T00:00:01Z", "--to", "2026-01-01T00:00:03.000Z", "--out", file);

        Assert.Equal(0, code);
        Assert.Contains("2 records", error, StringComparison.Ordinal);
        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("2026-01-01T00:00:01.000Z,ntp,12,zudong,pond-a,pond1,pond1.ph,ph,1,", lines[1], StringComparison.Ordinal);
        Assert.Equal(["out.csv"], root.GetFiles().Select(found => found.Name));
    }

    [Theory]
    [InlineData("buffer", "export", "--from", "yesterday")]
    [InlineData("buffer", "mend")]
    public async Task Wrong_words_are_refused(params string[] words) =>
        Assert.NotEqual(0, (await RunAsync([.. words, "--folder", Folder])).Code);

    [Theory]
    [InlineData("nowhere/out.csv")]
    [InlineData("taken")]
    public async Task Export_that_cannot_be_written_says_where_to_and_leaves_nothing_behind(string where)
    {
        await (await Fill()).DisposeAsync();
        root.CreateSubdirectory("taken");
        var path = Path.Combine(root.FullName, where);

        var (code, _, error) = await RunAsync("buffer", "export", "--folder", Folder, "--out", path);

        Assert.Equal(1, code);
        Assert.Contains($"{path} cannot be written", error, StringComparison.Ordinal);
        Assert.Contains("name a file", error, StringComparison.Ordinal);
        Assert.Empty(root.GetFiles("*", SearchOption.TopDirectoryOnly));
    }

    [Fact]
    public async Task Span_of_time_that_ends_before_it_begins_is_refused()
    {
        await (await Fill()).DisposeAsync();

        var (code, output, error) = await RunAsync(
            "buffer", "export", "--folder", Folder, "--from", "2026-01-02", "--to", "2026-01-01");

        Assert.Equal(ExitCode.Misuse, code);
        Assert.Contains("--from is not before --to", error, StringComparison.Ordinal);
        Assert.DoesNotContain("pond1", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stat")]
    [InlineData("verify")]
    [InlineData("dump")]
    [InlineData("export")]
    public async Task Folder_without_a_buffer_is_not_taken_for_an_empty_one(string verb)
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, "notes.txt"), "none", TestContext.Current.CancellationToken);

        var (code, _, error) = await RunAsync("buffer", verb, "--folder", Folder);

        Assert.Equal(1, code);
        Assert.Contains("there is no buffer", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_that_is_not_there_is_said_so_and_not_made()
    {
        var (code, _, error) = await RunAsync("buffer", "stat", "--folder", Folder);

        Assert.Equal(1, code);
        Assert.Contains(Folder, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder));
    }

    public void Dispose() => root.Delete(recursive: true);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync(words, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static async Task<List<JsonElement>> Lines(params string[] words) =>
    [
        .. (await RunAsync(words)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement),
    ];

    private async Task<SegmentedLog> Fill()
    {
        var log = await BufferBench.FillAsync(Folder);
        await log.AppendEvent(BufferBench.Event("meta")).Durable;
        while (BufferBench.Next(log) is { } run)
        {
            log.MarkSent(run.Epoch, run.Range);
        }

        return log;
    }

    private List<(string, string)> Contents() =>
    [
        .. new DirectoryInfo(Folder).GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => (file.Name, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file.FullName))))),
    ];
}

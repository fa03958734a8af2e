using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The log on the file system of this machine.</summary>
public sealed class LinuxCardTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-buffer-").FullName;

    private BufferOptions Options => new()
    {
        Folder = Path.Combine(folder, "made", "where-missing"),
        BytesMax = 1 << 20,
        CommitWindow = TimeSpan.Zero,
        FreeSpaceFloor = 0,
    };

    [Fact]
    public async Task Records_and_events_survive_closing_and_opening()
    {
        string epoch;
        await using (var log = Open())
        {
            await log.Append(BufferBench.Record(1)).Durable;
            await log.AppendEvent(BufferBench.Event("meta")).Durable;
            await log.Append(BufferBench.Record(2)).Durable;
            log.MarkSent(log.Epoch!, (await Next(log)).Range);
            log.Apply(BufferBench.Receipt(log.Epoch!, 0));
            epoch = log.Epoch!;
        }

        await using var again = Open();
        var run = await Next(again);
        Assert.Equal((epoch, new SequenceRange(1, 1)), (run.Epoch, run.Range));
        Assert.Equal([2], BufferBench.Values([run]));
        Assert.Equal("meta", (await again.NextEventAsync(TestContext.Current.CancellationToken)).Event.Type);
        Assert.Equal([new HeldEpoch(epoch, 0, 1)], again.Inventory);
    }

    [Fact]
    public async Task Second_process_is_told_that_the_folder_is_in_use()
    {
        await using var log = Open();
        var error = Assert.Throws<IOException>(Open);
        Assert.Contains(Options.Folder, error.Message, StringComparison.Ordinal);
        Assert.Contains("another pond-gateway", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_stay_within_the_bound_however_much_is_appended()
    {
        await using var log = Open();
        for (var i = 0; i < 40; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => log.Append(BufferBench.Record(i)).Durable));
        }

        var bytes = new DirectoryInfo(Options.Folder).EnumerateFiles().Sum(file => file.Length);
        Assert.InRange(bytes, Options.BytesMax * 3 / 4, Options.BytesMax);
        Assert.Equal(log.Status.Bytes, bytes);
        Assert.Equal(16_000, log.Status.Unsettled + log.Status.Lost.Values.Sum());
    }

    [Fact]
    public void File_in_place_of_the_folder_is_an_error_for_people()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        Assert.Throws<IOException>(() => SegmentedLog.Open(
            Options with { Folder = file }, TimeProvider.System, NullLogger.Instance));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static async Task<RecordRun> Next(SegmentedLog log) =>
        await log.NextAsync(Lane.Backlog, 100, TestContext.Current.CancellationToken);

    private SegmentedLog Open() => SegmentedLog.Open(Options, TimeProvider.System, NullLogger.Instance);
}

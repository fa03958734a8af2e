using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.SystemTests.Disks;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>Another process takes every block of the disk.</summary>
[Collection(MountTests.Name)]
public sealed class FullDiskTests : IAsyncLifetime
{
    private const long DiskBytes = 16 << 20;

    // Older records, two segments of them, so that there is something older to give up.
    private const int OlderRecords = 900;
    private const int Sites = 4;

    // Less than the two segments that a buffer keeps hold.
    private const int NewestRecords = 500;

    private readonly string folder = TestFolder.Create();
    private readonly string image;

    public FullDiskTests() => image = Path.Combine(folder, "disk.img");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        TestFolder.DeleteOnSuccess(image);
        TestFolder.ShowLogsOnFailure(folder);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Acquisition_goes_on_the_newest_win_and_normal_work_returns_with_the_space()
    {
        await LoopMount.FormatAsync(image, DiskBytes);
        await using var mount = await LoopMount.OpenAsync(image);
        var buffer = Path.Combine(mount.Folder, "buffer");
        var older = await FillAsync(buffer);
        var witness = Path.Combine(folder, "witness.txt");
        IReadOnlyList<WitnessedRecord> Claimed() => [.. WholeLines.Of(witness).Select(WitnessedRecord.Parse)];

        await using var gateway = await FastGateway.PrepareAsync(folder, Sites);
        gateway.Start(buffer, witness);
        await gateway.RunsUntilAsync(() => Claimed().Count > 0, () => "Nothing is claimed.");

        // Until the gateway has given up all that is older, and begins with its own.
        int whenFull;
        await using (Filler(mount.Folder))
        {
            await gateway.RunsUntilAsync(() => FreeBytes(mount.Folder) == 0, () => "The disk is not full.");
            var (count, newest) = (SegmentFiles.Count(buffer), SegmentFiles.Newest(buffer));
            await gateway.RunsUntilAsync(
                () => SegmentFiles.Newest(buffer) >= newest + count + 1,
                () => $"{Claimed().Count} records are claimed; the newest segment is {SegmentFiles.Newest(buffer)}.");
            await gateway.RunsUntilAsync(() => FreeBytes(mount.Folder) == 0, () => "The disk is not full any more.");
            Assert.InRange(SegmentFiles.Count(buffer), 1, count);
            whenFull = Claimed().Count;

            // A start on a full disk is no other than any.
            await gateway.KillAsync();
            gateway.Start(buffer, witness);
            await gateway.RunsUntilAsync(() => Claimed().Count > whenFull, () => "Nothing more is claimed.");
        }

        File.Delete(FillerFile(mount.Folder));
        var before = SegmentFiles.Count(buffer);
        await gateway.RunsUntilAsync(
            () => SegmentFiles.Count(buffer) > before, () => $"The buffer has still {before} segments.");
        Assert.False(gateway.LacksCard, gateway.Tail);
        await gateway.StopAsync();

        var claimed = Claimed();
        var back = await ReadBack.OfAsync(buffer, FastGateway.BufferBytes);
        Assert.Equal([], back.Wrong);
        Assert.Equal([], back.Altered([.. older, .. claimed]));

        // Room was made by what was older, and every loss has a name.
        Assert.Equal([], back.Lost(claimed.TakeLast(NewestRecords)));
        string[] causes = [.. older.Concat(claimed).Select(back.CauseOf).OfType<string>().Distinct(StringComparer.Ordinal)];
        Assert.Contains(causes, cause => cause is "space" or "thin");
        Assert.Equal([], causes.Except(["space", "full", "thin"], StringComparer.Ordinal));
    }

    private static string FillerFile(string folder) => Path.Combine(folder, "filler");

    private static long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    private RunningProcess Filler(string mounted) => RunningProcess.Start(
        "filler", folder, "/usr/bin/python3", Checkout.Absolute("tests/rigs/filldisk.py"), FillerFile(mounted));

    private static async Task<IReadOnlyList<WitnessedRecord>> FillAsync(string buffer)
    {
        var options = new BufferOptions { Folder = buffer, BytesMax = FastGateway.BufferBytes, FreeSpaceFloor = 0 };
        await using var log = SegmentedLog.Open(options, TimeProvider.System, NullLogger.Instance);
        return [.. Enumerable.Range(0, OlderRecords).Select(value => SampleRecord.Claim(log.Append(SampleRecord.Of(value)).Id, value))];
    }
}

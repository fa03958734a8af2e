using System.Globalization;
using PondSentinel.SystemTests.Disks;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;
using PondSentinel.Tests;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>The real process on a real ext4 whose disk loses its power.</summary>
/// <remarks>
/// The gateway writes to a disk that logs what it is told, and its witness goes into the same log. From the log the disk is
/// made again as a cut would have left it, mounted as after a restart, and the buffer on it opened: what had been claimed
/// before the cut is there. The buffer is full when the gateway begins, so that segments are used again.
/// </remarks>
[Collection(MountTests.Name)]
public sealed class PowerCutTests : IAsyncLifetime
{
    private const int Seed = 20_261;
    private const long DiskBytes = 16 << 20;
    private const int CutsAtOnce = 2;

    private const int Sites = 4;

    // Of the run without a gateway: some ten segments, in commits of up to a few pages.
    private const int RecordsWithoutGateway = 1200;
    private const int CommitRecordsMax = 30;
    private const string BufferName = "buffer";

    private readonly string folder = TestFolder.Create();
    private readonly List<WitnessedRecord> before = [];
    private string image = "";

    public async ValueTask InitializeAsync()
    {
        image = Path.Combine(folder, "before.img");
        await LoopMount.FormatAsync(image, DiskBytes);
        await FillAsync();
    }

    public ValueTask DisposeAsync()
    {
        TestFolder.DeleteOnSuccess(image, Path.Combine(folder, CutDisk.LogName));
        TestFolder.ShowLogsOnFailure(folder);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Whatever_was_claimed_before_a_power_cut_is_there_after_it()
    {
        var log = await RunAsync(segments: 3);
        var each = (int)TestDepth.Cases(25);

        Assert.Equal([], await LossesAsync(log, CutMode.Prefix, each));
        Assert.Equal([], await LossesAsync(log, CutMode.Drop, each));

        // The rig is sharp: on a disk whose flushes mean nothing the same run loses.
        Assert.InRange((await LossesAsync(log, CutMode.Liar, 12)).Count, 9, 12);
    }

    [Fact]
    public async Task Commits_of_many_pages_are_torn_and_none_of_what_was_claimed_is_lost()
    {
        var log = await CommitAsync();
        var each = (int)TestDepth.Cases(15);

        Assert.Equal([], await LossesAsync(log, CutMode.Prefix, each));
        Assert.Equal([], await LossesAsync(log, CutMode.Drop, each));
    }

    [Theory]
    [InlineData("fdatasync", 2)]
    [InlineData("fsync", 2)]
    public async Task Rig_shows_the_loss_where_a_program_leaves_a_sync_out(string call, int segments)
    {
        // The kernel is never asked, and the program is told that all is well.
        var log = await RunAsync(segments, Strace.Injecting($"{call}:retval=0"));

        // On a busy machine fewer cuts fall between what was claimed and what the kernel wrote by itself: many cuts, so that chance is none.
        Assert.InRange((await LossesAsync(log, CutMode.Prefix, 30)).Count, 5, 30);
    }

    private static string Describe(PowerCut cut, IReadOnlyList<string> wrong, CutLog log) => string.Create(
        CultureInfo.InvariantCulture,
        $"{cut.Mode} after {cut.Operations} operations: {wrong.Count} wrong, first {wrong[0]}; again: {log.Again(cut)}");

    private async Task FillAsync()
    {
        await using var mount = await LoopMount.OpenAsync(image);
        before.AddRange(await FullBuffer.MakeAsync(Path.Combine(mount.Folder, BufferName)));
    }

    // Until so many segments have been used again.
    private async Task<CutLog> RunAsync(int segments, params IReadOnlyList<string> wrapper)
    {
        await using var gateway = await FastGateway.PrepareAsync(folder, Sites);
        await using var disk = await CutDisk.StartAsync(folder, image);
        var buffer = Path.Combine(disk.Folder, BufferName);
        var wanted = SegmentFiles.Newest(buffer) + segments;
        gateway.Start(buffer, disk.Claims, wrapper);
        await gateway.RunsUntilAsync(
            () => SegmentFiles.Newest(buffer) >= wanted,
            () => $"The newest segment is {SegmentFiles.Newest(buffer)}, not {wanted}.");
        await gateway.StopAsync();
        return await disk.EndAsync();
    }

    // No gateway takes as much at once, but after a card that did not answer for a while.
    private async Task<CutLog> CommitAsync()
    {
        var random = new Random(Seed);
        await using var disk = await CutDisk.StartAsync(folder, image);
        await using (var log = FullBuffer.Open(Path.Combine(disk.Folder, BufferName)))
        await using (var claims = new StreamWriter(disk.Claims, append: true))
        {
            for (var value = 0; value < RecordsWithoutGateway;)
            {
                var batch = Enumerable.Range(value, random.Next(1, CommitRecordsMax))
                    .Select(next => (Value: next, Ticket: log.Append(SampleRecord.LongOf(next))))
                    .ToList();
                log.CommitNow();
                await Task.WhenAll(batch.Select(record => record.Ticket.Durable));
                await claims.WriteAsync(string.Concat(batch.Select(record => SampleRecord.ClaimLine(record.Ticket.Id, record.Value))));
                await claims.FlushAsync();
                value += batch.Count;
            }
        }

        return await disk.EndAsync();
    }

    private async Task<IReadOnlyList<string>> LossesAsync(CutLog log, CutMode mode, int count)
    {
        var random = new Random(Seed + (int)mode);
        var (first, last) = await log.RangeAsync();
        var appended = (await log.ClaimsAsync()).Select(WitnessedRecord.Parse).Concat(before).ToList();
        var cuts = Enumerable.Range(0, count).Select(_ => new PowerCut(random.Next(first, last + 1), random.Next(), mode)).ToList();
        List<string> losses = [];
        var gate = new Lock();
        await Parallel.ForEachAsync(
            cuts,
            new ParallelOptions { MaxDegreeOfParallelism = CutsAtOnce, CancellationToken = TestContext.Current.CancellationToken },
            async (cut, _) =>
            {
                var wrong = await WrongAfterAsync(log, cut, appended);
                lock (gate)
                {
                    losses.AddRange(wrong.Count == 0 ? [] : [Describe(cut, wrong, log)]);
                }
            });
        return losses;
    }

    private static async Task<IReadOnlyList<string>> WrongAfterAsync(CutLog log, PowerCut cut, IReadOnlyCollection<WitnessedRecord> appended)
    {
        using var place = new MountFolder();
        var target = Path.Combine(place.Path, "cut.img");
        var claims = await log.CutAsync(cut, target);
        try
        {
            await using var mount = await LoopMount.OpenAsync(target);
            var back = await ReadBack.OfAsync(Path.Combine(mount.Folder, BufferName), FastGateway.BufferBytes);
            return
            [
                .. back.Wrong, .. back.Lost(claims.Select(WitnessedRecord.Parse)), .. back.Altered(appended), .. back.Unknown(appended),
            ];
        }
        catch (Exception e) when (e is IOException or Xunit.Sdk.XunitException)
        {
            return [$"it cannot be opened: {e.Message}"];
        }
    }
}

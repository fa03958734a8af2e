using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>Bytes that reach the block device in a day with 14 channels a minute.</summary>
/// <remarks>In real time, because ext4 writes a changed time of a file into its journal within 5 s: commits that follow each
/// other faster than a gateway's share that, and look three times cheaper than they are.</remarks>
internal static class DayRun
{
    private const int MinutesPerDay = 24 * 60;
    private const long DiskBytes = 1L << 30;
    private const double Mega = 1e6;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly Arm[] Arms =
    [
        new("4 devices, polled together", 4, IsTogether: true, TimeSpan.FromSeconds(5), 40),
        new("4 devices, spread over the minute", 4, IsTogether: false, TimeSpan.FromSeconds(5), 40),
        new("14 devices, spread over the minute", 14, IsTogether: false, TimeSpan.FromSeconds(5), 40),
        new("4 devices, polled together", 4, IsTogether: true, TimeSpan.FromSeconds(30), 15),
        new("4 devices, spread over the minute", 4, IsTogether: false, TimeSpan.FromSeconds(30), 15),
        new("14 devices, spread over the minute", 14, IsTogether: false, TimeSpan.FromSeconds(30), 15),
    ];

    /// <summary>Measures and prints.</summary>
    /// <param name="minutes">Minutes to measure, after one that is not.</param>
    /// <param name="mount">Options of the mount.</param>
    public static async Task RunAsync(int minutes, string mount)
    {
        var turn = MeasureTurn(mount);
        Console.WriteLine($"A segment of 4 MiB made: {turn.Made / Mega:F2} MB, used again: {turn.Recycled / Mega:F2} MB. Mounted {mount}; {minutes} minutes in real time.");
        Console.WriteLine("| polls | window | commits a day | MB a day, buffer | B a commit | raw fdatasync, MB a day | buffer to raw | goal, MB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var results = await Task.WhenAll(Arms.Select(arm => MeasureAsync(arm, minutes, mount)));
        foreach (var (arm, result) in Arms.Zip(results))
        {
            var days = (double)MinutesPerDay / minutes;
            var segments = result.FrameBytes * days / Segment.RoomOf(4 << 20);
            var bytes = (result.Buffer * days) + (segments * turn.Recycled);
            Console.WriteLine(FormattableString.Invariant(
                $"| {arm.Name} | {arm.Window.TotalSeconds} s | {result.Commits * days:F0} | {bytes / Mega:F1} | {bytes / (result.Commits * days):F0} | {result.Raw * days / Mega:F1} | {bytes / (result.Raw * days):F2} | {arm.GoalMegabytes} |"));
        }
    }

    // What a day needs of a new segment is a fraction of one: it is measured on its own.
    private static (long Made, long Recycled) MeasureTurn(string mount)
    {
        using var disk = new LoopDisk(DiskBytes, mount);
        var card = LinuxCard.At(disk.Folder);
        disk.Sync();
        var start = disk.BytesWritten;
        using var segment = Segment.Create(card, "r", 1, 4 << 20);
        card.SyncFolder();
        disk.Sync();
        var made = disk.BytesWritten;
        segment.Wipe(2);
        segment.Rename(card, "r", 2);
        card.SyncFolder();
        disk.Sync();
        return (made - start, disk.BytesWritten - made);
    }

    private static async Task<Result> MeasureAsync(Arm arm, int minutes, string mount)
    {
        using var disk = new LoopDisk(DiskBytes, mount);
        using var rawDisk = new LoopDisk(DiskBytes, mount);
        using var raw = new RawSegment(Path.Combine(rawDisk.Folder, "raw"), 4 << 20);
        await using var log = SegmentedLog.Open(
            new BufferOptions { Folder = Path.Combine(disk.Folder, "buffer"), CommitWindow = arm.Window },
            TimeProvider.System,
            NullLogger.Instance);
        var pond = new Pond(arm.Devices);
        disk.Sync();
        rawDisk.Sync();
        await arm.PollAsync(pond, log, raw, 1);
        var (start, rawStart) = (disk.BytesWritten, rawDisk.BytesWritten);
        var (commits, bytes) = await arm.PollAsync(pond, log, raw, minutes);
        return new Result(commits, bytes, disk.BytesWritten - start, rawDisk.BytesWritten - rawStart);
    }

    private sealed record Result(int Commits, long FrameBytes, long Buffer, long Raw);

    private sealed record Arm(string Name, int Devices, bool IsTogether, TimeSpan Window, int GoalMegabytes)
    {
        // Devices of one bus are due on the same grid and are polled one after the other.
        private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(300);

        public async Task<(int Commits, long Bytes)> PollAsync(Pond pond, SegmentedLog log, RawSegment raw, int minutes)
        {
            var begun = TimeProvider.System.GetTimestamp();
            var (commits, bytes, size) = (0, 0L, 0);
            Task? pending = null;
            for (var poll = 0; poll < minutes * Devices; poll++)
            {
                var due = (poll / Devices * Minute) + (poll % Devices * (IsTogether ? Apart : Minute / Devices));
                await WaitAsync(begun, due);
                var record = pond.Next();
                var durable = log.Append(record).Durable;
                if (pending is { IsCompleted: false })
                {
                    size += SizeOf(record);
                    continue;
                }

                // The raw file gets the same bytes in one write when the buffer has committed.
                if (pending is not null)
                {
                    raw.Write(new byte[size]);
                    (commits, bytes) = (commits + 1, bytes + size);
                }

                (pending, size) = (durable, SizeOf(record));
            }

            await pending!;
            raw.Write(new byte[size]);
            await WaitAsync(begun, minutes * Minute);
            return (commits + 1, bytes + size);
        }

        private static int SizeOf(BufferedRecord record) => Frame.SizeOf(RecordBody.Write(record).Length);

        private static async Task WaitAsync(long begun, TimeSpan due)
        {
            var wait = due - TimeProvider.System.GetElapsedTime(begun);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System);
            }
        }
    }
}

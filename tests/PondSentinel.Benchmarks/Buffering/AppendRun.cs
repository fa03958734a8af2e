using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>Appending with group commit, until all tickets have completed, against the same bytes in as many writes and
/// fdatasyncs to a plain file on the same disk.</summary>
internal static class AppendRun
{
    private const long DiskBytes = 1L << 30;
    private const int Rounds = 30;
    private const long BytesPerRound = 1 << 20;
    private const int CommitsMax = 60;
    private const int RoundsToWarmUp = 8;

    private static readonly int[] GroupSizes = [1, 20, 200, 900];

    /// <summary>Measures and prints.</summary>
    public static async Task RunAsync()
    {
        using var disk = new LoopDisk(DiskBytes);
        await using var log = SegmentedLog.Open(
            new BufferOptions { Folder = Path.Combine(disk.Folder, "buffer"), CommitWindow = TimeSpan.FromMinutes(1) },
            TimeProvider.System,
            NullLogger.Instance);
        using var raw = new RawSegment(Path.Combine(disk.Folder, "raw"), 4 << 20);
        Console.WriteLine($"Medians of {Rounds} rounds in turn, on a loop device.");
        Console.WriteLine("| records a commit | bytes a commit | buffer, records/s | raw fdatasync, records/s | ratio | goal |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var size in GroupSizes)
        {
            await MeasureAsync(log, raw, size);
        }
    }

    private static async Task MeasureAsync(SegmentedLog log, RawSegment raw, int size)
    {
        var pond = new Pond(devices: 4);
        BufferedRecord[] records = [.. Enumerable.Range(0, size).Select(_ => pond.Next())];
        var bytes = new byte[records.Sum(record => Frame.SizeOf(RecordBody.Write(record).Length))];
        Random.Shared.NextBytes(bytes);
        var commits = (int)Math.Clamp(BytesPerRound / bytes.Length, 4, CommitsMax);
        List<double> buffer = [], limit = [], ratios = [];
        for (var round = -RoundsToWarmUp; round < Rounds; round++)
        {
            var (appended, written) = (TimeSpan.Zero, TimeSpan.Zero);

            // Commit by commit in turn, so that both meet the same noise.
            for (var commit = 0; commit < commits; commit++)
            {
                var start = TimeProvider.System.GetTimestamp();
                for (var index = 0; index < size - 1; index++)
                {
                    log.Append(records[index]);
                }

                await log.Append(records[^1], urgent: true).Durable;
                appended += TimeProvider.System.GetElapsedTime(start);
                start = TimeProvider.System.GetTimestamp();
                raw.Write(bytes);
                written += TimeProvider.System.GetElapsedTime(start);
            }

            if (round >= 0)
            {
                buffer.Add(commits * size / appended.TotalSeconds);
                limit.Add(commits * size / written.TotalSeconds);
                ratios.Add(written / appended);
            }
        }

        Console.WriteLine(FormattableString.Invariant(
            $"| {size} | {bytes.Length} | {Figures.Median(buffer):F0} | {Figures.Median(limit):F0} | {Figures.Median(ratios):P0} | 80 % |"));
    }
}

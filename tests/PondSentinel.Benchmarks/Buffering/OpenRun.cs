using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>Opening a full buffer on a disk that was just mounted, against reading the same bytes of the same files; and what
/// a full buffer takes in memory.</summary>
internal static class OpenRun
{
    private const int Rounds = 7;
    private const double Mebi = 1 << 20;

    /// <summary>Measures and prints.</summary>
    /// <param name="mebibytes">Size of the buffer, MiB.</param>
    public static async Task RunAsync(int mebibytes)
    {
        using var backlog = new Backlog(devices: 4, (long)mebibytes << 20);
        var empty = backlog.Open();
        var emptyBytes = Figures.LiveBytes;
        await empty.DisposeAsync();
        Console.WriteLine(FormattableString.Invariant(
            $"{mebibytes} MiB; medians of {Rounds} rounds in turn, mounted anew before each. Goals: 1000 ms, 5 MiB."));
        Console.WriteLine("| filled | records not settled | opening, ms | reading the same bytes, ms | ratio | read from the device, MiB | live bytes more than empty, MiB | state for health, ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var stage in new[] { "once", "twice, thinned" })
        {
            await backlog.FillAsync();
            await MeasureAsync(backlog, stage, emptyBytes);
        }
    }

    private static async Task MeasureAsync(Backlog backlog, string stage, long emptyBytes)
    {
        List<double> opened = [], read = [], told = [];
        long device = 0, fullBytes = 0, records = 0;
        for (var round = 0; round < Rounds; round++)
        {
            backlog.Disk.Remount();
            var before = backlog.Disk.BytesRead;
            var start = TimeProvider.System.GetTimestamp();
            var log = backlog.Open();
            opened.Add(MillisecondsSince(start));
            device = backlog.Disk.BytesRead - before;
            start = TimeProvider.System.GetTimestamp();
            records = log.Status.Unsettled;
            told.Add(MillisecondsSince(start));
            fullBytes = Figures.LiveBytes;
            await log.DisposeAsync();
            backlog.Disk.Remount();
            start = TimeProvider.System.GetTimestamp();
            Read(backlog.Options.Folder);
            read.Add(MillisecondsSince(start));
        }

        var (mine, limit) = (Figures.Median(opened), Figures.Median(read));
        Console.WriteLine(FormattableString.Invariant(
            $"| {stage} | {records} | {mine:F0} | {limit:F0} | {mine / limit:F2} | {device / Mebi:F1} | {(fullBytes - emptyBytes) / Mebi:F2} | {Figures.Median(told):F1} |"));
    }

    private static double MillisecondsSince(long start) => TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;

    // The ledger, the head and the index of each segment, all of the last one.
    private static void Read(string folder)
    {
        var names = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            using var file = File.OpenHandle(name);
            var length = (int)RandomAccess.GetLength(file);
            if (name == names[^1] || Path.GetFileName(name) == LedgerFile.Name)
            {
                _ = RandomAccess.Read(file, new byte[length], 0);
                continue;
            }

            _ = RandomAccess.Read(file, new byte[Segment.HeaderBytes], 0);
            var index = SegmentIndex.BytesOf(length);
            _ = RandomAccess.Read(file, new byte[index], length - index);
        }
    }
}

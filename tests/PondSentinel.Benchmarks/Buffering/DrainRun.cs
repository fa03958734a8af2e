using System.Diagnostics;
using System.Runtime.Versioning;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>Draining a backlog from the disk to encoded batches, settled by receipts, against encoding the same batches
/// alone.</summary>
[SupportedOSPlatform("linux")]
internal static class DrainRun
{
    private const string Gateway = "gz-07";
    private const int BatchesPerReceipt = 16;
    private const int BatchesPerSample = 64;
    private const double Mebi = 1 << 20;

    /// <summary>Measures and prints.</summary>
    /// <param name="mebibytes">Size of the buffer, MiB.</param>
    public static async Task RunAsync(int mebibytes)
    {
        // One core, as the goal says; the collector of garbage has no other either.
        Process.GetCurrentProcess().ProcessorAffinity = 1;
        Console.WriteLine("| channels a record | records | records/s of a core | by the wall clock | encoding alone, records/s of a core | ratio | live bytes after a tenth, MiB | at the end, MiB | most with garbage, MiB | B written a record |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var devices in new[] { 4, Pond.ChannelsAll })
        {
            using var backlog = new Backlog(devices, (long)mebibytes << 20);
            await backlog.FillAsync();
            backlog.Disk.Remount();
            await MeasureAsync(backlog, devices);
        }
    }

    private static async Task MeasureAsync(Backlog backlog, int devices)
    {
        await using var log = backlog.Open();
        var all = log.Status.Unsettled;
        backlog.Disk.Sync();
        var startBytes = backlog.Disk.BytesWritten;
        var size = new RunSize(Batch.SentBytesMax);
        List<double> drained = [], encoded = [], walls = [];
        List<byte[]> payloads = [];
        var (count, receipts, early, peak) = (0L, 0, 0L, 0L);
        while (count < all)
        {
            payloads.Clear();
            var (spent, wall, before) = (Figures.Spent, TimeProvider.System.GetTimestamp(), count);
            (string Epoch, long UpTo) last = default;
            while (payloads.Count < BatchesPerSample && count < all)
            {
                var run = await log.NextAsync(Lane.Backlog, size.Count, CancellationToken.None);
                var made = RunBatch.Make(run, Gateway, size.Bytes);
                size.NoteBuilt(run.Range.Count, made.Range.Count, made.Payload!.Length);
                log.MarkSent(run.Epoch, made.Range);
                if (payloads.Count % BatchesPerReceipt == BatchesPerReceipt - 1 || last.Epoch != run.Epoch)
                {
                    Settle(log, last, ++receipts);
                }

                last = (run.Epoch, made.Range.Last);
                payloads.Add(made.Payload);
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
                count += run.Records.Count(record => record.Sequence <= made.Range.Last);
            }

            Settle(log, last, ++receipts);
            var records = count - before;
            drained.Add(records / (Figures.Spent - spent).TotalSeconds);
            walls.Add(records / TimeProvider.System.GetElapsedTime(wall).TotalSeconds);
            encoded.Add(records / Encode(payloads).TotalSeconds);

            // The garbage of the limit is not the drain's.
            GC.Collect();
            if (early == 0 && count > all / 10)
            {
                payloads.Clear();
                early = Figures.LiveBytes;
            }
        }

        payloads.Clear();
        var late = Figures.LiveBytes;
        await log.DisposeAsync();
        backlog.Disk.Sync();
        var written = (double)(backlog.Disk.BytesWritten - startBytes) / count;
        var (mine, limit) = (Figures.Median(drained), Figures.Median(encoded));
        Console.WriteLine(FormattableString.Invariant(
            $"| {(double)Pond.ChannelsAll / devices:F1} | {count} | {mine:F0} | {Figures.Median(walls):F0} | {limit:F0} | {mine / limit:P0} | {early / Mebi:F1} | {late / Mebi:F1} | {peak / Mebi:F1} | {written:F2} |"));
    }

    // What the same batches cost where they are in memory already.
    private static TimeSpan Encode(List<byte[]> payloads)
    {
        var batches = payloads.Select(payload => BatchCodec.Decode(payload).Batch!).ToList();
        var spent = Figures.Spent;
        batches.ForEach(batch => BatchCodec.Encode(batch));
        return Figures.Spent - spent;
    }

    private static void Settle(SegmentedLog log, (string Epoch, long UpTo) last, int number)
    {
        if (last.Epoch is not null)
        {
            log.Apply(new Receipt { By = "backend", Generation = 1, Number = number, Epoch = last.Epoch, UpTo = last.UpTo });
        }
    }
}

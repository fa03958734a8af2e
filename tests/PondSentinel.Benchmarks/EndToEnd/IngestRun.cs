using System.Buffers;
using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>Batches through ingest into a real InfluxDB, against a plain HTTP client that has the same lines ready.</summary>
internal static class IngestRun
{
    private const int Rounds = 9;
    private const int WarmUps = 3;
    private const int RecordsPerBatch = 480;
    private const int LinesPerRequest = 5_000;
    private const double Million = 1e6;

    /// <summary>Measures and prints.</summary>
    /// <param name="values">Values of each round, thousands.</param>
    /// <param name="withLedger">Whether the completeness ledger is kept meanwhile.</param>
    public static async Task RunAsync(int values, bool withLedger)
    {
        using var server = await InfluxServer.StartAsync();
        var folder = Directory.CreateTempSubdirectory("pond-bench-ingest-").FullName;
        try
        {
            await MeasureAsync(server, folder, values * 1_000, withLedger);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The very lines that ingest makes of batches, packed, so many a request.</summary>
    /// <param name="site">Where they were taken.</param>
    /// <param name="payloads">The batches.</param>
    public static (List<byte[]> Requests, int Values) LinesOf(string site, IEnumerable<ReadOnlyMemory<byte>> payloads)
    {
        List<byte[]> requests = [];
        var lines = new ArrayBufferWriter<byte>();
        var count = 0;
        foreach (var batch in payloads.Select(payload => BatchCodec.Decode(payload.Span).Batch!))
        {
            foreach (var point in batch.Records.SelectMany(record => Points.Of(site, batch, record)))
            {
                LineProtocol.Append(lines, point);
                if (++count % LinesPerRequest == 0)
                {
                    requests.Add(Pack(lines));
                }
            }
        }

        if (lines.WrittenCount > 0)
        {
            requests.Add(Pack(lines));
        }

        return (requests, count);
    }

    /// <summary>Feeds lines into a database of their own.</summary>
    /// <param name="url">InfluxDB.</param>
    /// <param name="requests">The lines, packed.</param>
    /// <returns>How long it took, s.</returns>
    public static async Task<double> FeedAsync(Uri url, IReadOnlyList<byte[]> requests)
    {
        using var http = new HttpClient { BaseAddress = url };
        await CreatePlainAsync(http);
        var begun = Stopwatch.GetTimestamp();
        await FeedAsync(http, requests);
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task CreatePlainAsync(HttpClient http)
    {
        using var create = new FormUrlEncodedContent([new("q", "CREATE DATABASE plain")]);
        using var made = await http.PostAsync(new Uri("/query", UriKind.Relative), create);
        made.EnsureSuccessStatusCode();
    }

    private static byte[] Pack(ArrayBufferWriter<byte> lines)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(lines.WrittenSpan);
        }

        lines.ResetWrittenCount();
        return packed.ToArray();
    }

    private static async Task MeasureAsync(InfluxServer server, string folder, int values, bool withLedger)
    {
        using var stop = new CancellationTokenSource();
        var database = new StateDatabase(Path.Combine(folder, "state.db"), TimeProvider.System);
        await using var store = new InfluxStore(
            new InfluxOptions { Url = server.Url, Database = "ours" }, TimeProvider.System, NullLogger<InfluxStore>.Instance);
        using var broker = new FullBroker();
        using var ledger = withLedger
            ? new CompletenessLedger(new CompletenessOptions(), database.Connect(), TimeProvider.System, NullLogger.Instance)
            : null;
        var worker = new IngestWorker(
            "b1", folder, broker, database, store, ledger is null ? [] : [ledger], TimeProvider.System, NullLoggerFactory.Instance);
        var running = Task.WhenAll(worker.RunAsync(stop.Token), ledger?.RunAsync(stop.Token) ?? Task.CompletedTask);
        using var http = new HttpClient { BaseAddress = server.Url };
        await CreatePlainAsync(http);

        Console.WriteLine("| values | ingest, values/s | plain client, values/s | ratio | our CPU, s per million | InfluxDB's meanwhile, s per million |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var pond = new SampleStream();
        List<double> ours = [], limits = [], spents = [];
        for (var round = 0; round < Rounds; round++)
        {
            var (batches, lines, count) = pond.Next(values, RecordsPerBatch);
            GC.Collect(); // What the preparation has left is not of ingest.
            var (spent, served, begun) = (Process.GetCurrentProcess().TotalProcessorTime, server.Spent, Stopwatch.GetTimestamp());
            await broker.DeliverAsync(SampleStream.Topic, batches);
            var took = Stopwatch.GetElapsedTime(begun);
            var cpu = (Process.GetCurrentProcess().TotalProcessorTime - spent).TotalSeconds / count * Million;
            var servedCpu = (server.Spent - served).TotalSeconds / count * Million;
            begun = Stopwatch.GetTimestamp();
            await FeedAsync(http, lines);
            var plain = Stopwatch.GetElapsedTime(begun);
            Console.WriteLine(FormattableString.Invariant(
                $"| {count} | {count / took.TotalSeconds:F0} | {count / plain.TotalSeconds:F0} | {plain / took:P0} | {cpu:F2} | {servedCpu:F2} |"));
            if (round >= WarmUps)
            {
                ours.Add(count / took.TotalSeconds);
                limits.Add(plain / took);
                spents.Add(cpu);
            }
        }

        Console.WriteLine(FormattableString.Invariant(
            $"median without the first three: {Buffering.Figures.Median(ours):F0} values/s, {Buffering.Figures.Median(limits):P0} of the plain client, {Buffering.Figures.Median(spents):F2} CPU s per million values"));
        await stop.CancelAsync();
        await running;
    }

    private static async Task FeedAsync(HttpClient http, IEnumerable<byte[]> requests)
    {
        foreach (var packed in requests)
        {
            using var content = new ByteArrayContent(packed);
            content.Headers.ContentEncoding.Add("gzip");
            content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
            using var answer = await http.PostAsync(new Uri("/write?db=plain&precision=ns", UriKind.Relative), content);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>A site whose numbers go on from round to round.</summary>
    private sealed class SampleStream
    {
        public const string Topic = "pond/v1/gannan/gz-07/data/back";

        private long sequence;

        /// <summary>About so many values, as batches and as the very lines that ingest makes of them.</summary>
        public (List<ReadOnlyMemory<byte>> Batches, List<byte[]> Lines, int Values) Next(int values, int recordsPerBatch)
        {
            List<ReadOnlyMemory<byte>> batches = [];
            var count = 0;
            while (count < values)
            {
                var batch = Batch(recordsPerBatch);
                batches.Add(BatchCodec.Encode(batch));
                count += batch.Records.Sum(record => record.Channels.Count);
            }

            return (batches, LinesOf("gannan", batches).Requests, count);
        }

        private Batch Batch(int records)
        {
            var sample = SampleDay.Batch(records);
            var first = sequence;
            sequence += records;
            return sample with
            {
                Range = new SequenceRange(first, sequence - 1),
                Records =
                [
                    .. sample.Records.Select(record => record with
                    {
                        Sequence = first + record.Sequence,
                        TimeMs = record.TimeMs + (first / 4 * 60_000),
                    }),
                ],
            };
        }
    }
}

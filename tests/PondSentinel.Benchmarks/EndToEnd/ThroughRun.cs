using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Protocol;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Benchmarks.Buffering;
using PondSentinel.Gateway;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Sensors;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>A backlog from the gateway's buffer through a real Mosquitto and ingest into a real InfluxDB, with a fresh record each
/// second meanwhile; beside it the same messages through Mosquitto alone, and the same lines into InfluxDB alone.</summary>
internal static class ThroughRun
{
    private const int Devices = 4;
    private const int RecordsPerCommit = 800;
    private const int InFlight = 4;

    private static readonly TimeSpan LiveInterval = TimeSpan.FromSeconds(1);

    /// <summary>Measures and prints.</summary>
    /// <param name="isShort">Whether a day and an hour will do, for trying.</param>
    public static async Task RunAsync(bool isShort)
    {
        // A service runs for months: what the runtime compiles in its first seconds is no part of what it can take.
        await MeasureInAFolderAsync(null, 1_440 * Devices);
        Console.WriteLine("| backlog | values | through to InfluxDB, values/s | Mosquitto alone | InfluxDB alone | share of the slower | live: median, s | most, s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        (string Name, int Records)[] backlogs = isShort
            ? [("1 day at 1/min", 1_440 * Devices), ("1 h at 1/s", 3_600 * Devices)]
            : [("7 days at 1/min", 7 * 1_440 * Devices), ("1 day at 1/s", 86_400 * Devices)];
        foreach (var (name, records) in backlogs)
        {
            await MeasureInAFolderAsync(name, records);
        }
    }

    private static async Task MeasureInAFolderAsync(string? name, int records)
    {
        var folder = Directory.CreateTempSubdirectory("pond-bench-through-").FullName;
        try
        {
            await MeasureAsync(folder, name, records);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Prints nothing where there is no name: then it was for warming up.
    private static async Task MeasureAsync(string folder, string? name, int records)
    {
        using var server = await InfluxServer.StartAsync();
        using var broker = await MosquittoServer.StartAsync(Path.Combine(folder, "mosquitto"), null);
        var options = new BufferOptions { Folder = Path.Combine(folder, "buffer") };
        var pond = new Pond(Devices);
        var values = await FillAsync(options, pond, records);

        using var stop = new CancellationTokenSource();
        var seen = new Seen(values);
        await using var store = new InfluxStore(
            new InfluxOptions { Url = server.Url, Database = "ours" }, TimeProvider.System, NullLogger<InfluxStore>.Instance);
        var worker = new IngestWorker(
            "b1", Path.Combine(folder, "backend"), new BrokerConnection(
                new BrokerOptions { Embedded = false, Port = broker.Port }, "b1", TimeProvider.System, NullLogger<BrokerConnection>.Instance, new GatewayQuota()),
            new StateDatabase(Path.Combine(folder, "state.db"), TimeProvider.System), store, [seen], TimeProvider.System, NullLoggerFactory.Instance);
        var ingesting = worker.RunAsync(stop.Token);
        await using var buffer = SegmentedLog.Open(options, TimeProvider.System, NullLogger.Instance);
        var begun = Stopwatch.GetTimestamp();
        var gateway = GatewayHost.RunAsync(
            new GatewayConfiguration
            {
                Id = "gz-07", Site = "gannan", Buffer = options, Uplink = new UplinkOptions { Host = "127.0.0.1", Port = broker.Port },
            },
            new GatewayParts
            {
                Devices = [],
                Models = SensorCatalogue.Models,
                Buffer = buffer,
                Commit = buffer.CommitNow,
                Beside = [buffer.Committing],
                Clock = new GatewayClock(new LinuxKernelClock(), TimeProvider.System, new ClockOptions { Source = ClockPolicy.System }),
            },
            new GatewayHostOptions { Log = NullLogger.Instance },
            stop.Token);
        while (!seen.All.IsCompleted)
        {
            buffer.Append(Fresh(pond), urgent: true);
            await Task.WhenAny(seen.All, gateway, ingesting, Task.Delay(LiveInterval, TimeProvider.System));
            if (gateway.IsCompleted || ingesting.IsCompleted)
            {
                await Task.WhenAll(gateway, ingesting);
            }
        }

        var through = values / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        await stop.CancelAsync();
        await Task.WhenAll(gateway, ingesting);

        // What ingest has kept of it is what went over the wire.
        List<ReadOnlyMemory<byte>> payloads =
        [
            .. Directory.GetFiles(Path.Combine(folder, "backend", "archive")).SelectMany(BatchArchive.Read).Select(batch => batch!.Payload),
        ];
        var (lines, count) = IngestRun.LinesOf("gannan", payloads);
        var alone = count / await MosquittoAloneAsync(broker.Port, payloads);
        var plain = count / await IngestRun.FeedAsync(server.Url, lines);
        if (name is null)
        {
            return;
        }

        var late = seen.Late.Select(time => time.TotalSeconds).ToList();
        Console.WriteLine(FormattableString.Invariant(
            $"| {name} | {values} | {through:F0} | {alone:F0} | {plain:F0} | {through / Math.Min(alone, plain):P0} | {Figures.Median(late):F2} | {late.Max():F2} |"));
    }

    private static async Task<int> FillAsync(BufferOptions options, Pond pond, int records)
    {
        await using var log = SegmentedLog.Open(options, TimeProvider.System, NullLogger.Instance);
        var values = 0;
        for (var index = 1; index <= records; index++)
        {
            var record = pond.Next();
            values += record.Channels.Count;
            var ticket = log.Append(record, urgent: index % RecordsPerCommit == 0);
            if (index % RecordsPerCommit == 0)
            {
                await ticket.Durable;
            }
        }

        return values;
    }

    private static BufferedRecord Fresh(Pond pond) => pond.Next() with
    {
        Clock = new ClockReading(
            Guid.NewGuid(), TimeSpan.FromHours(1), TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), new ClockStamp(ClockSource.Ntp, 12)),
    };

    // At QoS 1 both ways, as many at a time as a gateway has under way.
    private static async Task<double> MosquittoAloneAsync(int port, List<ReadOnlyMemory<byte>> payloads)
    {
        const string topic = "raw";
        var factory = new MqttClientFactory();
        using var taker = factory.CreateMqttClient();
        using var giver = factory.CreateMqttClient();
        var left = payloads.Count;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        taker.ApplicationMessageReceivedAsync += _ =>
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                all.TrySetResult();
            }

            return Task.CompletedTask;
        };
        var settings = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).Build();
        await taker.ConnectAsync(settings);
        await taker.SubscribeAsync(topic, MqttQualityOfServiceLevel.AtLeastOnce);
        await giver.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).Build());
        var begun = Stopwatch.GetTimestamp();
        var queue = new ConcurrentQueue<ReadOnlyMemory<byte>>(payloads);
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            while (queue.TryDequeue(out var payload))
            {
                await giver.PublishAsync(new MqttApplicationMessage
                {
                    Topic = topic, Payload = new ReadOnlySequence<byte>(payload), QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                });
            }
        }));
        await all.Task;
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    // Tells the backlog, which is of another year's beginning, from what is fresh.
    private sealed class Seen(int values) : IIngestObserver
    {
        private static readonly TimeSpan FreshMax = TimeSpan.FromDays(1);

        private readonly TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int left = values;

        public Task All => all.Task;

        public ConcurrentBag<TimeSpan> Late { get; } = [];

        public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (var point in points)
            {
                var late = TimeSpan.FromMilliseconds(now - point.TimeMs);
                if (late < FreshMax)
                {
                    Late.Add(late);
                }
                else if (--left == 0)
                {
                    all.TrySetResult();
                }
            }
        }

        public void Committed()
        {
            // Counted before.
        }

        public void State(GatewayName gateway, StateMessage state)
        {
            // Not of interest.
        }

        public void Health(GatewayName gateway, ReadOnlyMemory<byte> health)
        {
            // Not of interest.
        }

        public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta)
        {
            // Not of interest.
        }

        public void Event(GatewayName gateway, EventMessage message)
        {
            // Not of interest.
        }
    }
}

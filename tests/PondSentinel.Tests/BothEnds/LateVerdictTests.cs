using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Storage;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.BothEnds;

/// <summary>From a probe that spikes to the point in the store, whose flag came a sample late.</summary>
public sealed class LateVerdictTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly Topic Live = new("zudong", IngestBench.Gateway, TopicKind.DataLive);

    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();
    private readonly string folder = Directory.CreateTempSubdirectory("pond-late-").FullName;

    public static TheoryData<int[]> Orders => [.. Permutations([1, 2, 3]).Select(rest => (int[])[0, .. rest])];

    public async ValueTask DisposeAsync()
    {
        await log.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Records 0 to 3: good, the spike as it came, its revision, good. A store that takes whatever comes last, as InfluxDB
    /// does, is kept from the original by ingest; the embedded one knows by itself too.</summary>
    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Revision_replaces_the_point_in_either_store_whatever_comes_first(int[] order)
    {
        var messages = await MessagesAsync();
        Assert.Equal(4, messages.Count);

        await using (var bench = new IngestBench())
        {
            foreach (var n in order)
            {
                await bench.Broker.Send(Live, messages[n]);
            }

            Assert.Equal(Expected, bench.Store.Snapshot().Select(pair => Told(pair.Key.TimeNs, pair.Value.Value.Value, pair.Value.Value.Flag, pair.Value.Value.Why)).Order());
            Assert.Equal((4L, 0), (bench.Tally.Stored, bench.Tally.Lost.Count));
        }

        await using var store = new EmbeddedStore(Path.Combine(folder, "store.db"));
        await using (var bench = new IngestBench(instead: store))
        {
            foreach (var n in order)
            {
                await bench.Broker.Send(Live, messages[n]);
            }
        }

        List<string> stored = [];
        foreach (var number in (int[])[0, 1, 3])
        {
            var near = await store.NearestAsync(Series, KeyOf(number), TimeSpan.Zero, TestContext.Current.CancellationToken);
            stored.Add(Told(near!.Value.TimeNs, near.Value.Value, near.Value.Flag, near.Value.Why));
        }

        Assert.Equal(Expected, stored.Order());
    }

    private static SeriesKey Series => new(Measurand.Ph, "zudong", "pond-a", IngestBench.Gateway, "probe", "ph");

    private IEnumerable<string> Expected =>
    [
        Told(KeyOf(0), 7, QualityFlag.Good, Why.None),
        Told(KeyOf(1), 9, QualityFlag.Suspect, Why.Spike),
        Told(KeyOf(3), 7, QualityFlag.Good, Why.None),
    ];

    private long KeyOf(int number) => Point.KeyNs(log.Appended[number].Record.Clock.WallMs, number);

    private static string Told(long timeNs, double? value, QualityFlag flag, Why why) => $"{timeNs} {value} {flag} {why}";

    // Each record in a batch of its own, as a gateway sends it.
    private async Task<IReadOnlyList<byte[]>> MessagesAsync()
    {
        double[] values = [7, 9, 7];
        var sensor = new ScriptedSensor(clocks, TimeSpan.FromMilliseconds(100), number => ScriptedSensor.Ph(values[Math.Min(number, values.Length) - 1]));
        var device = ScriptedSensor.Device("probe", Interval, sensor);
        device = device with
        {
            Channels =
            [
                .. device.Channels.Select(channel => channel with
                {
                    Options = channel.Options with { Tests = new ChannelTests { Spike = new() { Suspect = new Threshold(1) } } },
                }),
            ],
        };

        // Without a synchronisation context all continuations run inside the clock's own step.
        SynchronizationContext.SetSynchronizationContext(null);
        using var stop = new CancellationTokenSource();
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        var running = new BusWorker([device], sink, clock, clocks, NullLogger.Instance).RunAsync(stop.Token);
        clocks.Run((Interval * 2) + TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(50));
        await stop.CancelAsync();
        await running;
        return
        [
            .. log.Records.Select((record, n) => RunBatch.Make(
                new RecordRun(
                    "zudong", "abcdefgh", new SequenceRange(n, n),
                    [new StoredRecord(n, record.Clock.WallMs, new ClockStamp(ClockSource.Ntp, 5), record, CoveredMs: null)], []),
                IngestBench.Gateway,
                Batch.SentBytesMax).Payload!),
        ];
    }

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length == 1
        ? [items]
        : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]).Select(rest => (int[])[first, .. rest]));
}

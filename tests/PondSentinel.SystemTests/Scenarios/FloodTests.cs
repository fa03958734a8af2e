using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Microsoft.Data.Sqlite;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.SystemTests.Site;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Scenarios;

/// <summary>A gateway that sends everything it should not, as fast as Mosquitto takes it, beside one that sends a batch now and
/// then and waits for its receipt.</summary>
public sealed class FloodTests : IAsyncLifetime
{
    private const string Honest = "gz-07";
    private const string Hostile = "gz-66";
    private const int Batches = 25;
    private const int UnderWay = 64;
    private const int KindsMax = 9;
    private const int ChannelsKind = 4;
    private const long MemoryMax = 600L << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(160);
    // Other tests have the same two processors; the figures are in the output.
    private static readonly TimeSpan LatencyMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly byte[] bomb = Bomb();
    private readonly string folder = TestFolder.Create();
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> receipts = new(StringComparer.Ordinal);
    private readonly IMqttClient honest = new MqttClientFactory().CreateMqttClient();
    private readonly IMqttClient hostile = new MqttClientFactory().CreateMqttClient();
    private WebhookReceiver webhook = null!;
    private InfluxDb influx = null!;
    private Mosquitto broker = null!;
    private BackendProcess backend = null!;
    private int sent;
    private int epochs;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        webhook = new WebhookReceiver();
        influx = await InfluxDb.StartAsync(folder);
        broker = await Mosquitto.StartAsync(folder, Honest, Hostile, Mosquitto.Backend);
        backend = await BackendProcess.StartAsync(folder, broker.Port, influx.Url, webhook.Url);
    }

    public async ValueTask DisposeAsync()
    {
        honest.Dispose();
        hostile.Dispose();
        stop.Dispose();
        foreach (var part in new IAsyncDisposable?[] { backend, broker, influx, webhook })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Flood_of_one_gateway_harms_only_itself()
    {
        honest.ApplicationMessageReceivedAsync += Hear;
        await ConnectAsync(honest, Honest, broker.Port);
        await honest.SubscribeAsync($"pond/v1/{SiteSettings.Site}/{Honest}/ack", MqttQualityOfServiceLevel.AtLeastOnce, Cancelled);
        var quiet = await LatenciesAsync();

        await ConnectAsync(hostile, Hostile, broker.Port);
        await OneOfEachAsync();
        await TallyHoldsAsync(guilty => guilty.Ahead > 0 && guilty.Refused.ContainsKey("malformed")
            && guilty.Refused.ContainsKey("site") && guilty.Rejected.ContainsKey("channels"));
        var flood = Enumerable.Range(0, UnderWay).Select(FloodAsync).ToList();
        var loud = await LatenciesAsync();
        await stop.CancelAsync();
        await Task.WhenAll(flood).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        var peak = backend.MemoryPeakBytes;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"p50, p95, most in ms: alone {Figures(quiet)}; beside {sent} messages {Figures(loud)}; most memory {peak >> 20} MiB");
        Assert.True(Share(loud, 0.95) < LatencyMax, $"p95 {Share(loud, 0.95)} beside the flood, {Share(quiet, 0.95)} alone.\n{backend.Tail}");
        Assert.True(peak < MemoryMax, $"The backend took {peak >> 20} MiB.");

        await TallyHoldsAsync(guilty => guilty.Refused.ContainsKey("rate") && Tallies()[Honest].Stored == 2L * Batches);
        Assert.Empty(Tallies()[Honest].Refused);
        Assert.True(backend.Said($"{Hostile}: refused (rate)"), backend.Tail);
        await backend.StopAsync();
    }

    // Waits until something is told of the hostile gateway.
    private async Task TallyHoldsAsync(Func<GatewayTally, bool> isSo)
    {
        GatewayTally? guilty = null;
        await Eventually.HoldsAsync(
            () => (guilty = Tallies().GetValueOrDefault(Hostile)) is { } told && isSo(told),
            Patience,
            () => $"Refused: {string.Join(", ", guilty?.Refused ?? new Dictionary<string, long>())}; rejected: {string.Join(", ", guilty?.Rejected ?? new Dictionary<string, long>())}; ahead: {guilty?.Ahead}.\n{backend.Tail}");
    }

    private static TimeSpan Share(List<TimeSpan> times, double share) => times.Order().ElementAt((int)(share * (times.Count - 1)));

    private static string Figures(List<TimeSpan> times) => string.Join(
        ", ", new[] { 0.5, 0.95, 1 }.Select(share => (int)Share(times, share).TotalMilliseconds));

    private static string EpochOf(char first, int number) => first + string.Concat(
        Enumerable.Range(0, Names.EpochLength - 1).Select(place => (char)('a' + ((number >> (4 * place)) & 15))));

    private static Batch BatchOf(string gateway, string epoch, long number, int channels, long timeMs) => new()
    {
        Gateway = gateway,
        Epoch = epoch,
        Range = new SequenceRange(number, number),
        Schema = "9f3c01d2",
        Clock = new ClockStamp(ClockSource.Ntp, 5),
        Records =
        [
            new DeviceRecord
            {
                Sequence = number,
                TimeMs = timeMs,
                Station = "outlet",
                Device = "probe",
                Channels =
                [
                    .. Enumerable.Range(0, channels).Select(channel => new ChannelValue
                    {
                        Channel = $"c{number}-{channel}", Measurand = Measurand.Ph, Value = 7, Flag = QualityFlag.Good,
                    }),
                ],
            },
        ],
    };

    private static byte[] Bomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes($"{{\"v\":1,\"gw\":\"{Hostile}\",\"x\":["));
            gzip.Write(Enumerable.Repeat((byte)' ', 20 << 20).ToArray());
        }

        return packed.ToArray();
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private Dictionary<string, GatewayTally> Tallies()
    {
        using var state = new SqliteConnection($"Data Source={Path.Combine(backend.State, "state.db")}");
        state.Open();
        return LatestMessages.Tallies(state).ToDictionary(tally => tally.Gateway, StringComparer.Ordinal);
    }

    private static async Task ConnectAsync(IMqttClient client, string name, int port) => await client.ConnectAsync(
        new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(name)
            .WithCredentials(name, Mosquitto.Password(name))
            .WithTimeout(Patience)
            .Build(),
        Cancelled);

    private Task Hear(MqttApplicationMessageReceivedEventArgs message)
    {
        if (AckCodec.Decode(message.ApplicationMessage.Payload.ToArray()).Value?.Receipt is { UpTo: >= 0 } receipt
            && receipts.TryGetValue(receipt.Epoch, out var waiting))
        {
            waiting.TrySetResult();
        }

        return Task.CompletedTask;
    }

    // Each of an epoch of its own: the first receipt of an epoch goes out at once.
    private async Task<List<TimeSpan>> LatenciesAsync()
    {
        List<Task<TimeSpan>> latencies = [];
        for (var batch = 0; batch < Batches; batch++)
        {
            latencies.Add(LatencyAsync(EpochOf('h', epochs++)));
            await Task.Delay(Pause, TimeProvider.System, Cancelled);
        }

        return [.. await Task.WhenAll(latencies).WaitAsync(Patience, TimeProvider.System, Cancelled)];
    }

    private async Task<TimeSpan> LatencyAsync(string epoch)
    {
        var receipt = receipts[epoch] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = Stopwatch.GetTimestamp();
        await PublishAsync(
            honest, Honest, new OneMessage("data/live", BatchCodec.Encode(BatchOf(Honest, epoch, 0, 1, Now()))), Cancelled);
        await receipt.Task;
        return Stopwatch.GetElapsedTime(begun);
    }

    // So that there is something to tell of every kind, before the quota lets nothing in.
    private async Task OneOfEachAsync()
    {
        for (var line = 0; line < KindsMax; line++)
        {
            await PublishAsync(hostile, Hostile, Message(new Bait(line), line), Cancelled);
            await PublishAsync(hostile, Hostile, Message(new Bait(line), ChannelsKind), Cancelled);
        }
    }

    private async Task FloodAsync(int line)
    {
        var bait = new Bait(line);
        for (var round = line; ; round += UnderWay)
        {
            await PublishAsync(hostile, Hostile, Message(bait, round), stop.Token);
            Interlocked.Increment(ref sent);
        }
    }

    private OneMessage Message(Bait bait, int round) => (round % KindsMax) switch
    {
        0 => new OneMessage("data/live", bait.Garbage),
        1 => new OneMessage("data/live", bomb),
        2 => new OneMessage("data/back", bait.Twice),
        3 => new OneMessage("data/back", bait.Twice) { Site = "elsewhere" },
        ChannelsKind => new OneMessage("data/live", bait.Channels),
        5 => new OneMessage("data/live", BatchCodec.Encode(BatchOf(Hostile, EpochOf('f', round), 0, 1, bait.FutureMs))),
        6 => new OneMessage("state", bait.State) { Site = $"site-{round}" },
        7 => new OneMessage("data/live", bait.Garbage) { Quality = 0 },
        _ => new OneMessage("time", bait.Question) { Quality = 0 },
    };

    private static async Task PublishAsync(
        IMqttClient client, string gateway, OneMessage message, CancellationToken cancellationToken) =>
        await client.PublishAsync(
            new MqttApplicationMessage
            {
                Topic = $"pond/v1/{message.Site}/{gateway}/{message.Tail}",
                Payload = new ReadOnlySequence<byte>(message.Payload),
                QualityOfServiceLevel = (MqttQualityOfServiceLevel)message.Quality,
            },
            cancellationToken);

    private sealed record OneMessage(string Tail, byte[] Payload)
    {
        public string Site { get; init; } = SiteSettings.Site;

        public int Quality { get; init; } = 1;
    }

    /// <summary>What a gateway should not send, made beforehand.</summary>
    private sealed class Bait
    {
        public Bait(int line)
        {
            new Random(line).NextBytes(Garbage);
            Channels = BatchCodec.Encode(BatchOf(Hostile, EpochOf('c', line), line, 200, Now()));
        }

        public byte[] Garbage { get; } = new byte[300];

        public byte[] Twice { get; } = BatchCodec.Encode(BatchOf(Hostile, EpochOf('t', 0), 0, 1, Now()));

        public byte[] Channels { get; }

        public byte[] Question { get; } = TimeCodec.Encode(new TimeRequest("what-time-is-it"));

        public long FutureMs { get; } = DateTimeOffset.UnixEpoch.AddYears(129).ToUnixTimeMilliseconds();

        public byte[] State { get; } = StateCodec.Encode(new StateMessage
        {
            On = true, Inventory = [.. Enumerable.Range(0, 1_500).Select(step => new HeldEpoch(EpochOf('s', step), 5, 9))],
        });
    }
}

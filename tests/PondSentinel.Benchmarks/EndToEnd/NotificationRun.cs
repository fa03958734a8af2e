using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Alerting;
using PondSentinel.Backend;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>From a record that crosses a limit, handed to the broker, to the call of the webhook: a whole backend in this process,
/// with its own broker and its own store on the temporary folder.</summary>
internal static class NotificationRun
{
    private const int BatchesPerSecond = 10;
    private const int RecordsPerBatch = 100;
    private const int BacklogRecords = 240;
    private const int BacklogUnderWay = 400;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>Measures and prints.</summary>
    /// <param name="isShort">Whether 10 s a row will do, for trying.</param>
    public static async Task RunAsync(bool isShort)
    {
        var seconds = isShort ? 10 : 60;
        Console.WriteLine("| beside | records/s | alarms told | 50th percentile, ms | 99th, ms | most, ms | backlog, records/s |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var withBacklog in (bool[])[false, true])
        {
            var folder = Directory.CreateTempSubdirectory("pond-bench-notify-").FullName;
            try
            {
                await MeasureAsync(folder, seconds, withBacklog);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task MeasureAsync(string folder, int seconds, bool withBacklog)
    {
        using var receiver = new Receiver();
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var backend = BackendHost.RunAsync(
            new BackendConfiguration
            {
                Folder = folder,
                Web = null,
                Broker = new BrokerOptions { Port = 0 },
                Webhooks = [new WebhookOptions { Url = receiver.Url }],
                Rules = [Rule()],
            },
            new BackendHostOptions { Loggers = NullLoggerFactory.Instance, Started = endpoints => started.TrySetResult(endpoints.BrokerPort) },
            stop.Token);
        var port = await started.Task;

        using var draining = new CancellationTokenSource();
        var backlog = withBacklog ? DrainAsync(port, draining.Token) : Task.FromResult(0.0);
        Dictionary<(string Device, NoticeKind Phase), long> sent = [];
        using var live = await ConnectAsync("gz-live", port);
        var epoch = Names.NewEpoch();
        var begun = Stopwatch.GetTimestamp();
        List<Task> publishing = [];
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / BatchesPerSecond));
        for (var batch = 0; batch < seconds * BatchesPerSecond && await timer.WaitForNextTickAsync(); batch++)
        {
            // Each device begins an alarm, and the batch after ends it.
            sent[($"d{batch / 2}", batch % 2 == 0 ? NoticeKind.Firing : NoticeKind.Cleared)] = Stopwatch.GetTimestamp();
            publishing.Add(PublishAsync(live, "gz-live", TopicKind.DataLive, LiveBatch(epoch, batch)));
        }

        await Task.WhenAll(publishing);
        var rate = seconds * BatchesPerSecond * RecordsPerBatch / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        await Task.Delay(Settling, TimeProvider.System);
        await draining.CancelAsync();
        var drained = await backlog;
        await stop.CancelAsync();
        await backend;

        var times = sent.Where(pair => receiver.At.ContainsKey(pair.Key))
            .Select(pair => Stopwatch.GetElapsedTime(pair.Value, receiver.At[pair.Key]).TotalMilliseconds).Order().ToList();
        Console.WriteLine(FormattableString.Invariant(
            $"| {(withBacklog ? "a backlog" : "nothing")} | {rate:F0} | {times.Count} of {sent.Count}, {receiver.Past} as past | {Share(times, 0.5):F0} | {Share(times, 0.99):F0} | {Share(times, 1):F0} | {(withBacklog ? drained.ToString("F0", System.Globalization.CultureInfo.InvariantCulture) : "")} |"));
    }

    private static double Share(List<double> times, double share) => times.Count == 0 ? double.NaN : times[(int)(share * (times.Count - 1))];

    private static AlertRule Rule() => new()
    {
        Id = "leak",
        Measurand = Measurand.AmmoniumNitrogen,
        Severity = Severity.Urgent,
        Text = "The pond leaks",
        Threshold = new ThresholdRule { Side = LimitSide.Above, RaiseLimit = 15, ClearLimit = 12, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero },
    };

    private static async Task<double> DrainAsync(int port, CancellationToken cancellationToken)
    {
        using var client = await ConnectAsync("gz-back", port);
        var epoch = Names.NewEpoch();
        long settled = 0;
        using var receipts = new SemaphoreSlim(0);
        client.ApplicationMessageReceivedAsync += arrived =>
        {
            if (AckCodec.Decode(arrived.ApplicationMessage.Payload.ToArray()).Value?.Receipt is { } receipt && receipt.Epoch == epoch)
            {
                Interlocked.Exchange(ref settled, receipt.UpTo + 1);
                receipts.Release();
            }

            return Task.CompletedTask;
        };
        await client.SubscribeAsync("pond/v1/+/gz-back/ack", MqttQualityOfServiceLevel.AtLeastOnce, CancellationToken.None);
        var begun = Stopwatch.GetTimestamp();
        long records = 0;
        try
        {
            while (true)
            {
                if (records - Interlocked.Read(ref settled) < BacklogUnderWay * BacklogRecords)
                {
                    await PublishAsync(client, "gz-back", TopicKind.DataBack, BacklogBatch(epoch, records));
                    records += BacklogRecords;
                    cancellationToken.ThrowIfCancellationRequested();
                }
                else
                {
                    await receipts.WaitAsync(cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return Interlocked.Read(ref settled) / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
    }

    private static byte[] LiveBatch(string epoch, int batch)
    {
        var (first, now) = ((long)batch * RecordsPerBatch, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        return BatchCodec.Encode(new Batch
        {
            Gateway = "gz-live",
            Epoch = epoch,
            Range = new SequenceRange(first, first + RecordsPerBatch - 1),
            Schema = "9f3c01d2",
            Clock = new ClockStamp(ClockSource.Ntp, 5),
            Records =
            [
                .. Enumerable.Range(0, RecordsPerBatch).Select(place => Record(
                    first + place, now, place == 0 ? $"d{batch / 2}" : $"quiet{place}", place == 0 && batch % 2 == 0 ? 20 : 1)),
            ],
        });
    }

    // A minute apart, from a day ago on.
    private static byte[] BacklogBatch(string epoch, long first)
    {
        var begin = TimeProvider.System.GetUtcNow().AddDays(-1).ToUnixTimeMilliseconds();
        return BatchCodec.Encode(new Batch
        {
            Gateway = "gz-back",
            Epoch = epoch,
            Range = new SequenceRange(first, first + BacklogRecords - 1),
            Schema = "9f3c01d2",
            Clock = new ClockStamp(ClockSource.Ntp, 5),
            Records = [.. Enumerable.Range(0, BacklogRecords).Select(place => Record(first + place, begin + ((first + place) * 100), $"b{place % 4}", 1))],
        });
    }

    private static DeviceRecord Record(long number, long timeMs, string device, double value) => new()
    {
        Sequence = number,
        TimeMs = timeMs,
        Station = "outlet",
        Device = device,
        Channels = [new ChannelValue { Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Value = value, Flag = QualityFlag.Good }],
    };

    private static async Task<IMqttClient> ConnectAsync(string name, int port)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port).WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(name).WithCredentials(name, "")
            .WithTimeout(TimeSpan.FromSeconds(60)).Build());
        return client;
    }

    private static Task<MqttClientPublishResult> PublishAsync(IMqttClient client, string gateway, TopicKind kind, byte[] payload) => client.PublishAsync(new MqttApplicationMessage
    {
        Topic = new Topic("gannan", gateway, kind).ToString(),
        Payload = new ReadOnlySequence<byte>(payload),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
    });

    /// <summary>A webhook that takes everything at once and notes when it was called.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly HttpListener listener = new();
        private int past;

        public Receiver()
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/hook/");
            probe.Stop();
            listener.Prefixes.Add(Url.ToString());
            listener.Start();
            _ = ServeAsync();
        }

        public Uri Url { get; }

        public ConcurrentDictionary<(string Device, NoticeKind Phase), long> At { get; } = new();

        public int Past => past;

        public void Dispose() => listener.Close();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await listener.GetContextAsync();
                    var now = Stopwatch.GetTimestamp();
                    using var reader = new StreamReader(context.Request.InputStream);
                    var notice = AlertNotice.FromJson(await reader.ReadToEndAsync());
                    At.TryAdd((notice.Device, notice.Phase), now);
                    past += notice.Phase == NoticeKind.Past ? 1 : 0;
                    context.Response.StatusCode = 204;
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Closed.
            }
        }
    }
}

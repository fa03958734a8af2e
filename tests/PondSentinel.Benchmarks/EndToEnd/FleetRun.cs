using System.Buffers;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Backend;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Configuration;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>Many gateways at once: MQTT clients that speak the wire, in one process with a whole backend, over a real Mosquitto that
/// is restarted.</summary>
internal static class FleetRun
{
    private const int Records = 40;
    private const int Kibi = 1024;

    private static readonly TimeSpan Away = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Measures and prints.</summary>
    /// <param name="isShort">Whether 20 and 100 will do, for trying.</param>
    public static async Task RunAsync(bool isShort)
    {
        Console.WriteLine("| gateways | backend's live memory a gateway, KiB | all settled the first time, s | all settled after a restart of the broker, s | not settled |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var count in isShort ? (int[])[20, 100] : [100, 1_000])
        {
            var folder = Directory.CreateTempSubdirectory("pond-bench-fleet-").FullName;
            try
            {
                await MeasureAsync(folder, count);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task MeasureAsync(string folder, int count)
    {
        using var server = await InfluxServer.StartAsync();
        using var broker = await MosquittoServer.StartAsync(Path.Combine(folder, "mosquitto"), null);
        using var stop = new CancellationTokenSource();
        var backend = BackendHost.RunAsync(
            new BackendConfiguration
            {
                Folder = Path.Combine(folder, "backend"),
                Web = null,
                Influx = new() { Url = server.Url, Database = "fleet" },
                Broker = new BrokerOptions { Embedded = false, Port = broker.Port },
            },
            new BackendHostOptions { Loggers = NullLoggerFactory.Instance },
            stop.Token);
        List<Pond> fleet = [.. Enumerable.Range(0, count).Select(number => new Pond(number, broker.Port))];
        foreach (var some in fleet.Chunk(50))
        {
            await Task.WhenAll(some.Select(gateway => gateway.ConnectAsync()));
        }

        var before = Buffering.Figures.LiveBytes;
        var first = await SettledAsync(fleet, 0);
        var memory = (Buffering.Figures.LiveBytes - before) / (double)count / Kibi;
        await broker.RestartAsync(Away);
        var again = await SettledAsync(fleet, Records);
        Console.WriteLine(FormattableString.Invariant(
            $"| {count} | {memory:F1} | {first:F1} | {again:F1} | {fleet.Count(gateway => !gateway.HasAll(2 * Records))} |"));
        foreach (var gateway in fleet)
        {
            gateway.Dispose();
        }

        await stop.CancelAsync();
        await backend;
    }

    // Each gives a batch and has its receipt. A client without a connection opens one again, as a gateway does.
    private static async Task<double> SettledAsync(List<Pond> fleet, long from)
    {
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(fleet.Select(async gateway =>
        {
            while (!gateway.HasAll(from + Records) && Stopwatch.GetElapsedTime(begun) < Patience)
            {
                if (await gateway.TrySendAsync(from))
                {
                    await Task.WhenAny(gateway.Settled(from + Records), Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System));
                }
                else
                {
                    await Task.Delay(Again, TimeProvider.System);
                }
            }
        }));
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private sealed class Pond : IDisposable
    {
        private static readonly MqttClientFactory Factory = new();

        private readonly string name;
        private readonly string epoch = Names.NewEpoch();
        private readonly IMqttClient client = Factory.CreateMqttClient();
        private readonly MqttClientOptions settings;
        private readonly Lock gate = new();
        private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long upTo = -1;

        public Pond(int number, int port)
        {
            name = FormattableString.Invariant($"gz-{number:0000}");
            settings = new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", port)
                .WithProtocolVersion(MqttProtocolVersion.V500)
                .WithClientId(name)
                .WithCleanStart(false)
                .WithSessionExpiryInterval(3_600)
                .WithTimeout(TimeSpan.FromSeconds(60))
                .WithKeepAlivePeriod(TimeSpan.FromMinutes(10))
                .Build();
            client.ApplicationMessageReceivedAsync += arrived =>
            {
                if (AckCodec.Decode(arrived.ApplicationMessage.Payload.ToArray()).Value?.Receipt is { } receipt && receipt.Epoch == epoch)
                {
                    lock (gate)
                    {
                        upTo = Math.Max(upTo, receipt.UpTo);
                        changed.TrySetResult();
                        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    }
                }

                return Task.CompletedTask;
            };
        }

        public bool HasAll(long records)
        {
            lock (gate)
            {
                return upTo >= records - 1;
            }
        }

        public async Task Settled(long records)
        {
            while (true)
            {
                Task next;
                lock (gate)
                {
                    if (upTo >= records - 1)
                    {
                        return;
                    }

                    next = changed.Task;
                }

                await next;
            }
        }

        public async Task ConnectAsync()
        {
            await client.ConnectAsync(settings);
            await client.SubscribeAsync($"pond/v1/+/{name}/ack", MqttQualityOfServiceLevel.AtLeastOnce);
            await PublishAsync(TopicKind.State, StateCodec.Encode(new StateMessage { On = true, Epoch = epoch, Inventory = [new HeldEpoch(epoch, 0, (2 * Records) - 1)] }));
        }

        public async Task<bool> TrySendAsync(long from)
        {
            try
            {
                if (!client.IsConnected)
                {
                    await ConnectAsync();
                }

                var sample = SampleDay.Batch(Records);
                var answer = await PublishAsync(TopicKind.DataLive, BatchCodec.Encode(sample with
                {
                    Gateway = name,
                    Epoch = epoch,
                    Range = new SequenceRange(from, from + Records - 1),
                    Records = [.. sample.Records.Select(record => record with { Sequence = from + record.Sequence })],
                }));

                // Nobody had subscribed: it was thrown away, and goes again.
                return answer.ReasonCode == MqttClientPublishReasonCode.Success;
            }
            catch (Exception e) when (e is MQTTnet.Exceptions.MqttCommunicationException or InvalidOperationException or OperationCanceledException or IOException)
            {
                return false;
            }
        }

        public void Dispose() => client.Dispose();

        private Task<MqttClientPublishResult> PublishAsync(TopicKind kind, byte[] payload) => client.PublishAsync(new MqttApplicationMessage
        {
            Topic = new Topic("gannan", name, kind).ToString(),
            Payload = new ReadOnlySequence<byte>(payload),
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        });
    }
}

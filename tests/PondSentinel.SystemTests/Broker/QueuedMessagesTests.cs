using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Broker;

/// <summary>What a broker has queued for a backend that was away.</summary>
public sealed class QueuedMessagesTests : IDisposable
{
    private const string Gateway = "gz-07";
    private const int Messages = 2_500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = TestFolder.Create();
    private readonly SlowStore store = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => TestFolder.ShowLogsOnFailure(folder);

    // Mosquitto keeps to Receive Maximum until the first acknowledgement, and sends all the rest then.
    [Fact]
    public async Task All_that_was_queued_is_stored_though_it_comes_at_once_and_the_store_is_slow()
    {
        await using var broker = await Mosquitto.StartAsync(folder, Gateway, Mosquitto.Backend);
        var options = new BrokerOptions
        {
            Embedded = false, Port = broker.Port, User = Mosquitto.Backend, Password = Mosquitto.Password(Mosquitto.Backend),
        };
        var connection = NewConnection(options);
        var subscribed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Connected += subscribed.SetResult;
        await RunAsync(connection, () => subscribed.Task);

        using var gateway = new MqttClientFactory().CreateMqttClient();
        await gateway.ConnectAsync(
            new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", broker.Port)
                .WithProtocolVersion(MqttProtocolVersion.V500)
                .WithClientId(Gateway)
                .WithCredentials(Gateway, Mosquitto.Password(Gateway))
                .Build(),
            Cancelled);
        await Parallel.ForAsync(0, Messages, Cancelled, async (number, cancelled) => await gateway.PublishBinaryAsync(
            $"pond/v1/pond/{Gateway}/data/live", BatchCodec.Encode(BatchOf(number)), MqttQualityOfServiceLevel.AtLeastOnce, false, cancelled));

        await RunAsync(NewConnection(options), () => Eventually.HoldsAsync(
            () => store.Numbers.Count == Messages, Patience, () => $"{store.Numbers.Count} of {Messages} are stored.\n{broker.Tail}"));
    }

    private static BrokerConnection NewConnection(BrokerOptions options) =>
        new(options, "b1", TimeProvider.System, NullLogger<BrokerConnection>.Instance, new GatewayQuota());

    private static Batch BatchOf(long number) => new()
    {
        Gateway = Gateway,
        Epoch = "7q2mzk4a",
        Range = new SequenceRange(number, number),
        Schema = "9f3c01d2",
        Clock = new ClockStamp(ClockSource.Ntp, 5),
        Records =
        [
            new DeviceRecord
            {
                Sequence = number,
                TimeMs = 1_767_225_600_000 + (number * 1_000),
                Station = "outlet",
                Device = "probe",
                Channels = [new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7, Flag = QualityFlag.Good }],
            },
        ],
    };

    private async Task RunAsync(BrokerConnection connection, Func<Task> until)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var worker = new IngestWorker(
            "b1", folder, connection, new StateDatabase(Path.Combine(folder, "state.db"), TimeProvider.System), store, [],
            TimeProvider.System, NullLoggerFactory.Instance);
        var running = worker.RunAsync(stop.Token);
        await until();
        await stop.CancelAsync();
        await running;
    }

    private sealed class SlowStore : IMeasurementStore
    {
        public ConcurrentDictionary<long, bool> Numbers { get; } = [];

        public async Task WriteAsync(PointWrite write, CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            foreach (var point in write.Left)
            {
                Numbers[point.Sequence] = true;
            }

            write.Advance([], []);
        }

        public Task<IReadOnlyList<RefusedDay>> WriteDaysAsync(IReadOnlyList<DayPoint> days, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<RefusedDay>>([]);

        public Task<IReadOnlyList<RefusedSample>> WriteSamplesAsync(IReadOnlyList<SamplePoint> samples, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<RefusedSample>>([]);

        public Task<IReadOnlyList<RefusedEpisode>> WriteEpisodesAsync(IReadOnlyList<EpisodePoint> episodes, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<RefusedEpisode>>([]);

        public Task<IReadOnlyList<RefusedAverage>> WriteAveragesAsync(IReadOnlyList<AveragePoint> averages, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<RefusedAverage>>([]);

        public Task<NearValue?> NearestAsync(SeriesKey series, long timeNs, TimeSpan apartMax, CancellationToken cancellationToken) =>
            Task.FromResult<NearValue?>(null);

        public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

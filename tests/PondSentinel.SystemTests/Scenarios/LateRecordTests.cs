using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.SystemTests.Site;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Scenarios;

/// <summary>The order in which records arrive is the test's own here: it speaks as a gateway to the real Mosquitto, so that
/// an alarm is out before the record comes that shows how it began.</summary>
public sealed class LateRecordTests : Bench
{
    private const string Epoch = "7q2mzk4a";
    private const int IntervalMs = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly long startMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - (60 * IntervalMs);

    private protected override int GatewayCount => 0;

    [Fact]
    public async Task Earlier_beginning_that_arrives_late_is_the_same_alarm_and_nobody_is_told_twice()
    {
        using var gateway = await ConnectAsync();

        // Below the limit, then a hole, then above it for longer than the hold: people are told.
        await PublishAsync(gateway, "data/live", 0, 4, 1.5);
        await PublishAsync(gateway, "data/live", 20, 24, 30);
        await ToldAsync(NoticeKind.Firing);
        var firing = Assert.Single(Webhook.Notices);
        Assert.Equal(At(20), firing.Since);

        // What was in the hole: it began long before. It comes twice, as a resend does.
        await PublishAsync(gateway, "data/back", 5, 19, 25);
        await PublishAsync(gateway, "data/back", 5, 19, 25);
        await StoredAsync(25);
        await PublishAsync(gateway, "data/live", 25, 30, 2);
        await ToldAsync(NoticeKind.Cleared);

        await StoredAsync(31);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], Webhook.Notices.Select(notice => notice.Phase));
        var cleared = Webhook.Notices[1];
        Assert.Equal((firing.Episode, At(5)), (cleared.Episode, cleared.Since));
    }

    [Fact]
    public async Task Leak_that_came_to_light_after_it_was_over_is_told_once_as_past()
    {
        using var gateway = await ConnectAsync();
        await PublishAsync(gateway, "data/live", 0, 4, 1.5);
        await PublishAsync(gateway, "data/live", 20, 24, 2);
        await StoredAsync(10);
        await PublishAsync(gateway, "data/back", 5, 19, 25);
        await ToldAsync(NoticeKind.Past);
        await PublishAsync(gateway, "data/back", 5, 19, 25);
        await PublishAsync(gateway, "data/live", 25, 30, 2);

        await StoredAsync(31);
        Assert.Equal([NoticeKind.Past], Webhook.Notices.Select(notice => notice.Phase));
    }

    private DateTimeOffset At(long sequence) => DateTimeOffset.FromUnixTimeMilliseconds(startMs + (sequence * IntervalMs));

    private Task ToldAsync(NoticeKind kind) => Eventually.HoldsAsync(
        () => Webhook.Notices.Any(notice => notice.Phase == kind),
        Patience,
        () => $"Nobody is told {kind}, but {string.Join(", ", Webhook.Notices.Select(notice => notice.Phase))}.\n{Backend.Tail}");

    private Task StoredAsync(int count) => Eventually.HoldsAsync(
        async () => (await StoredValue.AllAsync(Influx)).Count == count,
        Patience,
        () => $"There are not {count} values in the store.\n{Backend.Tail}");

    private async Task<IMqttClient> ConnectAsync()
    {
        // What comes before the backend has ever subscribed nobody keeps for it.
        await Eventually.HoldsAsync(
            () => Backend.Said("is connected to the broker"), Patience, () => $"The backend is not connected.\n{Backend.Tail}");
        var client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(
            new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", Broker.Port)
                .WithProtocolVersion(MqttProtocolVersion.V500)
                .WithClientId(Gateway)
                .WithCredentials(Gateway, Mosquitto.Password(Gateway))
                .Build(),
            TestContext.Current.CancellationToken);
        return client;
    }

    private async Task PublishAsync(IMqttClient client, string topic, long first, long last, double value)
    {
        var batch = new Batch
        {
            Gateway = Gateway,
            Epoch = Epoch,
            Range = new SequenceRange(first, last),
            Schema = "9f3c01d2",
            Clock = new ClockStamp(ClockSource.Ntp, 12),
            Records =
            [
                .. Enumerable.Range((int)first, (int)(last - first + 1)).Select(sequence => new DeviceRecord
                {
                    Sequence = sequence,
                    TimeMs = startMs + (sequence * IntervalMs),
                    Station = "downstream",
                    Device = "downstream-nh4",
                    Channels =
                    [
                        new ChannelValue
                        {
                            Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Flag = QualityFlag.Good, Value = value,
                        },
                    ],
                }),
            ],
        };
        var message = new MqttApplicationMessageBuilder()
            .WithTopic($"pond/v1/{SiteSettings.Site}/{Gateway}/{topic}")
            .WithPayload(BatchCodec.Encode(batch))
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .Build();
        Assert.True((await client.PublishAsync(message, TestContext.Current.CancellationToken)).IsSuccess);
    }
}

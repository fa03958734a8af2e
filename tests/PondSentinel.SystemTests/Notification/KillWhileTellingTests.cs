using System.Buffers;
using System.Globalization;
using Microsoft.Data.Sqlite;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Notification;

/// <summary>The whole backend is killed at random moments while alarms begin and end and their receiver fails now and then: none
/// is lost, and none comes twice but what was under way when it was killed.</summary>
public sealed class KillWhileTellingTests : IAsyncLifetime
{
    private const int Alarms = 120;
    private const int Kills = 8;
    private const string Gateway = "gz-07";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    private readonly string folder = TestFolder.Create();
    private readonly string epoch = Names.NewEpoch();
    private readonly int port = FreePort.Next();
    private readonly UnsteadyReceiver receiver = new();
    private RunningProcess? backend;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        File.WriteAllText(
            Path.Combine(folder, "backend.toml"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [backend]
                folder = "{folder}/state"

                [broker]
                port = {port}

                [web]
                enabled = false

                [[webhook]]
                url = "{receiver.Url}"

                [[rule]]
                id = "leak"
                measurand = "ammonium_n_mg_l"
                raise_above = 15
                clear_below = 12
                hold_raise = "0s"
                hold_clear = "0s"
                severity = "urgent"
                """));
        Start();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (backend is not null)
        {
            await backend.DisposeAsync();
        }

        await receiver.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Nothing_is_lost_and_only_what_was_under_way_comes_twice()
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var feeding = FeedAsync(client);
        var random = new Random();
        for (var kill = 0; kill < Kills; kill++)
        {
            var takenBefore = receiver.Taken.Count;
            await Eventually.HoldsAsync(
                () => receiver.Taken.Count > takenBefore || feeding.IsCompleted, Patience, () => $"Nothing is told.\n{backend!.Tail}");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1_500)), TimeProvider.System, Cancelled);
            await backend!.KillAsync();
            await backend.DisposeAsync();
            Start();
        }

        // What the backend's own broker had taken and not handed on is gone with it: as a gateway does, all is sent again, and what is
        // stored is dropped.
        foreach (var payload in await feeding)
        {
            await SendAsync(client, payload);
        }

        await Eventually.HoldsAsync(
            () => receiver.Taken.Where(notice => notice.Phase != NoticeKind.Firing).Select(notice => notice.Episode).Distinct().Count() == Alarms
                && Waiting() == 0,
            Patience,
            () => $"Of {Alarms} alarms {receiver.Taken.Select(notice => notice.Device).Distinct().Count()} came, {Waiting()} wait.\n{backend!.Tail}");

        var stories = receiver.Taken.GroupBy(notice => notice.Device).ToDictionary(story => story.Key, story => story.ToList());
        Assert.Equal(Alarms, stories.Count);
        var twice = stories.Values.Sum(story => story.Count - story.DistinctBy(notice => notice.Id).Count());
        var odd = stories.Values.Select(story => string.Join(' ', story.DistinctBy(notice => notice.Id).Select(notice => notice.Phase)))
            .Where(story => story is not "Firing Cleared" and not "Past").ToList();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{receiver.Taken.Count} notices of {Alarms} alarms taken, {receiver.Failures} not, {twice} twice, otherwise told: {string.Join("; ", odd)}");

        // What was under way when it was killed, or when the receiver hung, may have been taken or not: it comes again, or its end comes
        // alone, to whoever may hold it open.
        Assert.All(odd, story => Assert.Equal("Cleared", story));
        Assert.InRange(twice, 0, Kills);
        Assert.InRange(odd.Count, 0, Kills + receiver.Hung);
        Assert.True(receiver.Failures > 3, "The receiver was too steady to show anything.");
    }

    private void Start() => backend = RunningProcess.Start(
        "pond-backend", folder, "dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config",
        Path.Combine(folder, "backend.toml"));

    private async Task<List<byte[]>> FeedAsync(IMqttClient client)
    {
        List<byte[]> sent = [];
        for (var number = 0; number < 2 * Alarms; number++)
        {
            sent.Add(BatchCodec.Encode(BatchOf(number, number % 2 == 0 ? 20 : 1)));
            await SendAsync(client, sent[^1]);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancelled);
        }

        return sent;
    }

    private async Task SendAsync(IMqttClient client, byte[] payload)
    {
        while (!await TryPublishAsync(client, payload))
        {
            await Task.Delay(Again, TimeProvider.System, Cancelled);
        }
    }

    private async Task<bool> TryPublishAsync(IMqttClient client, byte[] payload)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            if (!client.IsConnected)
            {
                await client.ConnectAsync(
                    new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithProtocolVersion(MqttProtocolVersion.V500)
                        .WithClientId(Gateway).WithCredentials(Gateway, "").Build(),
                    limit.Token);
            }

            var answer = await client.PublishAsync(
                new MqttApplicationMessage
                {
                    Topic = $"pond/v1/gannan/{Gateway}/data/live",
                    Payload = new ReadOnlySequence<byte>(payload),
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                },
                limit.Token);
            // Where the backend has not subscribed yet, the broker takes it for nobody.
            return answer.ReasonCode == MqttClientPublishReasonCode.Success;
        }
        catch (Exception e) when (e is MQTTnet.Exceptions.MqttCommunicationException or OperationCanceledException or InvalidOperationException
            && !Cancelled.IsCancellationRequested)
        {
            return false;
        }
    }

    private Batch BatchOf(int number, double value) => new()
    {
        Gateway = Gateway,
        Epoch = epoch,
        Range = new SequenceRange(number, number),
        Schema = "9f3c01d2",
        Clock = new ClockStamp(ClockSource.Ntp, 5),
        Records =
        [
            new DeviceRecord
            {
                Sequence = number,
                TimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
                Station = "outlet",
                Device = $"probe{number / 2}",
                Channels =
                [
                    new ChannelValue { Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Value = value, Flag = QualityFlag.Good },
                ],
            },
        ],
    };

    private long Waiting()
    {
        using var state = new SqliteConnection($"Data Source={Path.Combine(folder, "state", "state.db")};Pooling=False");
        state.Open();
        using var command = state.CreateCommand();
        command.CommandText = "SELECT count(*) FROM notification_delivery WHERE standing = 0";
        return (long)command.ExecuteScalar()!;
    }
}

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

/// <summary>The whole backend is killed at random moments while alarms begin and end and their receivers fail now and then: none
/// is lost, and none comes twice but what was under way when it was killed. Several rules watch each channel, of which one goes by what it
/// remembers; one receiver gets all as a machine does, the other as people do, with a limit of messages and a hold of what
/// comes and goes, whose gates are asked though nothing comes near them.</summary>
public sealed class KillWhileTellingTests : IAsyncLifetime
{
    private const int Devices = 30;
    private const int Kills = 8;
    private const int KillsDeep = 40;
    private const string Gateway = "gz-07";

    // Of each device; the next comes when all devices had theirs, so that alarms go on over many kills. Two of three rules begin with the
    // first and end with the last; the one that counts begins with the second.
    private static readonly double[] Values = [20, 20, 1];
    private static readonly string[] Rules = ["leak", "trace", "both"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    private readonly string folder = TestFolder.Create();
    private readonly string epoch = Names.NewEpoch();
    private readonly int port = FreePort.Next();
    private readonly UnsteadyReceiver machine = new();
    private readonly UnsteadyReceiver people = new();
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
                name = "machine"
                url = "{machine.Url}"
                timeout = "2s"

                [[webhook]]
                name = "people"
                url = "{people.Url}"
                timeout = "2s"
                rate = 3600
                flapping = "hold"

                [[rule]]
                id = "leak"
                measurand = "ammonium_n_mg_l"
                raise_above = 15
                clear_below = 12
                hold_raise = "0s"
                hold_clear = "0s"
                severity = "urgent"

                [[rule]]
                id = "trace"
                measurand = "ammonium_n_mg_l"
                raise_above = 5
                clear_below = 4
                hold_raise = "0s"
                hold_clear = "0s"
                severity = "medium"

                [[rule]]
                id = "both"
                measurand = "ammonium_n_mg_l"
                statistic.count = [2, 2]
                raise_above = 15
                clear_below = 12
                hold_raise = "0s"
                hold_clear = "0s"
                severity = "high"
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

        await machine.DisposeAsync();
        await people.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public Task Nothing_is_lost_and_only_what_was_under_way_comes_twice() => KillAsync(Kills, TimeSpan.FromMilliseconds(100));

    [Fact]
    [Trait("depth", "deep")]
    public Task Nothing_is_lost_however_often_it_is_killed() => KillAsync(KillsDeep, TimeSpan.FromSeconds(1));

    private async Task KillAsync(int kills, TimeSpan pace)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var feeding = FeedAsync(client, pace);
        var random = new Random();
        for (var kill = 0; kill < kills; kill++)
        {
            var takenBefore = machine.Taken.Count;
            await Eventually.HoldsAsync(
                () => machine.Taken.Count > takenBefore || feeding.IsCompleted, Patience, () => $"Nothing is told.\n{backend!.Tail}");
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
            () => Ended(machine) == Devices * Rules.Length && Ended(people) == Devices * Rules.Length && Count("notification_delivery WHERE standing = 0") == 0,
            Patience,
            () => $"{Ended(machine)} and {Ended(people)} of {Devices * Rules.Length} alarms ended, {Count("notification_delivery WHERE standing = 0")} notices wait.\n{backend!.Tail}");
        ToldRightly(machine, kills);
        ToldRightly(people, kills);

        // And the engine found each once, whatever was written when.
        Assert.Equal(Devices * Rules.Length, Count("alert_episode WHERE standing = 1"));
        Assert.Equal(2 * Devices * Rules.Length, Count("alert_change"));
        Assert.Equal(Devices, Count("alert_standing WHERE kind = 0 AND stirs = 0"));
    }

    private static int Ended(UnsteadyReceiver receiver) =>
        receiver.Taken.Where(notice => notice.Phase != NoticeKind.Firing).Select(notice => notice.Episode).Distinct().Count();

    private static void ToldRightly(UnsteadyReceiver receiver, int kills)
    {
        var stories = receiver.Taken.GroupBy(notice => (notice.Rule, notice.Device)).ToDictionary(story => story.Key, story => story.ToList());
        Assert.Equal(Devices * Rules.Length, stories.Count);
        var twice = stories.Values.Sum(story => story.Count - story.DistinctBy(notice => notice.Id).Count());
        var odd = stories.Values.Select(story => string.Join(' ', story.DistinctBy(notice => notice.Id).Select(notice => notice.Phase)))
            .Where(story => story is not "Firing Cleared" and not "Past").ToList();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{receiver.Taken.Count} notices of {stories.Count} alarms taken, {receiver.Failures} not, {twice} twice, otherwise told: {string.Join("; ", odd)}");

        // What was under way when it was killed, or when the receiver hung, may have been taken or not: it comes again, or its end comes
        // alone, to whoever may hold it open.
        Assert.All(odd, story => Assert.Equal("Cleared", story));
        Assert.InRange(twice, 0, kills);
        Assert.InRange(odd.Count, 0, kills + receiver.Hung);
        Assert.True(receiver.Failures > 3, "The receiver was too steady to show anything.");
    }

    private void Start() => backend = RunningProcess.Start(
        "pond-backend", folder, "dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config",
        Path.Combine(folder, "backend.toml"));

    private async Task<List<byte[]>> FeedAsync(IMqttClient client, TimeSpan pace)
    {
        List<byte[]> sent = [];
        for (var number = 0; number < Values.Length * Devices; number++)
        {
            sent.Add(BatchCodec.Encode(BatchOf(number)));
            await SendAsync(client, sent[^1]);
            await Task.Delay(pace, TimeProvider.System, Cancelled);
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

    private Batch BatchOf(int number) => new()
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
                Device = $"probe{number % Devices}",
                Channels =
                [
                    new ChannelValue { Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Value = Values[number / Devices], Flag = QualityFlag.Good },
                ],
            },
        ],
    };

    private long Count(string rows)
    {
        using var state = new SqliteConnection($"Data Source={Path.Combine(folder, "state", "state.db")};Pooling=False");
        state.Open();
        using var command = state.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {rows}";
        return (long)command.ExecuteScalar()!;
    }
}

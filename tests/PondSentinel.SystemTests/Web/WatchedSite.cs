using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Wire;

namespace PondSentinel.SystemTests.Web;

/// <summary>A backend with its own broker and store, two days of a site in it, and a browser: shared by all tests of the pages.</summary>
/// <remarks>The last two days: a leak below the pond that is over, another that goes on, a calibration, maintenance, a grab sample, dust
/// with wind, and a gap.</remarks>
public sealed class WatchedSite : IAsyncLifetime
{
    internal const string Site = "gannan";
    internal const string Gateway = "gz-07";

    /// <summary>Time between two polls of a device.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>How many polls there were of each.</summary>
    internal const int Polls = 288;

    internal const int CalibratedAt = 104, SampledAt = 120;

    private const int GapFrom = 150, GapTo = 160;
    private const int BatchRecords = 300;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = TestFolder.CreateShared();
    private readonly int broker = FreePort.Next();
    private readonly string epoch = Names.NewEpoch();
    private RunningProcess? process;
    private long numbers;

    /// <summary>The folder of the tests: pictures are put there.</summary>
    internal string Folder => folder;

    internal string State => Path.Combine(folder, "state");

    internal Uri Page { get; } = new($"http://127.0.0.1:{FreePort.Next()}/");

    internal Chromium Browser { get; private set; } = null!;

    /// <summary>When the newest value was measured.</summary>
    internal DateTimeOffset Newest { get; } = TimeProvider.System.GetUtcNow();

    internal string Tail => process?.Tail ?? "";

    public async ValueTask InitializeAsync()
    {
        var starting = Chromium.StartAsync(folder);
        var config = Path.Combine(folder, "backend.toml");
        await File.WriteAllTextAsync(config, Configuration());
        process = RunningProcess.Start("pond-backend", folder, "dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "run", "--config", config);
        Browser = await starting;
        await PublishAsync();
        using var http = new HttpClient();
        await Eventually.HoldsAsync(
            async () =>
            {
                var now = await http.GetStringAsync(new Uri(Page, "/api/now"));
                return now.Contains("\"phase\":\"firing\"", StringComparison.Ordinal) && !now.Contains("\"completenessChannels\":0", StringComparison.Ordinal);
            },
            Patience,
            () => $"There is no alert, or no account of completeness.\n{Tail}");
    }

    public async ValueTask DisposeAsync()
    {
        await (Browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>What ammonium below the pond was at a poll.</summary>
    internal static double Ammonium(int poll) => poll switch
    {
        >= 200 and < 212 => 22.5,
        >= Polls - 6 => 28.25,
        _ => 2 + (0.5 * Math.Sin(poll / 12.0)),
    };

    /// <summary>Where the wind came from at a poll: it veers about north, so its numbers leap from 359 to 0.</summary>
    internal static double Wind(int poll) => (360 + (50 * Math.Sin(poll / 11.0)) + (poll * 29 % 40) - 20) % 360;

    private string Configuration() => string.Create(CultureInfo.InvariantCulture, $"""
        [backend]
        id = "b1"
        folder = "{State}"

        [broker]
        port = {broker}

        [web]
        port = {Page.Port}

        [[rule]]
        id = "leak"
        station = "downstream"
        measurand = "ammonium_n_mg_l"
        raise_above = 15
        clear_below = 12
        hold_raise = "15m"
        hold_clear = "15m"
        severity = "urgent"
        text = "The pond leaks"
        text_zh = "尾水池渗漏"
        do = "Close the valve and call the shift lead"
        do_zh = "关闭阀门并通知值班负责人"
        standard = "GB 26451-2011"
        clause = "Table 2"

        [[rule]]
        id = "dust-pit"
        measurand = "pm10_ug_m3"
        statistic.mean = "1h"
        raise_above = 150
        clear_below = 120
        hold_raise = "0s"
        hold_clear = "0s"
        severity = "medium"
        [[rule.when]]
        measurand = "wind_direction_deg"
        between = [270, 90]
        within = "30m"
        [[rule.when]]
        measurand = "wind_speed_m_s"
        above = 2
        within = "30m"

        [web.public]
        site = "gannan"
        station = "downstream"
        title = "The stream below the pond at the old bridge of the village"
        title_zh = "村口老桥处尾水池下游的溪流"

        # The backend looks once a minute: without this the alarm of the calibration that is due comes in the middle of the tests.
        [[rule]]
        id = "calibration-years-overdue"
        measurand = "calibration_days"
        raise_below = -1000
        clear_above = -1000
        hold_raise = "0s"
        hold_clear = "0s"
        severity = "info"

        [[rule]]
        id = "dust"
        measurand = "pm10_ug_m3"
        raise_above = 250
        clear_below = 200
        hold_raise = "1h"
        hold_clear = "1h"
        severity = "medium"
        """);

    private async Task PublishAsync()
    {
        var meta = MetaCodec.Encode(Meta(), out var schema);
        using var client = new MqttClientFactory().CreateMqttClient();
        await SendAsync(client, TopicKind.Meta, meta);
        await SendAsync(client, TopicKind.State, StateCodec.Encode(new StateMessage { On = true, Hardware = "Raspberry Pi 4", Software = "1.0.0", Epoch = epoch }));
        await SendAsync(client, TopicKind.Health, HealthCodec.Encode(new HealthMessage
        {
            TimeMs = Newest.ToUnixTimeMilliseconds(), Clock = new ClockStamp(ClockSource.Ntp, 12), UptimeSeconds = 86_400, Unsettled = 0, UnsettledBytes = 0,
            BufferBytes = 1 << 20, BufferBytesMax = 64 << 20, BytesSent = 1 << 20, Connects = 1, Lost = new Dictionary<LossCause, long> { [LossCause.Full] = 12 },
        }));
        foreach (var records in Enumerable.Range(0, Polls).Where(poll => poll is < GapFrom or >= GapTo).SelectMany(Records).Chunk(BatchRecords))
        {
            await SendAsync(client, TopicKind.DataLive, BatchCodec.Encode(new Batch
            {
                Gateway = Gateway, Epoch = epoch, Range = new SequenceRange(records[0].Sequence, records[^1].Sequence), Schema = schema,
                Clock = new ClockStamp(ClockSource.Ntp, 12), Records = records,
            }));
        }

        foreach (var message in Events())
        {
            await SendAsync(client, TopicKind.Event, EventCodec.Encode(message));
        }
    }

    /// <summary>When a poll was.</summary>
    internal DateTimeOffset At(int poll) => Newest - ((Polls - 1 - poll) * Interval);

    private long TimeOf(int poll) => At(poll).ToUnixTimeMilliseconds();

    private IEnumerable<DeviceRecord> Records(int poll)
    {
        DeviceRecord Of(string station, string device, params IReadOnlyList<ChannelValue> channels) => new()
        {
            Sequence = numbers++, TimeMs = TimeOf(poll), Station = station, Device = device, Channels = channels,
        };
        var flag = poll is >= 60 and < 70 ? QualityFlag.Suspect : QualityFlag.Good;
        yield return Of("upstream", "up-nh4", Value("nh4n", Measurand.AmmoniumNitrogen, 1 + (0.2 * Math.Sin(poll / 20.0))));
        yield return Of("downstream", "down-nh4", Value("nh4n", Measurand.AmmoniumNitrogen, Ammonium(poll)) with { Flag = flag, Why = flag == QualityFlag.Good ? Why.None : Why.Rate });
        yield return Of("downstream", "down-ph", Value("ph", Measurand.Ph, 6.9 + (0.1 * Math.Sin(poll / 30.0))), Value("temperature", Measurand.WaterTemperature, 18.4));
        yield return Of("village", "dust-1", Value("pm10", Measurand.Pm10, 60 + (40 * Math.Sin(poll / 15.0))), Value("pm25", Measurand.Pm25, 31));
        yield return Of("village", "wind-1", Value("speed", Measurand.WindSpeed, 2.4 + Math.Sin(poll / 9.0)), Value("direction", Measurand.WindDirection, Wind(poll)));
    }

    private static ChannelValue Value(string channel, Measurand measurand, double value) =>
        new() { Channel = channel, Measurand = measurand, Value = value, Flag = QualityFlag.Good };

    private IEnumerable<EventMessage> Events()
    {
        EventMessage Of(int number, int poll, string type, string? device, string body) => new()
        {
            Gateway = Gateway, Epoch = epoch, Number = number, TimeMs = TimeOf(poll), Clock = new ClockStamp(ClockSource.Ntp, 12), Device = device, Type = type,
            Body = JsonElement.Parse(body),
        };
        yield return Of(0, 100, "maint", "down-nh4", """{"what":"begin","of":"device","name":"down-nh4","reason":"cleaning","who":"Wang","for_s":7200}""");
        yield return Of(1, 106, "maint", "down-nh4", """{"what":"end","of":"device","name":"down-nh4","why":"off","who":"Wang","lasted_s":3600}""");
        var record = new CalibrationRecord
        {
            Id = "c1", Device = "down-nh4", Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Model = "m", TimeMs = TimeOf(CalibratedAt), By = "Wang",
            Kind = CalibrationKind.Instrument, Celsius = 20, SlopePercent = [96.4], Offset = 0.12, AsFound = [new StandardReading(10, 9.71)], DueMs = Newest.AddDays(-1).ToUnixTimeMilliseconds(),
        };
        yield return Of(2, CalibratedAt, "cal", "down-nh4", $$"""{"what":"record","record":{{Encoding.UTF8.GetString(CalibrationCodec.Encode(record))}}}""");
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            GrabSampleCodec.Write(json, new GrabSample
            {
                Station = "downstream", Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Value = 2.25, TakenMs = TimeOf(SampledAt), Who = "Wang Fang", Method = "HJ 535",
            });
            json.WriteEndObject();
        }

        yield return Of(3, 121, "sample", "down-nh4", Encoding.UTF8.GetString(body.ToArray()));
    }

    private static MetaMessage Meta()
    {
        static MetaChannel Channel(string id, Measurand measurand) => new() { Id = id, Measurand = measurand };
        static MetaDevice Device(string id, string station, string grade, params IReadOnlyList<MetaChannel> channels) => new()
        {
            Id = id, Station = station, Model = "m", VerifiedOnHardware = false, Grade = grade, IntervalMs = (long)Interval.TotalMilliseconds, Channels = channels,
        };
        return new MetaMessage
        {
            Gateway = Gateway,
            Schema = "00000000",
            Stations =
            [
                new MetaStation { Id = "upstream", Label = "Upper reach", UpstreamOf = ["downstream"] },
                new MetaStation { Id = "downstream", Label = "Lower reach" }, new MetaStation { Id = "village", Label = "Village school" },
            ],
            Devices =
            [
                Device("up-nh4", "upstream", "reference", Channel("nh4n", Measurand.AmmoniumNitrogen)),
                Device("down-nh4", "downstream", "reference", Channel("nh4n", Measurand.AmmoniumNitrogen)),
                Device("down-ph", "downstream", "reference", Channel("ph", Measurand.Ph), Channel("temperature", Measurand.WaterTemperature)),
                Device("dust-1", "village", "indicative", Channel("pm10", Measurand.Pm10), Channel("pm25", Measurand.Pm25)),
                Device("wind-1", "village", "reference", Channel("speed", Measurand.WindSpeed), Channel("direction", Measurand.WindDirection)),
            ],
        };
    }

    // Retried until the backend has subscribed: before that its broker takes it for nobody.
    private Task SendAsync(IMqttClient client, TopicKind kind, byte[] payload) => Eventually.HoldsAsync(
        async () =>
        {
            Assert.False(process!.HasExited, $"The backend has ended.\n{Tail}");
            try
            {
                if (!client.IsConnected)
                {
                    await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker).WithProtocolVersion(MqttProtocolVersion.V500)
                        .WithClientId(Gateway).WithCredentials(Gateway, "").Build());
                }

                var answer = await client.PublishAsync(new MqttApplicationMessage
                {
                    Topic = new Topic(Site, Gateway, kind).ToString(), Payload = new ReadOnlySequence<byte>(payload), Retain = kind is TopicKind.Meta or TopicKind.State,
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                });
                return answer.ReasonCode == MqttClientPublishReasonCode.Success;
            }
            catch (MQTTnet.Exceptions.MqttCommunicationException)
            {
                return false;
            }
        },
        Patience,
        () => $"The message is not taken.\n{Tail}");
}

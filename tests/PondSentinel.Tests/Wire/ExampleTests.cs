using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>The example messages are the contract: each means exactly this, and this is written exactly so.</summary>
public sealed class ExampleTests
{
    private const string Epoch = "7q2mzk4a";

    public static TheoryData<string> Names => [.. Example.All];

    [Theory]
    [MemberData(nameof(Names))]
    public void Example_is_written_back_to_its_very_bytes(string name)
    {
        var codec = AnyCodec.For(name);

        var outcome = codec.Decode(Example.Bytes(name));

        Assert.Null(outcome.Malformed);
        Assert.Equal(Example.Text(name), Encoding.UTF8.GetString(codec.Encode(outcome.Value!)));
    }

    [Fact]
    public void Batch_of_two_devices_with_every_member()
    {
        double?[] ph = [7.11, 7.12, 7.1, null, 7.09];
        double?[] raw = [412.1, 412, 412.4, null, 412.6];
        double[] ammonium = [123.4, 122.9, 123, 124.1, 123.8];
        double[] dust = [41, 40, 44, 39, 43];
        long[] pondTimes = [0, 60_004, 120_002, 180_003, 240_003];
        long[] dustTimes = [3_011, 63_011, 123_013, 183_012, 243_013];
        List<DeviceRecord> records = [];
        for (var i = 0; i < 5; i++)
        {
            records.Add(new DeviceRecord
            {
                Sequence = 481_233 + (2 * i),
                TimeMs = 1_767_225_600_000 + pondTimes[i],
                Station = "pond-a",
                Device = "pond1",
                Channels =
                [
                    new ChannelValue
                    {
                        Channel = "ph",
                        Measurand = Measurand.Ph,
                        Value = ph[i],
                        Flag = i == 2 ? QualityFlag.Suspect : i == 3 ? QualityFlag.Missing : QualityFlag.Good,
                        Why = i == 2 ? Why.Spike : i == 3 ? Why.NoAnswer : Why.None,
                        Raw = raw[i],
                        Calibration = "c17",
                    },
                    Good("nh4n", Measurand.AmmoniumNitrogen, ammonium[i]),
                ],
            });
            records.Add(new DeviceRecord
            {
                Sequence = 481_234 + (2 * i),
                TimeMs = 1_767_225_600_000 + dustTimes[i],
                Station = "yard",
                Device = "dust1",
                Channels = [Good("pm10", Measurand.Pm10, dust[i])],
            });
        }

        Means("batch", new Batch
        {
            Gateway = "gz-07",
            Epoch = Epoch,
            Range = new SequenceRange(481_233, 481_243),
            Schema = "9f3c01d2",
            Clock = new ClockStamp(ClockSource.Ntp, 12),
            Records = records,
            Gone = [new GoneRange(new SequenceRange(481_243, 481_243), LossCause.Bad)],
        });
    }

    [Fact]
    public void Batch_of_losses_alone() => Means("batch-gone-only", new Batch
    {
        Gateway = "gz-07",
        Epoch = Epoch,
        Range = new SequenceRange(100, 400),
        Gone =
        [
            new GoneRange(new SequenceRange(100, 355), LossCause.Full),
            new GoneRange(new SequenceRange(356, 399), LossCause.Space),
            new GoneRange(new SequenceRange(400, 400), LossCause.Bad),
        ],
    });

    [Fact]
    public void Batch_of_thinned_records() => Means("batch-thinned", new Batch
    {
        Gateway = "gz-07",
        Epoch = Epoch,
        Range = new SequenceRange(600, 719),
        Schema = "9f3c01d2",
        Clock = new ClockStamp(ClockSource.Rtc, 2_000),
        Records =
        [
            Thinned(659, 1_767_232_800_000, [
                Good("ph", Measurand.Ph, 7.125) with
                {
                    Low = 7.1, High = 7.15, Count = 60, Flag = QualityFlag.Suspect, Why = Why.Spike,
                },
                Good("nh4n", Measurand.AmmoniumNitrogen, 123.4) with { Low = 122, High = 125.5, Count = 60 },
            ]),
            Thinned(719, 1_767_233_400_000, [
                Good("ph", Measurand.Ph, null) with { Count = 0, Flag = QualityFlag.Missing, Why = Why.NoAnswer },
                Good("nh4n", Measurand.AmmoniumNitrogen, 130.25) with { Low = 123.5, High = 190, Count = 60 },
            ]),
        ],
        Gone =
        [
            new GoneRange(new SequenceRange(600, 658), LossCause.Thin),
            new GoneRange(new SequenceRange(660, 718), LossCause.Thin),
        ],
    });

    [Fact]
    public void Batch_of_revisions() => Means("batch-revision", new Batch
    {
        Gateway = "gz-07",
        Epoch = Epoch,
        Range = new SequenceRange(720, 721),
        Schema = "9f3c01d2",
        Clock = new ClockStamp(ClockSource.Ntp, 12),
        Records =
        [
            Revision(720, 1_767_225_660_000, 481_235, QualityFlag.Suspect, 7.12, Why.Flat),
            Revision(721, 1_767_225_720_000, 481_237, QualityFlag.Fail, 7.1, Why.Flat | Why.EstimatedTime),
        ],
    });

    [Fact]
    public void Event_of_a_device() => Means("event", new EventMessage
    {
        Gateway = "gz-07",
        Epoch = Epoch,
        Number = 96,
        TimeMs = 1_767_225_600_000,
        Clock = new ClockStamp(ClockSource.Gps, 0),
        Device = "pond1",
        Type = "fault",
        Body = JsonElement.Parse(
            """{"fault":"no-answer","detail":"ASCII 01 03 timed out","hint":"check 24 V and A/B polarity at J3","count":3}"""),
    });

    [Fact]
    public void Event_of_the_beginning_of_a_process() => Means("event-start", new EventMessage
    {
        Gateway = "gz-07",
        Epoch = Epoch,
        Number = 1,
        TimeMs = 1_767_225_600_000,
        Clock = new ClockStamp(ClockSource.Ntp, 12),
        Type = "audit",
        Body = JsonElement.Parse("""{"what":"start","boot":"5e1d5a7c9f3b4c52a0d1f8e7b6c59430"}"""),
    });

    [Fact]
    public void Event_of_the_beginning_of_a_maintenance() => Means("event-maint", new EventMessage
    {
        Gateway = "gz-07",
        Epoch = Epoch,
        Number = 12,
        TimeMs = 1_767_225_600_000,
        Clock = new ClockStamp(ClockSource.Ntp, 12),
        Device = "pond-ph",
        Type = "maint",
        Body = JsonElement.Parse(
            """{"what":"begin","of":"device","name":"pond-ph","reason":"cleaning","who":"Wang Fang","uid":1000,"for_s":3600}"""),
    });

    [Fact]
    public void Event_of_other_settings() => Means("event-config", new EventMessage
    {
        Gateway = "gz-07",
        Epoch = Epoch,
        Number = 13,
        TimeMs = 1_767_225_600_000,
        Clock = new ClockStamp(ClockSource.Ntp, 12),
        Type = "config",
        Body = JsonElement.Parse(
            """{"what":"reloaded","added":["pond-level"],"settings":["bus rs485","device pond-level"],"left":["buffer.max"],"uplink":false}"""),
    });

    [Fact]
    public void Event_of_a_grab_sample()
    {
        var sample = new GrabSample
        {
            Station = "pond-a",
            Channel = "nh4n",
            Measurand = Measurand.AmmoniumNitrogen,
            Value = 118.5,
            TakenMs = 1_767_218_400_000,
            Who = "Wang Fang",
            Method = "HJ 535",
            Laboratory = "Ganzhou centre",
            Note = "after rain",
        };
        var message = EventCodec.Decode(Example.Bytes("event-sample")).Value!;

        Assert.Equal(("pond-nh4", "sample", 13L), (message.Device, message.Type, message.Number));
        Assert.Equal(Example.Text("event-sample"), Encoding.UTF8.GetString(EventCodec.Encode(message)));
        Assert.Equal(new Decoded<GrabSample>(sample, null), GrabSampleCodec.Read(message.Body));
        using var written = new MemoryStream();
        using (var json = new Utf8JsonWriter(written))
        {
            json.WriteStartObject();
            GrabSampleCodec.Write(json, sample);
            json.WriteNumber("uid", 1000);
            json.WriteEndObject();
        }

        Assert.Equal(message.Body.GetRawText(), Encoding.UTF8.GetString(written.ToArray()));
    }

    [Fact]
    public void Event_of_an_alarm()
    {
        var alarm = new GatewayAlarm
        {
            Alarm = "leak",
            IsRaised = true,
            Station = "pond-a",
            Channel = "nh4n",
            Measurand = Measurand.AmmoniumNitrogen,
            Value = 118.5,
            Flag = QualityFlag.Good,
            Peak = 120.25,
            IsPeakBound = true,
            BeforeMs = 120_000,
            Side = LimitSide.Above,
            RaiseLimit = 15,
            ClearLimit = 13.5,
            Severity = Severity.Urgent,
            Text = "The pond leaks",
            TextZh = "集液池泄漏",
            Do = "Close the outlet",
            DoZh = "关闭出水口",
        };
        var message = EventCodec.Decode(Example.Bytes("event-alarm")).Value!;

        Assert.Equal(Example.Text("event-alarm"), Encoding.UTF8.GetString(EventCodec.Encode(message)));
        Assert.True(GatewayAlarmCodec.Holds(message.Body));
        Assert.Equal(new Decoded<GatewayAlarm>(alarm, null), GatewayAlarmCodec.Read(message.Body));
        using var written = new MemoryStream();
        using (var json = new Utf8JsonWriter(written, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            GatewayAlarmCodec.Write(json, alarm);
            json.WriteEndObject();
        }

        Assert.Equal(message.Body.GetRawText(), Encoding.UTF8.GetString(written.ToArray()));
    }

    [Fact]
    public void Alarm_beyond_what_the_probe_measures_says_so()
    {
        var text = Example.Text("event-alarm").Replace("\"q\":1", "\"q\":3,\"bound\":true", StringComparison.Ordinal);
        var body = EventCodec.Decode(Encoding.UTF8.GetBytes(text)).Value!.Body;
        var alarm = GatewayAlarmCodec.Read(body).Value!;
        Assert.Equal((QualityFlag.Suspect, true), (alarm.Flag, alarm.IsBound));

        using var written = new MemoryStream();
        using (var json = new Utf8JsonWriter(written, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            GatewayAlarmCodec.Write(json, alarm);
            json.WriteEndObject();
        }

        Assert.Equal(body.GetRawText(), Encoding.UTF8.GetString(written.ToArray()));
    }

    [Theory]
    [InlineData("\"side\":\"above\"", "\"side\":\"beside\"", "side: ")]
    [InlineData("\"clear_limit\":13.5", "\"clear_limit\":15.5", "clear_limit lies on the bad side of raise_limit")]
    [InlineData("\"q\":1", "\"q\":4", "q: ")]
    [InlineData("\"before_ms\":120000", "\"before_ms\":-1", "before_ms: ")]
    [InlineData("\"alarm\":\"leak\"", "\"alarm\":\"leak-of-the-upper-pond-of-zudong\"", "alarm: ")]
    public void Alarm_that_breaks_the_contract_is_none(string right, string wrong, string fault) =>
        Assert.StartsWith(
            fault,
            GatewayAlarmCodec.Read(EventCodec.Decode(Encoding.UTF8.GetBytes(Example.Text("event-alarm").Replace(right, wrong, StringComparison.Ordinal))).Value!.Body).Malformed,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("{}", "m ")]
    [InlineData("""{"m":"of_tomorrow","st":"pond-a","channel":"ph","x":7,"taken":1,"who":"Li"}""", "m ")]
    [InlineData("""{"m":"ph","st":"pond-a","channel":"ph","x":"7","taken":1,"who":"Li"}""", "x ")]
    [InlineData("""{"m":"ph","st":"pond-a","channel":"PH","x":7,"taken":1,"who":"Li"}""", "channel ")]
    [InlineData("""{"m":"ph","st":"pond-a","channel":"ph","x":7,"taken":1,"who":""}""", "who ")]
    [InlineData("""{"m":"ph","st":"pond-a","channel":"ph","x":7,"taken":1.5,"who":"Li"}""", "taken ")]
    public void Sample_that_is_none_is_told_from_one_that_is(string body, string malformed)
    {
        var read = GrabSampleCodec.Read(JsonElement.Parse(body));

        Assert.Null(read.Value);
        Assert.StartsWith(malformed, read.Malformed!.Replace(':', ' '), StringComparison.Ordinal);
    }

    [Fact]
    public void Receipts()
    {
        Means("receipt", new Ack(
            new Receipt
            {
                By = "b1",
                Generation = 1_767_139_200_000,
                Number = 17,
                Epoch = Epoch,
                UpTo = 481_237,
                Gaps = [new SequenceRange(481_100, 481_102)],
                Rejected =
                [
                    new RejectedRange(new SequenceRange(481_150, 481_150), RejectCauses.Type),
                    new RejectedRange(new SequenceRange(481_160, 481_169), RejectCauses.Malformed),
                ],
                Events = new EventReceipt(96, []),
            },
            null));
        Means("receipt-events-refused", new Ack(
            new Receipt
            {
                By = "b1",
                Generation = 1_767_139_200_000,
                Number = 18,
                Epoch = Epoch,
                UpTo = 481_237,
                Events = new EventReceipt(96, [])
                {
                    Rejected = [new RejectedRange(new SequenceRange(90, 90), RejectCauses.Malformed)],
                },
            },
            null));
        Means("receipt-thrifty", new Ack(
            new Receipt
            {
                By = "b1", Generation = 1_767_139_200_000, Number = 18, Epoch = Epoch, UpTo = 481_237, Dictionary = "0cd1f2a7",
                Events = new EventReceipt(96, []),
            },
            null));
        Means("receipt-after-start", new Ack(
            new Receipt
            {
                By = "b1",
                Generation = 1_767_139_200_000,
                Number = 1_853_030_400_000_001,
                Epoch = Epoch,
                UpTo = 481_237,
                Unused = [new SequenceRange(1_852_939_805_491_200, 1_853_030_400_000_000)],
            },
            null));
        Means("receipt-nothing-yet", new Ack(
            new Receipt { By = "b1", Generation = 1_767_139_200_000, Number = 1, Epoch = Epoch, UpTo = -1 }, null));
    }

    [Fact]
    public void Time_and_replay()
    {
        Means("time-question", new TimeRequest("Zq3-k_9d"));
        Means("time-answer", new Ack(null, new TimeAnswer("Zq3-k_9d", 1_767_225_600_123)));
        Means("time-answer-bound", new Ack(null, new TimeAnswer("Zq3-k_9d", 1_767_225_600_123, 38)));
        Means("replay", new ReplayCommand(Epoch, new SequenceRange(481_100, 481_102)));
    }

    [Fact]
    public void States()
    {
        const string Board = "Raspberry Pi 4 Model B Rev 1.5, 10000000abcdef01";
        Means("state-on", new StateMessage
        {
            On = true,
            Hardware = Board,
            Software = "0.1.0",
            Epoch = Epoch,
            Inventory = [new HeldEpoch("c5xw2v7d", 480_000, 481_232), new HeldEpoch(Epoch, 0, 719)],
            Believed = new BelievedReceipt("b1", 1_767_139_200_000, 17),
        });
        Means("state-thrifty", new StateMessage
        {
            On = true,
            Software = "0.1.0",
            Epoch = Epoch,
            Inventory = [new HeldEpoch(Epoch, 0, 719)],
            Believed = new BelievedReceipt("b1", 1_767_139_200_000, 18),
            ReceiptSeconds = 600,
        });
        Means("state-new", new StateMessage { On = true, Hardware = Board, Software = "0.1.0" });
        Means("state-off", new StateMessage
        {
            On = false,
            Reason = "stop",
            Software = "0.1.0",
            Epoch = Epoch,
            Inventory = [new HeldEpoch(Epoch, 0, 719)],
        });
        Means("state-will", new StateMessage { On = false, Reason = "will" });
    }

    [Fact]
    public void Healths()
    {
        Means("health", new HealthMessage
        {
            TimeMs = 1_767_225_600_000,
            Clock = new ClockStamp(ClockSource.Ntp, 12),
            UptimeSeconds = 86_400,
            Unsettled = 720,
            UnsettledBytes = 65_536,
            OldestUnsettledMs = 1_767_222_000_000,
            BufferBytes = 4_194_304,
            BufferBytesMax = 268_435_456,
            Lost = new Dictionary<LossCause, long> { [LossCause.Full] = 12, [LossCause.Bad] = 1 },
            BytesSent = 1_048_576,
            Connects = 3,
            Devices = [new DeviceHealth("pond1", "rs485", 1_440, 2, 0, 1), new DeviceHealth("dust1", "uart", 1_440, 0, 0, 0)],
            DiskFreeBytes = 12_884_901_888,
            ResidentBytes = 27_262_976,
            ProcessorCelsius = 48.3,
            Undervoltage = false,
            CertificateDays = 412,
            AgainstBackend = new ClockComparison(-38, 61, 1_260),
            Buses =
            [
                new BusHealth("rs485", 1, 0) { Modbus = new ModbusHealth(2_884, 0, 17) },
                new BusHealth("header", 0, 1),
            ],
            Inventory = [new HeldEpoch(Epoch, 0, 719)],
        });
        var unknown = new HealthMessage
        {
            TimeMs = 0,
            UptimeSeconds = 3,
            Unsettled = 0,
            UnsettledBytes = 0,
            BufferBytes = 0,
            BufferBytesMax = 1_048_576,
            BufferFault = "the card is read-only",
            BytesSent = 0,
            Connects = 0,
        };
        Means("health-unknown", unknown);
        Means("health-link", unknown with
        {
            Link = new LinkHealth(1_572_864, 262_144, 300) { MonthBytes = 73_400_320, BudgetBytes = 524_288_000 },
        });
    }

    [Fact]
    public void Meta() => Means("meta", new MetaMessage
    {
        Gateway = "gz-07",
        Schema = JsonElement.Parse(Example.Text("meta")).GetProperty("sch").GetString()!,
        Stations =
        [
            new MetaStation
            {
                Id = "pond-a", Label = "Leaching pond A", Latitude = 24.8, Longitude = 114.9, UpstreamOf = ["stream"],
            },
            new MetaStation { Id = "stream" },
        ],
        Devices =
        [
            new MetaDevice
            {
                Id = "pond-nh4",
                Label = "Ammonium probe",
                Station = "pond-a",
                Model = "yosemitech-y560",
                Serial = "YL6824010022",
                VerifiedOnHardware = false,
                Grade = "reference",
                IntervalMs = 10_000,
                Channels =
                [
                    new MetaChannel
                    {
                        Id = "nh4n",
                        Measurand = Measurand.AmmoniumNitrogen,
                        Label = "Ammonium (NH4-N)",
                        Method = "ion-selective electrode",
                        Range = (0, 100),
                        LimitOfDetection = 0.1,
                        DepthMetres = 0.5,
                        Calibration = "c17",
                    },
                    new MetaChannel { Id = "t", Measurand = Measurand.WaterTemperature, Label = "水温" },
                ],
            },
            new MetaDevice
            {
                Id = "dust",
                Station = "stream",
                Model = "nova-sds011",
                VerifiedOnHardware = true,
                Grade = "indicative",
                IntervalMs = 60_000,
            },
        ],
    });

    private static void Means(string example, object message)
    {
        var codec = AnyCodec.For(example);
        Assert.Equal(MessageText.Of(message), MessageText.Of(codec.Decode(Example.Bytes(example)).Value));
        Assert.Equal(Example.Text(example), Encoding.UTF8.GetString(codec.Encode(message)));
    }

    private static ChannelValue Good(string channel, Measurand measurand, double? value) =>
        new() { Channel = channel, Measurand = measurand, Value = value, Flag = QualityFlag.Good };

    private static DeviceRecord Thinned(long sequence, long timeMs, IReadOnlyList<ChannelValue> channels) => new()
    {
        Sequence = sequence,
        TimeMs = timeMs,
        Station = "pond-a",
        Device = "pond1",
        Channels = channels,
        CoveredMs = 600_000,
    };

    private static DeviceRecord Revision(
        long sequence, long timeMs, long revised, QualityFlag flag, double value, Why why) => new()
    {
        Sequence = sequence,
        TimeMs = timeMs,
        Station = "pond-a",
        Device = "pond1",
        Channels = [Good("ph", Measurand.Ph, value) with { Flag = flag, Why = why }],
        Revises = new RecordId("c5xw2v7d", revised),
    };
}

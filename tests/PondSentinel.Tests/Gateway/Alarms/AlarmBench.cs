using System.Text;
using PondSentinel.Alerting;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Alarms;

/// <summary>A gateway with an alarm, a siren and a pump, as far as alarms go, that can be started again.</summary>
internal sealed class AlarmBench : IDisposable
{
    public static readonly AlarmOptions Leak = new()
    {
        Id = "leak",
        Device = "pond-nh4",
        Channel = "nh4n",
        Station = "pond-a",
        Measurand = Measurand.AmmoniumNitrogen,
        Severity = Severity.Urgent,
        Text = "The pond leaks",
        Relays = ["siren", "pump"],
        Threshold = new ThresholdRule
        {
            Side = LimitSide.Above,
            RaiseLimit = 15,
            ClearLimit = 12,
            HoldRaise = TimeSpan.FromMinutes(2),
            HoldClear = TimeSpan.FromMinutes(3),
        },
    };

    public static readonly RelayOptions Siren = new()
    {
        Id = "siren", Kind = RelayKind.Siren, Chip = new GpioSettings(0), Line = 17, TripsAtHigh = true, OnMax = TimeSpan.FromMinutes(15),
    };

    public static readonly RelayOptions Pump = new() { Id = "pump", Kind = RelayKind.Stop, Chip = new GpioSettings(0), Line = 27, TripsAtHigh = true };

    public AlarmBench(params RelayOptions[] relays)
    {
        Relays = relays.Length > 0 ? relays : [Siren, Pump];
        Start();
    }

    public TestClocks Clocks { get; } = new();

    public MemoryLog Log { get; } = new();

    public SimulatedCard Card { get; } = new();

    public RelayOptions[] Relays { get; set; }

    public AlarmOptions[] Alarms { get; set; } = [Leak];

    public Func<bool?> IsLinked { get; set; } = static () => null;

    public AlarmBoard Board { get; private set; } = null!;

    public GatewayClock Clock { get; private set; } = null!;

    public Dictionary<string, ScriptedRelay> Lines { get; } = new(StringComparer.Ordinal);

    public IEnumerable<string> Events => Log.Events.Select(happening => $"{happening.Device ?? "-"} {Encoding.UTF8.GetString(happening.Body.Span)}");

    /// <summary>What was told, without the members that are always the same.</summary>
    public IEnumerable<string> Told => Events.Select(line => line.Split(",\"st\":")[0].TrimEnd('}'));

    /// <summary>The process is started again.</summary>
    public void Start()
    {
        Board?.Saving.GetAwaiter().GetResult();
        Clock = new GatewayClock(Clocks, Clocks, new ClockOptions());
        Board = new AlarmBoard(new AlarmRoom
        {
            Alarms = Alarms,
            Relays = Relays,
            LineOf = relay => Lines[relay.Id] = new ScriptedRelay(),
            File = new AlarmFile(new WholeFile(Card, "alarms.json", AlarmFile.BytesMax)),
            Clock = Clock,
            Time = Clocks,
            Report = new AlarmReport(new RecordSink(Log, "zudong", "00000000", witness: null), new TestJournal()),
            Log = new TestJournal(),
            IsLinked = IsLinked,
        });
        Board.Begin();
        Look();
    }

    /// <summary>Other settings, without a restart.</summary>
    public void Follow(AlarmOptions[] alarms, params RelayOptions[] relays)
    {
        var followed = Board.FollowAsync(alarms, relays);
        Look();
        Assert.True(followed.IsCompletedSuccessfully);
    }

    /// <summary>The machine is started again.</summary>
    public void Reboot()
    {
        Clocks.BootId = Guid.NewGuid();
        Start();
    }

    public static ChannelValue Ammonium(double? value, QualityFlag flag = QualityFlag.Good, Why why = Why.None) => new()
    {
        Channel = "nh4n",
        Measurand = Measurand.AmmoniumNitrogen,
        Value = value,
        Flag = value is null ? QualityFlag.Missing : flag,
        Why = why,
    };

    /// <summary>A value now; then time passes, and is looked at each second.</summary>
    public bool Measure(double? value, QualityFlag flag = QualityFlag.Good, Why why = Why.None, int seconds = 60)
    {
        var isNews = Board.Judge(
            "pond-nh4",
            Clock.Now(),
            [Ammonium(value, flag, why)]);
        Pass(seconds);
        return isNews;
    }

    public void Pass(int seconds)
    {
        Look();
        for (var i = 0; i < seconds; i++)
        {
            Clocks.Advance(TimeSpan.FromSeconds(1));
            Look();
        }
    }

    /// <summary>A turn of the loop, with what it writes.</summary>
    public void Look()
    {
        Board.Look();
        Board.Saving.GetAwaiter().GetResult();
    }

    /// <summary>A leak that is raised.</summary>
    public void Raise()
    {
        Measure(20);
        Measure(20);
        Measure(20, seconds: 0);
        Look();
    }

    public bool IsOn(string relay) => Lines[relay].IsOn;

    public void Dispose() => Board.Dispose();
}

/// <summary>A relay in the hand of a test.</summary>
internal sealed class ScriptedRelay : IRelay
{
    public bool IsOn { get; private set; }

    public int Switchings { get; private set; }

    public string? Fault { get; set; }

    public bool IsGivenBack { get; private set; }

    public string? Switch(bool on)
    {
        if (Fault is null)
        {
            Switchings += on == IsOn ? 0 : 1;
            IsOn = on;
        }

        return Fault;
    }

    public void Dispose() => IsGivenBack = true;
}

using System.Text;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Time;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Maintenance;

/// <summary>A gateway with two devices at one station, as far as maintenance goes, that can be started again.</summary>
internal sealed class MaintenanceBench
{
    public const string FileName = "maintenance.json";

    public static readonly MaintenanceTarget Probe = new(IsStation: false, "probe");
    public static readonly MaintenanceTarget Pond = new(IsStation: true, "pond-a");

    private readonly Dictionary<string, string> stations = new(StringComparer.Ordinal) { ["probe"] = "pond-a", ["level"] = "pond-a", ["dust"] = "yard" };

    public MaintenanceBench() => Start();

    public TestClocks Clocks { get; } = new();

    public MemoryLog Log { get; } = new();

    public TestJournal Journal { get; } = new();

    public SimulatedCard Card { get; set; } = new();

    public GatewayClock Clock { get; private set; } = null!;

    public MaintenanceBook Book { get; private set; } = null!;

    public IEnumerable<string> Events => Log.Events.Select(
        happening => $"{happening.Type} {happening.Device ?? "-"} {Encoding.UTF8.GetString(happening.Body.Span)}");

    /// <summary>The process is started again.</summary>
    /// <param name="without">A device that is no longer in its settings.</param>
    public void Start(string? without = null)
    {
        Clock = new GatewayClock(Clocks, Clocks, new ClockOptions());
        Book = new MaintenanceBook(
            stations.Where(pair => pair.Key != without).ToDictionary(StringComparer.Ordinal),
            new MaintenanceFile(new WholeFile(Card, FileName, MaintenanceFile.BytesMax)),
            Clock,
            new MaintenanceReport(new RecordSink(Log, "zudong", "00000000", witness: null), Journal),
            Journal);
        Book.Resume();
    }

    /// <summary>The machine is started again, after a time that its boot-time clock does not count.</summary>
    /// <param name="off">How long it was off.</param>
    public void Reboot(TimeSpan off = default)
    {
        Clocks.BootId = Guid.NewGuid();
        Clocks.SetWall(off);
        Start();
    }

    public void Begin(MaintenanceTarget of, TimeSpan length) => Assert.Null(Book.Begin(of, "cleaning", "Wang Fang", 1000, length));

    public static ControlAnswer Ask(IControlVerb verb, string body) =>
        verb.AnswerAsync(ControlRequest.Parse(Encoding.UTF8.GetBytes($"{{\"verb\":\"{verb.Name}\",\"body\":{body}}}"), 1000), default).AsTask().GetAwaiter().GetResult();
}

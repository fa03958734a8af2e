using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>A simulated card, and logs on it that commit by hand.</summary>
internal sealed class BufferBench
{
    public const long StartMs = 1_767_225_600_000;

    public static readonly Guid Boot = new("0f7b8c52-55a1-4b0f-9a53-3a8f5b0c1d2e");
    public static readonly Guid LaterBoot = new("7c1e6c0a-1b77-4b1e-8f0e-5d1f8a1c2b3d");

    private int appended;

    public SimulatedCard Card { get; init; } = new();

    public FakeTimeProvider Time { get; } = new();

    public BufferOptions Options { get; init; } = new() { BytesMax = 128 * 1024, FreeSpaceFloor = 0 };

    public static CancellationToken Cancelled { get; } = new(canceled: true);

    public SegmentedLog Open(bool isByHand = true) =>
        SegmentedLog.Open(Options, Time, NullLogger.Instance, Card, isByHand);

    /// <summary>A log in a folder of this machine, with five records that are durable.</summary>
    public static async Task<SegmentedLog> FillAsync(string folder)
    {
        var log = SegmentedLog.Open(
            new BufferOptions { Folder = folder, BytesMax = 1 << 20, FreeSpaceFloor = 0, CommitWindow = TimeSpan.Zero },
            TimeProvider.System,
            NullLogger.Instance);
        for (var i = 0; i < 5; i++)
        {
            await log.Append(Record(i)).Durable;
        }

        return log;
    }

    /// <summary>Appends records that tell themselves apart by their value, and commits.</summary>
    public List<AppendTicket> Append(SegmentedLog log, int count)
    {
        var tickets = Enumerable.Range(0, count).Select(_ => log.Append(Record(appended++))).ToList();
        log.CommitNow();
        return tickets;
    }

    public static BufferedRecord Record(
        double value, ClockStamp? trust = null, string schema = "9f3c01d2", string? calibration = null, string site = "zudong") => new()
    {
        Site = site,
        Schema = schema,
        Station = "pond-a",
        Device = "pond1",
        Clock = Clock(value, trust ?? new ClockStamp(ClockSource.Ntp, 12)),
        Channels =
        [
            new ChannelValue
            {
                Channel = "ph", Measurand = Measurand.Ph, Value = value, Flag = QualityFlag.Good, Calibration = calibration,
            },
        ],
    };

    public static BufferedRecord Untrusted(double seconds, Guid boot, long wallMs = 0)
    {
        var record = Record(seconds);
        return record with { Clock = new ClockReading(boot, TimeSpan.FromSeconds(seconds), wallMs, null) };
    }

    public static BufferedEvent Event(string type) => new()
    {
        Site = "zudong",
        Clock = Clock(0, new ClockStamp(ClockSource.Ntp, 12)),
        Type = type,
        Device = "pond1",
        Body = Encoding.UTF8.GetBytes("""{"what":"test"}"""),
    };

    public static ClockReading Clock(double seconds, ClockStamp? trust) =>
        new(Boot, TimeSpan.FromSeconds(seconds), StartMs + (long)(seconds * 1000), trust);

    public static Receipt Receipt(
        string epoch, long upTo, long number = 1, long generation = 1, params IReadOnlyList<SequenceRange> gaps) => new()
    {
        By = "b1",
        Generation = generation,
        Number = number,
        Epoch = epoch,
        UpTo = upTo,
        Gaps = gaps,
    };

    /// <summary>The next run, or null where there is none: whatever would be waited for never comes by hand.</summary>
    public static RecordRun? Next(SegmentedLog log, Lane lane = Lane.Backlog, int countMax = 1000)
    {
        var next = log.NextAsync(lane, countMax, Cancelled).AsTask();
        return next.IsCanceled ? null : next.GetAwaiter().GetResult();
    }

    public static EventEntry? NextEvent(SegmentedLog log)
    {
        var next = log.NextEventAsync(Cancelled).AsTask();
        return next.IsCanceled ? null : next.GetAwaiter().GetResult();
    }

    /// <summary>Takes everything that a lane has, as the broker would.</summary>
    public static List<RecordRun> Drain(SegmentedLog log, Lane lane = Lane.Backlog, int countMax = 1000)
    {
        List<RecordRun> runs = [];
        while (Next(log, lane, countMax) is { } run)
        {
            log.MarkSent(run.Epoch, run.Range);
            runs.Add(run);
        }

        return runs;
    }

    public static IEnumerable<double?> Values(IEnumerable<RecordRun> runs) =>
        runs.SelectMany(run => run.Records).Select(record => record.Record.Channels[0].Value);

    /// <summary>Lets the power go and come back, and opens again.</summary>
    public SegmentedLog CutPower(int seed = 1)
    {
        Card.CutPower(new Random(seed));
        return Open();
    }
}

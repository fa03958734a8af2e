using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Time;

/// <summary>A random history of a gateway's clocks: the real clock, schedule, acquisition and buffer on a simulated machine
/// and card.</summary>
internal sealed class TimeHistory
{
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan[] Intervals =
        [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1)];

    private readonly Random random;
    private readonly SimulatedMachine machine;
    private readonly ClockOptions clockOptions;
    private readonly TimeSpan interval;
    private readonly BufferBench bench = new() { Options = new() { BytesMax = 1 << 20, FreeSpaceFloor = 0 } };
    private readonly List<Truth> truths = [];
    private readonly Dictionary<(bool IsEvent, string Epoch, long Number), Handed> handed = [];
    private readonly Dictionary<string, TimeSpan> polled = [];
    private SegmentedLog log;
    private TruthfulLog truthful;
    private GatewayClock clock;
    private List<DevicePoller> pollers;
    private int order;

    public TimeHistory(int seed)
    {
        random = new Random(seed);
        var kind = (MachineKind)random.Next(3);
        clockOptions = new ClockOptions
        {
            Source = kind switch
            {
                MachineKind.WithRtc => random.Next(2) == 0 ? ClockPolicy.Rtc : ClockPolicy.System,
                MachineKind.WithDeadRtc => ClockPolicy.Rtc,
                _ => ClockPolicy.Auto,
            },
        };
        machine = new SimulatedMachine(random, kind);
        interval = Intervals[random.Next(Intervals.Length)];
        (log, truthful, clock, pollers) = Start();
    }

    private sealed record Handed(long TimeMs, ClockStamp Stamp, int Order);

    /// <summary>Runs it; fails where a promise is broken.</summary>
    public void Run()
    {
        for (var chapters = random.Next(4, 16); chapters > 0; chapters--)
        {
            Happen();
            Poll(random.Next(1, 12));
            if (random.Next(3) == 0)
            {
                TakeAll();
            }
        }

        machine.StartDaemon();
        Poll(3 + (int)(TimeSpan.FromMinutes(2) / interval));
        PollsLieOnTheGridOfTheTrueTime();
        log.CommitNow();
        TakeAll();
        EverythingDurableWasHandedOut();
        WallTimeStepsBackOnlyWithAnEvent();
        NoTwoRecordsShareAKey();
    }

    private void Happen()
    {
        // Who owns a battery-backed clock and vouches for it does not set the wall clock by years.
        switch (random.Next(clockOptions.Source == ClockPolicy.System ? 7 : 9))
        {
            case 0:
                machine.StartDaemon();
                break;
            case 1:
                machine.StopDaemon();
                break;
            case 2 or 3:
                AskBackend();
                break;
            case 4:
                log.CommitNow();
                bench.Card.Kill();
                Restart();
                break;
            case 5:
                Commit();
                LosePower();
                break;
            case 6:
                // Nothing for up to ten days.
                for (var days = random.Next(10); days > 0; days--)
                {
                    machine.Advance(TimeSpan.FromDays(random.NextDouble()));
                    clock.Now();
                }

                polled.Clear();
                break;
            case 7:
                machine.StepWall(TimeSpan.FromMilliseconds((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(2, 12))));
                break;
            default:
                // A boot loop: nobody ever knows the time.
                for (var loops = random.Next(1, 6); loops > 0; loops--)
                {
                    Poll(random.Next(1, 3));
                    log.CommitNow();
                    LosePower();
                }

                break;
        }
    }

    private void Poll(int polls)
    {
        var end = machine.BootTime + (interval * polls);
        var watch = machine.BootTime + Watch;
        while (machine.BootTime < end)
        {
            var next = pollers.MinBy(poller => poller.Due)!;

            // The clock is looked at every 10 s; between rare polls a few looks stand for all.
            var look = interval > TimeSpan.FromMinutes(1) ? machine.BootTime + (interval / 4) : watch;
            if (look < next.Due)
            {
                machine.AdvanceTo(look);
                watch = look + Watch;
                clock.Now();
                log.CommitNow();
                continue;
            }

            machine.AdvanceTo(next.Due);
            var poll = next.PollAsync(CancellationToken.None).AsTask();
            Assert.True(poll.IsCompletedSuccessfully);
        }
    }

    private void AskBackend()
    {
        var longestMs = (int)Math.Min(interval.TotalMilliseconds / 4, 11_000);
        var asked = clock.BootTime;
        machine.Advance(TimeSpan.FromMilliseconds(random.Next(longestMs)));
        var said = (long)machine.TrueMs;
        machine.Advance(TimeSpan.FromMilliseconds(random.Next(longestMs / 2)));
        clock.AcceptServerTime(asked, clock.BootTime, said);
    }

    private void Commit()
    {
        if (random.Next(2) == 0)
        {
            log.CommitNow();
        }
    }

    private void LosePower()
    {
        bench.Card.CutPower(random);
        machine.LosePower(TimeSpan.FromSeconds(Math.Pow(10, random.NextDouble() * 6)));
        Restart();
    }

    private void Restart()
    {
        polled.Clear();
        (log, truthful, clock, pollers) = Start();
    }

    private (SegmentedLog Log, TruthfulLog Truthful, GatewayClock Clock, List<DevicePoller> Pollers) Start()
    {
        var opened = bench.Open();
        var watched = new TruthfulLog(opened, machine, truths, () => order++);
        var begun = new GatewayClock(machine, machine, clockOptions);
        var sink = new RecordSink(watched, "zudong", "9f3c01d2", witness: null);
        begun.Changed += new ClockReport(watched, sink, NullLogger.Instance).Note;
        sink.AppendEvent("meta", device: null, begun.Now(), "{}"u8.ToArray());
        List<DevicePoller> made =
        [
            .. new[] { "pond1", "dust1" }.Select(id =>
            {
                var device = Device(id, watched);
                return new DevicePoller(
                    device,
                    new PollPipeline(device, interval / 2, begun, machine),
                    new PollSchedule(interval, begun.BootTime),
                    new FaultReport(id, device.Where, device.Line, shared: false, sink, NullLogger.Instance),
                    sink,
                    begun,
                    machine);
            }),
        ];
        return (opened, watched, begun, made);
    }

    private PolledDevice Device(string id, TruthfulLog watched)
    {
        var channel = new ChannelOptions { Id = "ph", Output = "ph", Fail = new Band(0, 14) };
        var options = new DeviceOptions
        {
            Id = id, Station = "pond-a", Bus = "rs485", Model = "probe", Address = 1, Interval = interval, Channels = [channel],
        };
        return new PolledDevice(
            options, [new PolledChannel(channel, Measurand.Ph)], new Probe(() => Answer(id, watched)), "rs485 address 1");
    }

    private Reading Answer(string id, TruthfulLog watched)
    {
        // Intervals hold on the monotonic clock, whatever is done to the wall clock.
        if (polled.TryGetValue(id, out var before))
        {
            var late = TimeSpan.FromSeconds(5);
            Assert.InRange(machine.BootTime - before, (interval / 2) - late, (interval * 1.5) + (late * 2));
            Assert.InRange((machine.BootTime - before) / interval, 0.4, double.MaxValue);
        }

        polled[id] = machine.BootTime;
        var takes = TimeSpan.FromMilliseconds(random.Next(300));
        machine.Advance(takes / 2);
        watched.PollTrueMs = machine.TrueMs;
        machine.Advance(takes / 2);
        return ScriptedSensor.Ph(7);
    }

    private void TakeAll()
    {
        foreach (var run in BufferBench.Drain(log))
        {
            foreach (var record in run.Records)
            {
                Take((false, run.Epoch, record.Sequence), record.TimeMs, record.Stamp);
                var channel = record.Record.Channels[0];
                Assert.Equal(record.Stamp.Source == ClockSource.Est, channel.Why.HasFlag(Why.EstimatedTime));
                Assert.Equal(
                    record.Stamp.Source == ClockSource.Est ? QualityFlag.Suspect : QualityFlag.Good, channel.Flag);
            }
        }

        while (BufferBench.NextEvent(log) is { } happening)
        {
            log.MarkEventSent(happening.Epoch, happening.Number);
            Take((true, happening.Epoch, happening.Number), happening.TimeMs, happening.Stamp);
        }
    }

    private void Take((bool IsEvent, string Epoch, long Number) id, long timeMs, ClockStamp stamp)
    {
        if (handed.TryGetValue(id, out var before))
        {
            Assert.Equal((before.TimeMs, before.Stamp), (timeMs, stamp));
            return;
        }

        handed.Add(id, new Handed(timeMs, stamp, order++));
        var truth = truths.Single(truth => IdOf(truth) == id);
        Assert.True(
            Math.Abs(timeMs - truth.TrueMs) <= stamp.ErrorMs,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{id} is wrong by {timeMs - truth.TrueMs:0.0} ms and states {stamp.ErrorMs} ms ({stamp.Source})"));
    }

    private static (bool IsEvent, string Epoch, long Number) IdOf(Truth truth) =>
        (truth.Type is not null, truth.Ticket.Id.Epoch, truth.Ticket.Id.Sequence);

    private void PollsLieOnTheGridOfTheTrueTime()
    {
        var newest = truths.Last(truth => truth.Device is not null);
        var now = clock.Now();
        Assert.Equal(ClockSource.Ntp, now.Trust!.Value.Source);
        var off = Math.IEEERemainder(newest.TrueMs, interval.TotalMilliseconds);
        Assert.InRange(off, -now.Trust.Value.ErrorMs - 1000, now.Trust.Value.ErrorMs + 1000);
    }

    private void EverythingDurableWasHandedOut() => Assert.Equal(
        [],
        truths.Where(truth => truth.Ticket.Durable.IsCompletedSuccessfully).Select(IdOf).Where(id => !handed.ContainsKey(id)));

    private void WallTimeStepsBackOnlyWithAnEvent()
    {
        var events = truths.Where(truth => truth.Type == "clock").Select(truth => truth.Order).ToList();
        foreach (var device in truths.Where(truth => truth.Device is not null).GroupBy(truth => truth.Device))
        {
            Truth? before = null;
            foreach (var record in device)
            {
                if (!handed.TryGetValue(IdOf(record), out var given))
                {
                    continue;
                }

                // What waited for its time steps back with the event that gave it.
                Assert.True(
                    before is null
                    || given.TimeMs >= handed[IdOf(before)].TimeMs
                    || events.Any(at => at > before.Order && at < given.Order)
                    || IsSpent(record),
                    $"{IdOf(record)} lies before {before}, and nobody said why");
                before = record;
            }
        }
    }

    // An hour has six events of a kind; who comes after them waits for the count.
    private bool IsSpent(Truth record) => truths.Count(truth =>
        truth.Type == "clock"
        && truth.Ticket.Id.Epoch == record.Ticket.Id.Epoch
        && (record.BootTime - truth.BootTime).Duration() < TimeSpan.FromHours(1)) >= HourlyAllowance.PerHour;

    private void NoTwoRecordsShareAKey()
    {
        var keys = truths.Where(truth => truth.Device is not null && handed.ContainsKey(IdOf(truth)))
            .GroupBy(truth => (
                truth.Device, Ns: (handed[IdOf(truth)].TimeMs * 1_000_000) + (truth.Ticket.Id.Sequence % 1_000_000)));
        Assert.Equal([], keys.Where(same => same.Count() > 1).Select(same => same.Key));
    }

    private sealed class Probe(Func<Reading> answer) : ISensor
    {
        public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(answer());
    }
}

using PondSentinel.Backend.Completeness;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>A made-up past of a gateway of which everything is known: each poll that was made, and what became of it.</summary>
internal sealed class LedgerHistory
{
    public const string Gateway = "gz-07";
    public const string Site = "pond";

    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;

    private static readonly string[] Boots = ["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"];

    private readonly Random random;

    public LedgerHistory(int seed)
    {
        random = new Random(seed);
        Devices =
        [
            .. Enumerable.Range(0, 1 + random.Next(3)).Select(number => new PastDevice(
                $"d{number}",
                (long[])[30_000, 60_000, 120_000, 210_000, 300_000] is var intervals ? intervals[random.Next(intervals.Length)] : 0,
                500 + (2_500 * number),
                number == 0 ? ["ph", "t"] : ["nh4n"])),
        ];
        Grid = new DayGrid(random.Next(3) switch { 0 => 8 * Hour, 1 => -5 * Hour, _ => 0 });
        StartMs = Grid.StartOf(20_000) + (random.Next(21, 24) * Hour) + (random.Next(60) * Minute) + 17_000;
        Live();
        Distribute();
        NowMs = EndMs + (random.Next(2) == 0 ? 5 * Minute : 3 * Hour) + 20_000;
    }

    public DayGrid Grid { get; }

    public long StartMs { get; }

    public long EndMs { get; private set; }

    public long NowMs { get; }

    public IReadOnlyList<PastDevice> Devices { get; }

    public List<PastLife> Lives { get; } = [];

    public List<PastPoll> Polls { get; } = [];

    /// <summary>Whether the account can tell all of it: of a device of which no record of a day is stored nobody knows at what second
    /// it was polled, so whether before its neighbours or after them.</summary>
    public bool IsTellable => Polls.GroupBy(poll => (poll.Device, Grid.DayOf(poll.TimeMs)))
        .All(day => day.All(poll => poll.IsStored) || day.Any(poll => poll.IsStored && poll.TimeMs > poll.Life.StartMs + (poll.Device.IntervalMs / 2)));

    /// <summary>The description, the same in each life.</summary>
    public byte[] Meta() => MetaCodec.Encode(
        new MetaMessage
        {
            Gateway = Gateway,
            Schema = "",
            Devices =
            [
                .. Devices.Select(device => new MetaDevice
                {
                    Id = device.Id,
                    Station = "stream",
                    Model = "m",
                    VerifiedOnHardware = false,
                    Grade = "indicative",
                    IntervalMs = device.IntervalMs,
                    Channels = [.. device.Channels.Select(channel => new MetaChannel { Id = channel, Measurand = Measurand.Ph })],
                }),
            ],
        },
        out _);

    // Lives end and begin in the quiet part of a cycle, so that nobody can doubt which poll was the last.
    private void Live()
    {
        var atMs = StartMs;
        var boot = 0;
        for (var count = 1 + random.Next(4); count > 0; count--)
        {
            var life = new PastLife($"epoch{(char)('a' + Lives.Count)}22", atMs, boot < 8 ? Boots[boot] : "b")
            {
                EndMs = Quiet(atMs + (random.Next(3, 80) * Minute)),
                IsPatchy = random.Next(2) == 0,
            };
            Lives.Add(life);
            Poll(life);
            EndMs = life.EndMs;
            switch (random.Next(3))
            {
                case 0:
                    life.End = Fate.Stop;
                    boot += random.Next(2);
                    break;
                case 1:
                    life.End = Fate.Crash;
                    break;
                default:
                    life.End = Fate.Power;
                    boot++;
                    break;
            }

            atMs = random.Next(4) == 0 ? life.EndMs + 1_000 : Quiet(life.EndMs + (random.Next(1, 90) * Minute));
        }

        Lives[^1].End = Lives[^1].End == Fate.Stop ? Fate.Stop : Fate.Unheard;
    }

    private static long Quiet(long timeMs) => (timeMs / 30_000 * 30_000) + 16_000 + (timeMs % 5_000);

    private void Poll(PastLife life)
    {
        List<PastPoll> polls = [];
        foreach (var device in Devices)
        {
            polls.Add(Made(life, device, life.StartMs + 100 + device.PhaseMs));
            var bad = 0;
            // As the schedule does: the next slot, or the one after where that would be too soon.
            for (var slot = (life.StartMs + (device.IntervalMs / 2)) / device.IntervalMs + 1; slot * device.IntervalMs < life.EndMs; slot++)
            {
                var startMs = slot * device.IntervalMs;
                if (startMs + device.PhaseMs + 1_000 > life.EndMs)
                {
                    continue;
                }

                // Near midnight the account of a day has not yet, or no more, what tells the one from the other; nor has the end
                // of a life.
                var isQuiet = (startMs + Grid.OffsetMs) % DayGrid.DayMs is < Hour or > DayGrid.DayMs - Hour
                    || startMs + (10 * Minute) > life.EndMs;
                if (life.IsPatchy && !isQuiet && bad > 0)
                {
                    if (--bad % 4 != 0)
                    {
                        continue;
                    }

                    polls.Add(Made(life, device, startMs + device.PhaseMs + random.Next(900)) with { Fate = Fate.NoAnswer });
                    continue;
                }

                if (life.IsPatchy && !isQuiet && random.Next(12) == 0)
                {
                    if (random.Next(2) == 0 && polls[^1].Fate != Fate.NoAnswer)
                    {
                        continue;
                    }

                    bad = random.Next(2, 12);
                    polls.Add(Made(life, device, startMs + device.PhaseMs + random.Next(900)) with { Fate = Fate.NoAnswer });
                    continue;
                }

                polls.Add(Made(life, device, startMs + device.PhaseMs + random.Next(900)));
            }
        }

        // A revision takes a number of its own. Its poll is another.
        var number = 0L;
        foreach (var poll in polls.OrderBy(poll => poll.TimeMs))
        {
            if (random.Next(25) == 0)
            {
                life.Revisions.Add(number++);
            }

            Polls.Add(poll with { Number = number++, Revised = random.Next(20) == 0 && poll.Fate != Fate.NoAnswer ? Fate.Bad : null });
        }

        life.Given = number - 1;
    }

    private PastPoll Made(PastLife life, PastDevice device, long timeMs) => new(life, device, timeMs)
    {
        Fate = random.Next(10) switch
        {
            0 => Fate.Suspect,
            1 => Fate.Bad,
            2 => Fate.OverRange,
            3 => Fate.Unchecked,
            _ => Fate.Good,
        },
    };

    // What becomes of the records: stretches of numbers are lost, refused, or still at the gateway; windows are thinned.
    private void Distribute()
    {
        Fate[] causes =
        [
            Fate.LostFull, Fate.LostBad, Fate.LostSpace, Fate.LostCard, Fate.LostOther, Fate.Malformed, Fate.OutOfRange, Fate.TooLarge,
            Fate.UnknownType, Fate.Waiting,
        ];
        foreach (var life in Lives.Where(life => !life.IsPatchy))
        {
            var own = Enumerable.Range(0, Polls.Count).Where(at => Polls[at].Life == life).ToList();
            for (var count = random.Next(4); count > 0; count--)
            {
                var first = random.Next(own.Count);
                var cause = causes[random.Next(causes.Length)];
                foreach (var at in own.Skip(first).Take(1 + random.Next(30)))
                {
                    if (HasOwnSlot(Polls[at]))
                    {
                        Polls[at] = Polls[at] with { Fate = cause, IsStored = false };
                    }
                }
            }

            Thin(own);
        }
    }

    // The first of a life may share its slot with the last of the life before: then no slot is empty for it. Nor for that last one:
    // of several devices nobody can tell which has none, and where the next life does not follow at once it may have been polled in
    // the time between.
    private bool HasOwnSlot(PastPoll poll)
    {
        var next = Lives.SkipWhile(life => life != poll.Life).ElementAtOrDefault(1);
        return (poll.TimeMs > poll.Life.StartMs + poll.Device.IntervalMs || poll.Life == Lives[0])
            && (next is null || (Devices.Count == 1 && next.StartMs - poll.Life.EndMs <= 1_000) || poll.TimeMs + poll.Device.IntervalMs < next.StartMs);
    }

    private void Thin(List<int> own)
    {
        foreach (var device in Devices.Where(_ => random.Next(3) == 0))
        {
            var run = own.Where(at => Polls[at].Device == device).Skip(random.Next(own.Count)).Take(random.Next(2, 11)).ToList();
            if (run.Count > 1 && run.TrueForAll(at => Polls[at].IsStored && HasOwnSlot(Polls[at])) && Polls[run[^1]].TimeMs - Polls[run[0]].TimeMs <= Hour)
            {
                Polls[run[^1]] = Polls[run[^1]] with { CoveredMs = Polls[run[^1]].TimeMs - Polls[run[0]].TimeMs };
                foreach (var at in run.SkipLast(1))
                {
                    Polls[at] = Polls[at] with { Fate = Fate.Thinned, IsStored = false };
                }
            }
        }
    }
}

internal sealed record PastDevice(string Id, long IntervalMs, long PhaseMs, string[] Channels);

internal sealed class PastLife(string epoch, long startMs, string boot)
{
    public string Epoch => epoch;

    public long StartMs => startMs;

    public string Boot => boot;

    public long EndMs { get; init; }

    public bool IsPatchy { get; init; }

    public Fate End { get; set; }

    public long Given { get; set; }

    /// <summary>Numbers that revisions took.</summary>
    public List<long> Revisions { get; } = [];
}

internal sealed record PastPoll(PastLife Life, PastDevice Device, long TimeMs)
{
    public long Number { get; init; }

    public Fate Fate { get; init; }

    /// <summary>Fate after a revision, where there was one.</summary>
    public Fate? Revised { get; init; }

    public bool IsStored { get; init; } = true;

    public long CoveredMs { get; init; }
}

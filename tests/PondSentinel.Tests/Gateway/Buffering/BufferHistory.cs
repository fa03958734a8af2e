using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>One random life of a buffer against a list: appends, receipts, crashes, faults. The backend in it is truthful:
/// it settles what it was sent.</summary>
internal sealed class BufferHistory
{
    private readonly Random random;
    private readonly BufferBench bench;
    private readonly bool isTight;
    private readonly bool hasFaults;
    private readonly Dictionary<RecordId, (double Value, Task Durable)> appended = [];
    private readonly Dictionary<RecordId, (string Type, Task Durable)> events = [];
    private readonly HashSet<RecordId> stored = [];
    private readonly HashSet<RecordId> storedEvents = [];
    private readonly Dictionary<RecordId, LossCause> gone = [];
    private long generation = 1;
    private long receipts;
    private bool isSettling;
    private bool isFaulty;
    private SegmentedLog log;

    public BufferHistory(int seed, bool ignoresSync = false)
    {
        random = new Random(seed);
        isTight = seed % 3 != 0;
        hasFaults = seed % 3 == 2;
        isSettling = seed % 2 == 0;
        bench = new BufferBench
        {
            Card = new SimulatedCard { IgnoresSync = ignoresSync },
            Options = new BufferOptions { BytesMax = (isTight ? 64 : 512) * 1024, FreeSpaceFloor = 0 },
        };
        if (hasFaults && random.Next(2) == 0)
        {
            bench.Card.Capacity = 40 * 1024;
        }

        log = bench.Open();
    }

    /// <summary>How often the power went or the process was killed.</summary>
    public int Crashes { get; private set; }

    /// <summary>How many records were durable.</summary>
    public int DurableCount => appended.Values.Count(record => record.Durable.IsCompletedSuccessfully);

    public void Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            try
            {
                Step();
            }
            catch (PowerCutException)
            {
                Reopen(isPowerCut: true);
            }
        }

        bench.Card.Failure = (_, _) => 0;
        bench.Card.CutAt = null;
        Reopen(isPowerCut: random.Next(2) == 0);
        bench.Card.CutAt = null;
        CheckAll();
    }

    private void Step()
    {
        switch (random.Next(20))
        {
            case < 7:
                Append();
                break;
            case < 10:
                log.CommitNow();
                break;
            case < 13:
                Send();
                break;
            case 13:
                Settle();
                break;
            case 14:
                log.Requeue(AnyEpoch(), AnyRange());
                log.RequeueEvents();
                break;
            case 15:
                log.Replay(AnyEpoch(), AnyRange());
                break;
            case 16:
                log.StartLive();
                bench.Time.Advance(CommitClock.SaveWindow);
                break;
            case 17:
                bench.Card.CutAt = bench.Card.Calls + random.Next(1, 12);
                break;
            case 18 when hasFaults:
                ToggleFaults();
                break;
            case 19 when random.Next(8) == 0:
                Reopen(isPowerCut: random.Next(2) == 0);
                break;
            case 19 when isSettling && random.Next(8) == 0:
                RestoreBackend();
                break;
            default:
                SendEvent();
                break;
        }
    }

    private void Append()
    {
        for (var count = random.Next(1, 9); count > 0; count--)
        {
            var ticket = log.Append(BufferBench.Record(appended.Count), random.Next(8) == 0);
            Assert.True(appended.TryAdd(ticket.Id, (appended.Count, ticket.Durable)), $"{ticket.Id} was given twice");
        }

        if (random.Next(4) == 0)
        {
            var type = $"type-{events.Count}";
            var ticket = log.AppendEvent(BufferBench.Event(type));
            Assert.True(events.TryAdd(ticket.Id, (type, ticket.Durable)), $"event {ticket.Id} was given twice");
        }
    }

    private void Send()
    {
        var lane = random.Next(2) == 0 ? Lane.Live : Lane.Backlog;
        if (BufferBench.Next(log, lane, random.Next(1, 40)) is { } run)
        {
            Take(run);
            if (random.Next(4) > 0)
            {
                log.MarkSent(run.Epoch, run.Range);
            }
        }
    }

    private void SendEvent()
    {
        if (BufferBench.NextEvent(log) is { } entry)
        {
            Take(entry);
            log.MarkEventSent(entry.Epoch, entry.Number);
        }
    }

    private void Take(RecordRun run)
    {
        var next = run.Range.First;
        var parts = run.Records.Select(record => new SequenceRange(record.Sequence, record.Sequence))
            .Concat(run.Gone.Select(lost => lost.Range)).OrderBy(part => part.First);
        foreach (var part in parts)
        {
            Assert.Equal(next, part.First);
            next = part.Last + 1;
        }

        Assert.Equal(run.Range.Last + 1, next);
        foreach (var record in run.Records)
        {
            var id = new RecordId(run.Epoch, record.Sequence);
            Assert.True(appended.TryGetValue(id, out var original), $"{id} was never appended");
            Assert.Equal(original.Value, record.Record.Channels[0].Value);
            stored.Add(id);
            gone.Remove(id);
        }

        foreach (var (range, cause) in run.Gone)
        {
            for (var number = range.First; number <= range.Last; number++)
            {
                var id = new RecordId(run.Epoch, number);
                gone.TryAdd(id, cause);
                if (appended.TryGetValue(id, out var lost) && lost.Durable.IsCompletedSuccessfully && !stored.Contains(id))
                {
                    Assert.True(isTight, $"{id} is {cause} where there is room");
                    Assert.True(cause != LossCause.Bad, $"{id} was durable, and is bad on a card that keeps what it has synced");
                }
            }
        }
    }

    private void Take(EventEntry entry)
    {
        var id = new RecordId(entry.Epoch, entry.Number);
        if (entry.Event.Type != "drop")
        {
            Assert.True(events.TryGetValue(id, out var original), $"event {id} was never appended");
            Assert.Equal(original.Type, entry.Event.Type);
        }

        storedEvents.Add(id);
    }

    private void Settle()
    {
        if (isSettling)
        {
            // Where nothing is held it speaks of an epoch that it remembers.
            var held = log.Inventory.Select(epoch => epoch.Epoch).ToList();
            foreach (var epoch in held.Count > 0 ? held : [.. appended.Keys.Select(id => id.Epoch).Take(1)])
            {
                Assert.NotEqual(ReceiptOutcome.Stale, log.Apply(ReceiptOf(epoch)));
            }
        }
    }

    private Receipt ReceiptOf(string epoch)
    {
        var (upTo, gaps) = UpTo([.. stored.Concat(gone.Keys).Where(id => id.Epoch == epoch).Select(id => id.Sequence)]);
        var (eventsUpTo, eventGaps) = UpTo([.. storedEvents.Where(id => id.Epoch == epoch).Select(id => id.Sequence)]);
        return BufferBench.Receipt(epoch, upTo, ++receipts, generation, gaps) with
        {
            Events = new EventReceipt(eventsUpTo, eventGaps),
        };
    }

    private static (long UpTo, List<SequenceRange> Gaps) UpTo(SortedSet<long> numbers)
    {
        List<SequenceRange> gaps = [];
        var upTo = -1L;
        foreach (var number in numbers)
        {
            if (number > upTo + 1)
            {
                if (gaps.Count == Receipt.GapsMax)
                {
                    break;
                }

                gaps.Add(new SequenceRange(upTo + 1, number - 1));
            }

            upTo = number;
        }

        return (upTo, gaps);
    }

    // The store comes back from a backup that lacks some of what it had, of any epoch, and knows of no loss any more. The
    // gateway hears of it now or later, and the power may go and the card fail meanwhile.
    private void RestoreBackend()
    {
        generation++;
        stored.RemoveWhere(_ => random.Next(3) == 0);
        storedEvents.RemoveWhere(_ => random.Next(3) == 0);
        gone.Clear();
        if (random.Next(2) == 0)
        {
            Settle();
        }
    }

    private void ToggleFaults()
    {
        isFaulty = !isFaulty;
        var errno = random.Next(2) == 0 ? SimulatedCard.Eio : SimulatedCard.Enospc;
        bench.Card.Failure = !isFaulty
            ? (_, _) => 0
            : (call, _) => call is "write" or "sync" or "create" or "sync-folder" or "rename" or "delete" && random.Next(3) == 0
                ? errno : 0;
    }

    private void Reopen(bool isPowerCut)
    {
        bench.Card.Failure = (_, _) => 0;
        isFaulty = false;
        while (true)
        {
            Crashes++;
            if (isPowerCut)
            {
                bench.Card.CutPower(random);
            }
            else
            {
                bench.Card.CutAt = null;
                bench.Card.Kill();
            }

            try
            {
                // The power may go again while it opens.
                if (random.Next(4) == 0)
                {
                    bench.Card.CutAt = bench.Card.Calls + random.Next(1, 20);
                    isPowerCut = true;
                }

                log = bench.Open();
                break;
            }
            catch (PowerCutException)
            {
            }
        }

        Settle();
    }

    private void CheckAll()
    {
        foreach (var run in BufferBench.Drain(log, countMax: 50))
        {
            Take(run);
        }

        while (BufferBench.NextEvent(log) is { } entry)
        {
            Take(entry);
            log.MarkEventSent(entry.Epoch, entry.Number);
        }

        Assert.All(
            appended.Where(record => record.Value.Durable.IsCompletedSuccessfully),
            record => Assert.True(
                stored.Contains(record.Key) || gone.ContainsKey(record.Key), $"{record.Key} was durable and has vanished"));
        Assert.All(
            events.Where(happening => happening.Value.Durable.IsCompletedSuccessfully),
            happening => Assert.True(storedEvents.Contains(happening.Key), $"event {happening.Key} was durable and has vanished"));
        var status = log.Status;
        Assert.InRange(status.Bytes, 1, status.BytesMax);
        if (!isSettling)
        {
            Assert.Equal(log.Inventory.Sum(held => held.Last + 1), status.Unsettled + status.Lost.Values.Sum());
        }
    }

    private string AnyEpoch() =>
        log.Inventory is { Count: > 0 } held ? held[random.Next(held.Count)].Epoch : "abcdefgh";

    private SequenceRange AnyRange()
    {
        var first = random.Next(200);
        return new SequenceRange(first, first + random.Next(100));
    }
}

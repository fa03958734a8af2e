using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink;

/// <summary>A record log as the uplink sees it, in memory: everything is durable and has its time at once. Epochs of earlier
/// processes can be put into it.</summary>
internal sealed class RecordLogInMemory : IRecordLog
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<int, Held> epochs = [];
    private readonly List<HeldEvent> events = [];
    private TaskCompletionSource changed = new();
    private (long Generation, long Number) last = (-1, -1);
    private (int Place, string Name) own = (0, OwnEpoch);

    public const string Site = "zudong";
    public const string OwnEpoch = "abcdefgh";

    public string? Epoch { get; private set; }

    public long NewestMs => 0;

    public event Action<string?>? FaultChanged
    {
        add { }
        remove { }
    }

    public BufferStatus Status
    {
        get
        {
            lock (gate)
            {
                var unsettled = epochs.Values.Sum(epoch => epoch.Records.Count(record => record.Settled is false));
                return new BufferStatus(unsettled, unsettled * 50, null, 4096, 1 << 20, new Dictionary<LossCause, long>(), null);
            }
        }
    }

    public IReadOnlyList<HeldEpoch> Inventory
    {
        get
        {
            lock (gate)
            {
                return [.. epochs.Values.Select(epoch => new HeldEpoch(epoch.Name, 0, epoch.Records.Count - 1))];
            }
        }
    }

    public List<Receipt> Applied { get; } = [];

    public BelievedReceipt? Believed { get; private set; }

    /// <summary>The numbers of an epoch that are settled.</summary>
    public IReadOnlyList<long> Settled(string epoch)
    {
        lock (gate)
        {
            return [.. Find(epoch)!.Records.Index().Where(record => record.Item.Settled).Select(record => (long)record.Index)];
        }
    }

    /// <summary>The numbers of the events that are settled.</summary>
    public IReadOnlyList<long> SettledEvents
    {
        get
        {
            lock (gate)
            {
                return [.. events.Index().Where(happening => happening.Item.Settled).Select(happening => (long)happening.Index)];
            }
        }
    }

    public int UnsettledEvents
    {
        get
        {
            lock (gate)
            {
                return events.Count(happening => !happening.Settled);
            }
        }
    }

    public AppendTicket Append(BufferedRecord record, bool urgent = false)
    {
        AppendTicket ticket;
        lock (gate)
        {
            Epoch = own.Name;
            ticket = new AppendTicket(new RecordId(own.Name, Own().Add(record)), Task.CompletedTask);
        }

        Announce();
        return ticket;
    }

    /// <summary>What a process before this one left.</summary>
    public void Inherit(string epoch, int count, bool sent, string site = Site, Func<long, BufferedRecord>? make = null)
    {
        lock (gate)
        {
            var held = new Held(epoch);
            epochs.Add(epochs.Count - 100, held);
            for (var i = 0; i < count; i++)
            {
                held.Add((make ?? Ph)(i) with { Site = site });
                held.Records[i].Sent = sent;
            }
        }
    }

    /// <summary>A new process takes over: it numbers its records in an epoch of its own. Events go on in the first.</summary>
    public void BeginAnew(string epoch)
    {
        lock (gate)
        {
            own = (own.Place + 1, epoch);
            Epoch = null;
        }
    }

    public AppendTicket AppendEvent(BufferedEvent happening)
    {
        long number;
        lock (gate)
        {
            Epoch = own.Name;
            number = events.Count;
            events.Add(new HeldEvent(happening));
        }

        Announce();
        return new AppendTicket(new RecordId(OwnEpoch, number), Task.CompletedTask);
    }

    public void Trust(ClockAnchor anchor)
    {
    }

    public void StartLive()
    {
        lock (gate)
        {
            foreach (var record in epochs.Values.SelectMany(epoch => epoch.Records))
            {
                record.Live = false;
            }
        }

        Announce();
    }

    public async ValueTask<RecordRun> NextAsync(Lane lane, int countMax, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                next = changed.Task;
                foreach (var epoch in epochs.Values)
                {
                    var first = epoch.Records.FindIndex(record => record is { Sent: false, Settled: false } && record.Live == (lane == Lane.Live));
                    if (first >= 0)
                    {
                        return epoch.Run(first, countMax, lane);
                    }
                }
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask<EventEntry> NextEventAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                next = changed.Task;
                var number = events.FindIndex(happening => happening is { Sent: false, Settled: false });
                if (number >= 0)
                {
                    var happening = events[number].Event;
                    return new EventEntry(
                        OwnEpoch, number, happening.Clock.WallMs, happening.Clock.Trust ?? new ClockStamp(ClockSource.Est, 1000), happening);
                }
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    public void MarkSent(string epoch, SequenceRange range) => Change(epoch, range, record => record.Sent = true);

    public void MarkEventSent(string epoch, long number)
    {
        lock (gate)
        {
            events[(int)number].Sent = true;
        }
    }

    public long Requeue(string epoch, SequenceRange range)
    {
        var count = 0;
        Change(epoch, range, record =>
        {
            if (record is { Sent: true, Settled: false })
            {
                (record.Sent, record.Live) = (false, false);
                count++;
            }
        });
        Announce();
        return count;
    }

    public void Replay(string epoch, SequenceRange range)
    {
        Change(epoch, range, record => (record.Sent, record.Settled, record.Live) = (false, false, false));
        Announce();
    }

    public void RequeueEvents()
    {
        lock (gate)
        {
            events.ForEach(happening => happening.Sent &= happening.Settled);
        }

        Announce();
    }

    public ReceiptOutcome Apply(Receipt receipt)
    {
        var outcome = Apply(receipt, out var restored);
        if (restored)
        {
            Announce();
        }

        return outcome;
    }

    private ReceiptOutcome Apply(Receipt receipt, out bool restored)
    {
        restored = false;
        lock (gate)
        {
            if ((receipt.Generation, receipt.Number).CompareTo(last) < 0)
            {
                return ReceiptOutcome.Stale;
            }

            if (receipt.Generation == last.Generation && receipt.Unused.Any(range => range.Contains(last.Number)))
            {
                return ReceiptOutcome.SetBack;
            }

            Believed = new BelievedReceipt(receipt.By, receipt.Generation, receipt.Number);
            restored = receipt.Generation > last.Generation && last.Generation >= 0;
            last = (receipt.Generation, receipt.Number);
            Applied.Add(receipt);
            if (restored)
            {
                foreach (var record in epochs.Values.SelectMany(epoch => epoch.Records))
                {
                    record.Settled = false;
                }

                events.ForEach(happening => (happening.Sent, happening.Settled) = (false, false));
            }

            if (Find(receipt.Epoch) is not { } held)
            {
                return ReceiptOutcome.Unknown;
            }

            var unknown = false;
            foreach (var (number, record) in held.Records.Index())
            {
                var named = number <= receipt.UpTo && !receipt.Gaps.Any(gap => gap.Contains(number));
                unknown |= named && !record.Sent;
                record.Settled |= named && record.Sent;
            }

            foreach (var (number, happening) in events.Index())
            {
                happening.Settled |= receipt.Epoch == OwnEpoch && happening.Sent && receipt.Events is { } told
                    && number <= told.UpTo && !told.Gaps.Any(gap => gap.Contains(number));
            }

            return unknown ? ReceiptOutcome.Unknown : ReceiptOutcome.Applied;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static BufferedRecord Ph(long number) => new()
    {
        Site = Site,
        Schema = "9f3c01d2",
        Station = "pond-a",
        Device = "ph1",
        Clock = new ClockReading(Guid.Empty, TimeSpan.FromSeconds(number), 1_767_225_600_000 + (number * 1000), new ClockStamp(ClockSource.Ntp, 12)),
        Channels =
        [
            new ChannelValue { Channel = "ph", Measurand = Measurand.Ph, Value = 7 + (number * 0.001), Flag = QualityFlag.Good },
        ],
    };

    private Held? Find(string epoch) => epochs.Values.FirstOrDefault(held => held.Name == epoch);

    private Held Own()
    {
        if (!epochs.TryGetValue(own.Place, out var held))
        {
            held = new Held(own.Name);
            epochs.Add(own.Place, held);
        }

        return held;
    }

    private void Change(string epoch, SequenceRange range, Action<HeldRecord> change)
    {
        lock (gate)
        {
            foreach (var (number, record) in Find(epoch)?.Records.Index() ?? [])
            {
                if (range.Contains(number))
                {
                    change(record);
                }
            }
        }
    }

    private void Announce()
    {
        TaskCompletionSource woken;
        lock (gate)
        {
            woken = changed;
            changed = new TaskCompletionSource();
        }

        woken.SetResult();
    }

    private sealed class HeldRecord(BufferedRecord record)
    {
        public BufferedRecord Record { get; } = record;

        public bool Live { get; set; } = true;

        public bool Sent { get; set; }

        public bool Settled { get; set; }
    }

    private sealed class HeldEvent(BufferedEvent happening)
    {
        public BufferedEvent Event { get; } = happening;

        public bool Sent { get; set; }

        public bool Settled { get; set; }
    }

    private sealed class Held(string name)
    {
        public string Name { get; } = name;

        public List<HeldRecord> Records { get; } = [];

        public long Add(BufferedRecord record)
        {
            Records.Add(new HeldRecord(record));
            return Records.Count - 1;
        }

        public RecordRun Run(int first, int countMax, Lane lane)
        {
            List<StoredRecord> run = [];
            for (var i = first; i < Records.Count && run.Count < countMax; i++)
            {
                var record = Records[i];
                if (record.Sent || record.Settled || record.Live != (lane == Lane.Live) || record.Record.Site != Records[first].Record.Site)
                {
                    break;
                }

                var clock = record.Record.Clock;
                run.Add(new StoredRecord(i, clock.WallMs, clock.Trust!.Value, record.Record, null));
            }

            return new RecordRun(
                Records[first].Record.Site, Name, new SequenceRange(first, first + run.Count - 1), run, []);
        }
    }
}

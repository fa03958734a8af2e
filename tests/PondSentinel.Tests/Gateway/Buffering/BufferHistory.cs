using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>What may befall a history, beside power cuts and kills.</summary>
[Flags]
internal enum Hardship
{
    None = 0,

    /// <summary>The bound is reached.</summary>
    Tight = 1,

    /// <summary>Calls fail: once, for a while, or all that change anything.</summary>
    Faults = 2,

    /// <summary>Bytes rot.</summary>
    Rot = 4,

    /// <summary>The card comes back as it was before.</summary>
    OldImage = 8,

    /// <summary>Nobody knows the time at first.</summary>
    Untrusted = 16,

    /// <summary>Others fill the card.</summary>
    FullCard = 32,
}

/// <summary>One random life of a buffer against a list.</summary>
internal sealed class BufferHistory
{
    private readonly Random random;
    private readonly Hardship hardship;
    private readonly BufferOptions options;
    private readonly FakeTimeProvider time = new();
    private readonly BufferModel model;
    private readonly HistoryRecords records;
    private readonly bool isThinned;
    private readonly HistoryClock clock;
    private readonly HistoryBackend? backend;
    private readonly CrashPoints crashes;
    private readonly double crashShare;
    private SimulatedCard card;
    private (SimulatedCard Card, HashSet<ModelItem> Promised)? image;
    private SegmentedLog log;
    private ModelReading reading;
    private int process;
    private int happened;

    /// <summary>Begins a history.</summary>
    /// <param name="seed">What decides everything.</param>
    /// <param name="ignored">The sync that does nothing.</param>
    /// <param name="crashShare">At which share of the calls that change something the power goes in a copy.</param>
    public BufferHistory(int seed, SyncPoint ignored = SyncPoint.None, double crashShare = 1)
    {
        random = new Random(seed);
        hardship = HardshipOf(seed);
        isThinned = Has(Hardship.Tight) && seed % 3 == 0;

        // Records that can be thinned are many and small, and every one of them is read at each cut.
        this.crashShare = isThinned ? crashShare * 2 / 3 : crashShare;
        options = new BufferOptions { BytesMax = (Has(Hardship.Tight) ? 40 : 256) * 1024, FreeSpaceFloor = 0 };
        model = new BufferModel
        {
            MayRefuse = (hardship & (Hardship.Faults | Hardship.FullCard)) != 0,
            MayLose = cause => cause switch
            {
                LossCause.Full => Has(Hardship.Tight),
                LossCause.Space => (hardship & (Hardship.Faults | Hardship.FullCard)) != 0,
                LossCause.Thin => isThinned,
                _ => false,
            },
        };
        records = new HistoryRecords(random, isThinned);
        clock = new HistoryClock(random, !Has(Hardship.Untrusted));
        backend = seed / 2 % 2 == 0 ? new HistoryBackend(model) : null;
        card = new SimulatedCard { Ignored = ignored, WantsContentBeforeName = !Has(Hardship.Faults) };
        crashes = new CrashPoints(seed, options, model, clock, backend);
        Watch();
        (log, reading) = (Open(), Begin());
    }

    /// <summary>How often the power went or the process was killed in the history itself.</summary>
    public int Ends { get; private set; }

    /// <summary>How often the power went in a copy, and what came out of it.</summary>
    public CrashPoints CrashPoints => crashes;

    /// <summary>How many records were durable.</summary>
    public int DurableCount => model.Epochs.Sum(epoch => epoch.Records.Count(record => record.Durable.IsCompletedSuccessfully));

    /// <summary>How often each sync was asked for.</summary>
    public int[] Syncs { get; } = new int[(int)SyncPoint.All];

    /// <summary>What may befall a history, so that each is met alone and with others.</summary>
    public static Hardship HardshipOf(int seed) => (seed % 8) switch
    {
        0 => Hardship.None,
        1 => Hardship.Tight | Hardship.Untrusted,
        2 => Hardship.Tight | Hardship.Faults,
        3 => Hardship.Tight | Hardship.Rot,
        4 => Hardship.Tight | Hardship.OldImage | Hardship.Untrusted,
        5 => Hardship.Faults | Hardship.Untrusted,
        6 => Hardship.FullCard | Hardship.Tight,
        _ => (Hardship)(seed / 8 % 64),
    };

    public void Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            try
            {
                clock.Advance();
                Step();
            }
            catch (PowerCutException)
            {
                // To the process there is no difference to being killed.
                Reopen(isPowerCut: random.Next(2) == 0);
            }
        }

        card.Failure = (_, _) => 0;
        card.CutAt = null;
        Reopen(isPowerCut: random.Next(2) == 0);
        card.CutAt = null;
        CheckAll();
        NoteSyncs();
    }

    private bool Has(Hardship one) => (hardship & one) != 0;

    private void Step()
    {
        switch (random.Next(22))
        {
            case < 7:
                Append();
                break;
            case < 10:
                log.CommitNow();
                break;
            case < 13 when !isThinned || random.Next(3) == 0:
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
                time.Advance(CommitClock.SaveWindow);
                break;
            case 17:
                card.CutAt = card.Calls + random.Next(1, 12);
                break;
            case 18:
                Suffer();
                break;
            case 19 when random.Next(6) == 0:
                Reopen(isPowerCut: random.Next(2) == 0);
                break;
            case 20 when random.Next(6) == 0:
                RestoreBackend();
                break;
            case 21 when Has(Hardship.Untrusted):
                log.Trust(clock.Trust());
                break;
            default:
                SendEvent();
                break;
        }
    }

    private void Append()
    {
        for (var count = records.NextCount(); count > 0; count--)
        {
            var record = records.Next() with { Clock = clock.Read() };
            var ticket = log.Append(record, random.Next(8) == 0);
            model.Append(isRecord: true, ticket.Id, new ModelItem
            {
                Record = record, TrueMs = clock.TrueMs, Process = process, Durable = ticket.Durable,
            });
        }

        if (random.Next(2) == 0)
        {
            var happening = BufferBench.Event($"type-{happened++}") with
            {
                Clock = clock.Read(),
                Body = Encoding.UTF8.GetBytes($$"""{"what":"{{new string('x', random.Next(600))}}"}"""),
            };
            var ticket = log.AppendEvent(happening);
            model.Append(isRecord: false, ticket.Id, new ModelItem
            {
                Event = happening, TrueMs = clock.TrueMs, Process = process, Durable = ticket.Durable,
            });
        }
    }

    private void Send()
    {
        if (BufferBench.Next(log, random.Next(2) == 0 ? Lane.Live : Lane.Backlog, random.Next(1, 40)) is { } run)
        {
            Store(run);
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
            Store(entry);
            log.MarkEventSent(entry.Epoch, entry.Number);
        }
    }

    private void Store(RecordRun run) => reading.Take(run, (item, record, cause) =>
    {
        if (record is null)
        {
            item.Gone ??= cause;
            return;
        }

        (item.IsStored, item.Gone) = (true, null);
        NoteHandedOut(item, record.TimeMs, record.Stamp);
    });

    private void Store(EventEntry entry)
    {
        if (reading.Take(entry) is not { } item)
        {
            return;
        }

        item.IsStored = true;
        if (entry.Event.Type != "drop")
        {
            NoteHandedOut(item, entry.TimeMs, entry.Stamp);
        }
    }

    // What the card does not take is handed out all the same, and then a power cut may still take it.
    private void NoteHandedOut(ModelItem item, long timeMs, ClockStamp stamp)
    {
        item.WasHandedOut |= item.Process != process || item.Durable.IsCompletedSuccessfully;
        item.HandedOutAt = (timeMs, stamp);
    }

    private void Settle()
    {
        if (backend is null)
        {
            return;
        }

        foreach (var epoch in model.Epochs)
        {
            var receipt = backend.ReceiptOf(epoch);
            HistoryBackend.NoteSettled(epoch, receipt);
            Assert.NotEqual(ReceiptOutcome.Stale, log.Apply(receipt));
        }
    }

    // The gateway hears of it now or later, and the power may go and the card fail meanwhile.
    private void RestoreBackend()
    {
        backend?.Restore(random);
        if (random.Next(2) == 0)
        {
            Settle();
        }
    }

    private void Suffer()
    {
        switch (random.Next(4))
        {
            case 0 when Has(Hardship.Faults):
                Fail();
                break;
            case 1 when Has(Hardship.Rot):
                Rot();
                break;
            case 2 when Has(Hardship.OldImage):
                TakeOrRestoreImage();
                break;
            case 3 when Has(Hardship.FullCard):
                card.Capacity = random.Next(3) == 0 ? long.MaxValue / 2 : random.Next(20, 48) * 1024;
                break;
            default:
                break;
        }
    }

    private void Fail()
    {
        var errno = random.Next(3) == 0 ? SimulatedCard.Eio : SimulatedCard.Enospc;
        var nth = random.Next(1, 12);
        var share = random.Next(1, 4);
        var chance = new Random(random.Next());
        card.Failure = random.Next(5) switch
        {
            0 or 1 => (call, name) => --nth == 0 ? Noted(call, name, errno) : 0,
            2 => (call, name) => SimulatedCard.IsChange(call) && chance.Next(share) == 0 ? errno : 0,
            3 => (call, name) => SimulatedCard.IsChange(call) ? SimulatedCard.Erofs : 0,
            _ => (call, name) => !SimulatedCard.IsChange(call) && chance.Next(share + 3) == 0 ? Noted(call, name, SimulatedCard.Eio) : 0,
        };
    }

    // What could not be read is given up: bytes that fail once are trusted no more.
    private int Noted(string call, string name, int errno)
    {
        model.IsSpoilt |= !SimulatedCard.IsChange(call);
        model.IsSectorSpoilt |= !SimulatedCard.IsChange(call);
        model.IsLedgerSpoilt |= !SimulatedCard.IsChange(call) && name == LedgerFile.Name;
        return errno;
    }

    private void Rot()
    {
        var names = card.Names.Where(name => !name.EndsWith(".bad", StringComparison.Ordinal)).ToList();
        if (names.Count == 0)
        {
            return;
        }

        var name = names[random.Next(names.Count)];
        var file = card.File(name);
        var at = random.Next(3) == 0 ? random.Next(Math.Min(file.Length, 256)) : random.Next(file.Length);
        var isSector = random.Next(4) == 0;
        file.Rot(isSector ? at / 512 * 512 : at, isSector ? 512 : 1, (byte)random.Next(1, 256));
        model.IsSpoilt = true;
        model.IsSectorSpoilt |= isSector;
        model.IsLedgerSpoilt |= name == LedgerFile.Name;
    }

    // Taken while the buffer is at work, as of a card that is pulled; its owner puts it back some time later.
    private void TakeOrRestoreImage()
    {
        if (image is null || random.Next(3) == 0)
        {
            var taken = card.Snapshot();
            taken.CutPower(random);
            image = (taken, model.Promised());
            return;
        }

        NoteSyncs();
        card = image.Value.Card.Snapshot();
        model.Restore(image.Value.Promised);
        Watch();
        clock.Reboot();
        Begin(Open());
    }

    private void Reopen(bool isPowerCut)
    {
        if (random.Next(2) == 0)
        {
            card.Failure = (_, _) => 0;
        }

        while (true)
        {
            Ends++;
            if (isPowerCut)
            {
                card.CutPower(random);
                clock.Reboot();
            }
            else
            {
                card.CutAt = null;
                card.Kill();
            }

            try
            {
                // The power may go again while it opens.
                if (random.Next(4) == 0)
                {
                    card.CutAt = card.Calls + random.Next(1, 20);
                    isPowerCut = true;
                }

                Begin(Open());
                break;
            }
            catch (PowerCutException)
            {
            }
        }

        Settle();
    }

    private SegmentedLog Open() => SegmentedLog.Open(options, time, NullLogger.Instance, card, isByHand: true);

    private void Begin(SegmentedLog opened) => (log, reading) = (opened, Begin());

    private ModelReading Begin() => model.BeginReading(++process);

    private void Watch() => card.BeforeChange = () =>
    {
        if (crashes.Want(crashShare))
        {
            crashes.Try(card);
        }
    };

    private void NoteSyncs()
    {
        for (var point = 0; point < Syncs.Length; point++)
        {
            Syncs[point] += card.Syncs[point];
        }
    }

    private void CheckAll()
    {
        log.Trust(clock.Trust());
        log.CommitNow();
        while (BufferBench.Next(log, Lane.Backlog, 50) is { } run)
        {
            Store(run);
            log.MarkSent(run.Epoch, run.Range);
        }

        while (BufferBench.NextEvent(log) is { } entry)
        {
            Store(entry);
            log.MarkEventSent(entry.Epoch, entry.Number);
        }

        reading.End(item => !item.IsStored && item.Gone is null);
    }

    private string AnyEpoch() =>
        log.Inventory is { Count: > 0 } held ? held[random.Next(held.Count)].Epoch : "abcdefgh";

    private SequenceRange AnyRange()
    {
        var first = random.Next(60);
        return new SequenceRange(first, first + random.Next(40));
    }
}

using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>The buffer: a ring of segments on the card.</summary>
/// <remarks>
/// <para>README.md of this folder states what survives what.</para>
/// <para>Two locks. The gate guards what is in memory and is never held while the card is waited for; the card's lock is
/// taken first where both are needed. Appending takes the gate alone.</para>
/// </remarks>
public sealed class SegmentedLog : IRecordLog
{
    /// <summary>Bytes that wait for a commit at which it is made at once: 256 KiB.</summary>
    public const int CommitBytes = 256 * 1024;

    private readonly Lock gate = new();
    private readonly Lock cardGate = new();
    private readonly BufferOptions options;
    private readonly IDisposable claim;
    private readonly BufferLedger ledger;
    private readonly NumberedStream records;
    private readonly NumberedStream events;
    private readonly Intake intake;
    private readonly Committer committer;
    private readonly CommitClock commitClock;
    private readonly LedgerKeeper keeper;
    private readonly Receipts receipts;
    private readonly LogReader reader;
    private readonly BufferGauge gauge;
    private readonly MediumFault cardFault;
    private readonly ILogger log;
    private TaskCompletionSource changed = Signal();
    private bool isClosed;
    private bool isFaultTold;
    private string? end;

    private SegmentedLog(
        BufferOptions options, TimeProvider time, ILogger log, IDisposable claim, FoundBuffer found, bool isByHand)
    {
        this.options = options;
        this.log = log;
        this.claim = claim;
        (ledger, records, events) = (found.Ledger, found.Records, found.Events);
        commitClock = new CommitClock(time, options.CommitWindow);
        receipts = new Receipts(ledger);
        intake = new Intake(ledger, records, events, commitClock);
        keeper = new LedgerKeeper(
            ledger,
            found.File,
            () => CreateLedger(found.Card, options.BytesMax),
            commitClock,
            new MediumFault("the ledger", "what the backend has is sent again after a restart.", log, TellFault),
            gate);
        cardFault = new MediumFault(
            "the card",
            "new records are kept in memory, 4 MiB of them at most, and a power cut would lose those.",
            log,
            TellFault);
        cardFault.Note(found.Failure);
        committer = new Committer(
            new RoomMaker(found.Card, options.FreeSpaceFloor, gate, keeper.Save, log), cardFault, gate, log);
        reader = new LogReader(ledger.Times, records, events, intake.Waiting, gate, commitClock.SaveLater);
        gauge = new BufferGauge(records, reader, gate);
        if (!found.IsSaved)
        {
            commitClock.SaveNow();
        }

        Committing = isByHand ? Task.CompletedTask : CommitWhenDueAsync();
    }

    /// <inheritdoc/>
    public event Action<string?>? FaultChanged;

    /// <summary>The loop that commits. It ends when the log is closed; before that only by an error in the program, which
    /// ends the process in order: a buffer that takes records and keeps none is worse than a restart.</summary>
    internal Task Committing { get; }

    /// <inheritdoc/>
    public string? Epoch
    {
        get
        {
            lock (gate)
            {
                return intake.Epoch;
            }
        }
    }

    /// <inheritdoc/>
    public BelievedReceipt? Believed
    {
        get
        {
            lock (gate)
            {
                return ledger.Receipt is { } mark ? new BelievedReceipt(mark.By, mark.Generation, mark.Number) : null;
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<HeldEpoch> Inventory
    {
        get
        {
            lock (gate)
            {
                return
                [
                    .. records.Ledger.Epochs
                        .Where(epoch => epoch.FirstHeld <= epoch.Last)
                        .Select(epoch => new HeldEpoch(epoch.Epoch, epoch.FirstHeld, epoch.Last)),
                ];
            }
        }
    }

    /// <inheritdoc/>
    public long NewestMs
    {
        get
        {
            lock (gate)
            {
                return ledger.Times.NewestMs;
            }
        }
    }

    /// <inheritdoc/>
    public BufferStatus Status
    {
        get
        {
            lock (cardGate)
            {
                var oldestMs = isClosed ? null : gauge.OldestUnsettledMs();
                lock (gate)
                {
                    return new BufferStatus(
                        records.Ledger.Epochs.Sum(epoch => epoch.CountUnsettled()),
                        gauge.UnsettledBytes(),
                        oldestMs,
                        records.Bytes + events.Bytes + keeper.Bytes,
                        options.BytesMax,
                        new Dictionary<LossCause, long>(records.Ledger.Lost),
                        end ?? cardFault.Line ?? keeper.Fault);
                }
            }
        }
    }

    /// <summary>Opens the buffer, in whatever state it is. Where the card cannot be used what comes is kept in memory, and
    /// <see cref="Status"/> says so.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="time">For the commit window.</param>
    /// <param name="log">The journal.</param>
    /// <exception cref="IOException">Another process uses the folder, or this one has no right to.</exception>
    public static SegmentedLog Open(BufferOptions options, TimeProvider time, ILogger log) =>
        Open(options, time, log, LinuxCard.At(options.Folder));

    /// <summary>Opens the buffer on any card.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="time">For the commit window.</param>
    /// <param name="log">The journal.</param>
    /// <param name="card">Where the files are.</param>
    /// <param name="isByHand">Whether nothing is committed before <see cref="CommitNow"/>.</param>
    internal static SegmentedLog Open(
        BufferOptions options, TimeProvider time, ILogger log, ICard card, bool isByHand = false)
    {
        IDisposable claim;
        try
        {
            claim = card.Claim();
        }
        catch (IOException e) when (CardErrors.IsOfTheMedium(e))
        {
            card = new DeadCard(e);
            claim = card.Claim();
        }

        return new SegmentedLog(options, time, log, claim, Recovery.Open(card, options.BytesMax, log), isByHand);
    }

    /// <inheritdoc/>
    public AppendTicket Append(BufferedRecord record, bool urgent = false)
    {
        lock (gate)
        {
            return Announced(intake.Take(record, urgent, Refusal()));
        }
    }

    /// <inheritdoc/>
    public AppendTicket AppendEvent(BufferedEvent happening)
    {
        lock (gate)
        {
            return Announced(intake.Take(happening, Refusal()));
        }
    }

    /// <inheritdoc/>
    public void Trust(ClockAnchor anchor)
    {
        lock (gate)
        {
            if (ledger.Times.Trust(anchor))
            {
                commitClock.SaveNow();
            }

            // What is in memory alone need not wait until the card has the anchor.
            intake.Place();
            ledger.OfferAgain();
            Announce();
        }
    }

    /// <inheritdoc/>
    public void StartLive()
    {
        lock (gate)
        {
            intake.StartLive();
            Announce();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RecordRun> NextAsync(Lane lane, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countMax, 1);
        while (true)
        {
            var next = Waiting();
            if (Read(() => reader.NextRun(lane, countMax)) is { } run)
            {
                return run;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<EventEntry> NextEventAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = Waiting();
            if (Read(reader.NextEvent) is { } entry)
            {
                return entry;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void MarkSent(string epoch, SequenceRange range)
    {
        lock (gate)
        {
            records.Ledger.Find(epoch)?.MarkSent(range);
        }
    }

    /// <inheritdoc/>
    public void MarkEventSent(string epoch, long number)
    {
        lock (gate)
        {
            events.Ledger.Find(epoch)?.MarkSent(new SequenceRange(number, number));
        }
    }

    /// <inheritdoc/>
    public long Requeue(string epoch, SequenceRange range)
    {
        lock (gate)
        {
            var count = records.Ledger.Find(epoch)?.Requeue(range) ?? 0;
            Announce();
            return count;
        }
    }

    /// <inheritdoc/>
    public void Replay(string epoch, SequenceRange range)
    {
        lock (gate)
        {
            records.Ledger.Find(epoch)?.Replay(range);
            Announce();
        }
    }

    /// <inheritdoc/>
    public void RequeueEvents()
    {
        lock (gate)
        {
            foreach (var epoch in events.Ledger.Epochs)
            {
                epoch.Requeue(new SequenceRange(0, SequenceRange.SequenceMax));
            }

            Announce();
        }
    }

    /// <inheritdoc/>
    public ReceiptOutcome Apply(Receipt receipt)
    {
        lock (gate)
        {
            var outcome = receipts.Apply(receipt, out var replacesBelief);
            if (replacesBelief)
            {
                commitClock.SaveNow();
                Announce();
            }
            else if (outcome is not (ReceiptOutcome.Stale or ReceiptOutcome.SetBack))
            {
                commitClock.SaveLater();
            }

            return outcome;
        }
    }

    /// <summary>Commits what is pending, saves the ledger and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (isClosed)
            {
                return;
            }

            isClosed = true;
            commitClock.Close();
        }

        // Whoever watches it has its failure.
        await Committing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        CommitNow();
        lock (cardGate)
        {
            GiveUpUnsaved();
            if (commitClock.IsSaveWanted && end is null)
            {
                keeper.TrySave();
            }

            foreach (var ring in records.Rings.Concat(events.Rings))
            {
                ring.Dispose();
            }

            keeper.Dispose();
            commitClock.Dispose();
            claim.Dispose();
        }
    }

    /// <summary>Commits what is pending, and saves the ledger where that is due.</summary>
    internal void CommitNow()
    {
        lock (cardGate)
        {
            List<PendingFrame> frames;
            lock (gate)
            {
                if (end is not null)
                {
                    return;
                }

                frames = intake.Waiting.TakeAll();
                commitClock.NoteCommit();
            }

            try
            {
                Commit(frames);
            }
            catch (Exception e) when (IsTheEnd(e, frames))
            {
                throw;
            }

            lock (gate)
            {
                ledger.TryCard();
                Announce();
            }
        }
    }

    private void Commit(List<PendingFrame> frames)
    {
        if (frames.Count > 0)
        {
            // The ledger says how far the numbers go: without it, damage to the last of them would look like their never
            // having been written.
            commitClock.SaveLater();
        }

        if (committer.Commit(frames) is { } refused)
        {
            lock (gate)
            {
                intake.PutBack(refused.Frames, refused.Reason);
                commitClock.TryAgain();
            }
        }

        if (commitClock.IsSaveDue)
        {
            keeper.TrySave();
        }
    }

    private void GiveUpUnsaved()
    {
        lock (gate)
        {
            var lost = intake.GiveUpAll(new IOException(cardFault.Line ?? "the buffer was closed"));
            if (lost > 0)
            {
                log.LogCritical("buffer: {Lost} records and events were in memory alone and end with the process", lost);
            }
        }
    }

    // At opening the card took none.
    private static LedgerFile CreateLedger(ICard card, long bytesMax)
    {
        var file = LedgerFile.Create(card, BufferShape.For(bytesMax).LedgerSlotBytes);
        try
        {
            card.SyncFolder();
            return file;
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task CommitWhenDueAsync()
    {
        while (await commitClock.WaitAsync())
        {
            CommitNow();
        }
    }

    // A bug. What it leaves on the card is what a kill would leave, so nothing is written any more; and nobody may go on
    // waiting for it.
    private bool IsTheEnd(Exception e, List<PendingFrame> frames)
    {
        log.LogCritical(e, "buffer: an error in the program, nothing is committed any more; pond-gateway ends, please report this");
        lock (gate)
        {
            end = $"an error in the program has ended the buffer: {e.Message}";
            foreach (var ticket in frames.Concat(intake.Waiting.TakeAll()).Select(frame => frame.Ticket))
            {
                if (ticket.TrySetException(new IOException(end, e)))
                {
                    _ = ticket.Task.Exception;
                }
            }

            Announce();
        }

        return true;
    }

    // Of the card and the ledger together: whoever hears that it works again believes it.
    private void TellFault()
    {
        var line = cardFault.Line ?? keeper.Fault;
        if (line is not null || isFaultTold)
        {
            isFaultTold = line is not null;
            FaultChanged?.Invoke(line);
        }
    }

    private Exception? Refusal() => isClosed ? new ObjectDisposedException(nameof(SegmentedLog))
        : end is not null ? new IOException(end)
        : null;

    // What was refused is gone, which is offered at once.
    private AppendTicket Announced(AppendTicket ticket)
    {
        if (ticket.Durable.IsFaulted)
        {
            Announce();
        }

        return ticket;
    }

    private Task Waiting()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            return end is null ? changed.Task : throw new IOException(end);
        }
    }

    private void Announce()
    {
        changed.TrySetResult();
        changed = Signal();
    }

    private T? Read<T>(Func<T?> read)
        where T : class
    {
        lock (cardGate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            return read();
        }
    }
}

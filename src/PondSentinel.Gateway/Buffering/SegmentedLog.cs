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

    /// <summary>Most bytes that wait for a card that does not answer: 4 MiB. What comes then is lost.</summary>
    public const int PendingBytesMax = 4 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly Lock cardGate = new();
    private readonly BufferOptions options;
    private readonly IDisposable claim;
    private readonly BufferLedger ledger;
    private readonly LedgerFile ledgerFile;
    private readonly NumberedStream records;
    private readonly NumberedStream events;
    private readonly Committer committer;
    private readonly CommitClock commitClock;
    private readonly Receipts receipts;
    private readonly LogReader reader;
    private readonly BufferGauge gauge;
    private readonly MediumFault ledgerFault;
    private readonly ILogger log;
    private List<PendingFrame> pending = [];
    private long pendingBytes;
    private TaskCompletionSource changed = Signal();
    private bool liveFromTheStart;
    private bool isClosed;
    private string? end;

    private SegmentedLog(
        BufferOptions options, TimeProvider time, ILogger log, ICard card, IDisposable claim, FoundBuffer found, bool isByHand)
    {
        this.options = options;
        this.log = log;
        this.claim = claim;
        (ledger, ledgerFile, records, events, var isSaved) = found;
        receipts = new Receipts(ledger);
        committer = new Committer(new RoomMaker(card, options.FreeSpaceFloor, gate, SaveLedger, log), gate, log);
        commitClock = new CommitClock(time, options.CommitWindow);
        reader = new LogReader(ledger.Times, records, events, gate, commitClock.SaveLater);
        gauge = new BufferGauge(records, reader, gate);
        ledgerFault = new MediumFault("the ledger", "what the backend has is sent again after a restart.", log);
        if (!isSaved)
        {
            commitClock.SaveNow();
        }

        Committing = isByHand ? Task.CompletedTask : CommitWhenDueAsync();
    }

    /// <summary>The loop that commits. It ends when the log is closed; before that only by an error in the program, which
    /// ends the process in order: a buffer that takes records and keeps none is worse than a restart.</summary>
    internal Task Committing { get; }

    /// <inheritdoc/>
    public string? Epoch { get; private set; }

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
                        records.Ledger.Epochs.Sum(epoch => epoch.Unsettled.Sum(range => range.Count)),
                        gauge.UnsettledBytes(),
                        oldestMs,
                        records.Ring.Bytes + events.Ring.Bytes + ledgerFile.Bytes,
                        options.BytesMax,
                        new Dictionary<LossCause, long>(records.Ledger.Lost),
                        end ?? committer.Fault ?? ledgerFault.Line);
                }
            }
        }
    }

    /// <summary>Opens the buffer, in whatever state it is.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="time">For the commit window.</param>
    /// <param name="log">The journal.</param>
    /// <exception cref="IOException">Another process uses the folder, or it cannot be written.</exception>
    public static SegmentedLog Open(BufferOptions options, TimeProvider time, ILogger log) =>
        Open(options, time, log, new LinuxCard(options.Folder));

    /// <summary>Opens the buffer on any card.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="time">For the commit window.</param>
    /// <param name="log">The journal.</param>
    /// <param name="card">Where the files are.</param>
    /// <param name="isByHand">Whether nothing is committed before <see cref="CommitNow"/>.</param>
    internal static SegmentedLog Open(
        BufferOptions options, TimeProvider time, ILogger log, ICard card, bool isByHand = false)
    {
        var claim = card.Claim();
        try
        {
            var found = new Recovery(card, options.BytesMax, log).Open();
            return new SegmentedLog(options, time, log, card, claim, found, isByHand);
        }
        catch (IOException)
        {
            claim.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public AppendTicket Append(BufferedRecord record, bool urgent = false)
    {
        lock (gate)
        {
            var clock = ledger.Times.Place(record.Clock);
            ledger.Times.NoteAppended(clock);
            return Take(records, record.Site, RecordBody.Version, RecordBody.Write(record with { Clock = clock }), urgent);
        }
    }

    /// <inheritdoc/>
    public AppendTicket AppendEvent(BufferedEvent happening)
    {
        lock (gate)
        {
            var clock = ledger.Times.Place(happening.Clock);
            ledger.Times.NoteAppended(clock);
            return Take(events, happening.Site, EventBody.Version, EventBody.Write(happening with { Clock = clock }), urgent: true);
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
        }
    }

    /// <inheritdoc/>
    public void StartLive()
    {
        lock (gate)
        {
            foreach (var epoch in records.Ledger.Epochs)
            {
                epoch.EndLive();
            }

            liveFromTheStart = true;
            Own(records)?.StartLive();
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
            else if (outcome != ReceiptOutcome.Stale)
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
            if (commitClock.IsSaveWanted && end is null)
            {
                TrySaveLedger();
            }

            records.Ring.Dispose();
            events.Ring.Dispose();
            ledgerFile.Dispose();
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

                frames = pending;
                (pending, pendingBytes) = ([], 0);
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

        // Both, whatever becomes of the first.
        var isDurable = committer.Commit(records, [.. frames.Where(frame => frame.Stream == records)])
            & committer.Commit(events, [.. frames.Where(frame => frame.Stream == events)]);
        if (!isDurable || commitClock.IsSaveDue)
        {
            TrySaveLedger();
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
            foreach (var ticket in frames.Concat(pending).Select(frame => frame.Ticket))
            {
                if (ticket.TrySetException(new IOException(end, e)))
                {
                    _ = ticket.Task.Exception;
                }
            }

            (pending, pendingBytes) = ([], 0);
            Announce();
        }

        return true;
    }

    private AppendTicket Take(NumberedStream stream, string site, byte version, byte[] body, bool urgent)
    {
        var epoch = Begin(stream, site);
        var id = new RecordId(epoch.Epoch, epoch.Give());
        var size = Frame.SizeOf(body.Length);
        if (Refusal(stream, body.Length, size) is { } refusal)
        {
            stream.Ledger.Lose(epoch, new SequenceRange(id.Sequence, id.Sequence), LossCause.Bad);
            if (id.Sequence == epoch.Last + 1)
            {
                epoch.Reach(id.Sequence);
            }

            commitClock.SaveLater();
            Announce();
            var refused = Task.FromException(refusal);
            _ = refused.Exception;
            return new AppendTicket(id, refused);
        }

        var ticket = Signal();
        pending.Add(new PendingFrame(
            stream, epoch, id.Sequence, Frame.Make(stream.Kind, version, epoch.Epoch, id.Sequence, body), ticket));
        pendingBytes += size;
        commitClock.NoteAppend(urgent || pendingBytes >= CommitBytes);
        return new AppendTicket(id, ticket.Task);
    }

    private Exception? Refusal(NumberedStream stream, int bodyBytes, int size)
    {
        if (isClosed)
        {
            return new ObjectDisposedException(nameof(SegmentedLog));
        }

        if (end is not null)
        {
            return new IOException(end);
        }

        if (bodyBytes > Frame.BodyBytesMax || size > stream.Ring.SegmentBytes - Segment.HeaderBytes)
        {
            return new IOException($"{bodyBytes} bytes are more than the buffer takes in one piece.");
        }

        return pendingBytes + size > PendingBytesMax
            ? new IOException("The card has not answered for so long that no more can wait for it.")
            : null;
    }

    // A site belongs to an epoch, and an epoch to one process.
    private EpochLedger Begin(NumberedStream stream, string site)
    {
        if (Own(stream) is { } own && string.Equals(own.Site, site, StringComparison.Ordinal))
        {
            return own;
        }

        if (Epoch is null || Own(stream) is not null)
        {
            Epoch = Names.NewEpoch();
        }

        var epoch = new EpochLedger(Epoch, site, isOwn: true);
        if (liveFromTheStart)
        {
            epoch.StartLive();
        }

        stream.Ledger.Add(epoch);
        return epoch;
    }

    private EpochLedger? Own(NumberedStream stream) => Epoch is null ? null : stream.Ledger.Find(Epoch);

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

    private void SaveLedger()
    {
        byte[] body;
        int anchors;
        lock (gate)
        {
            body = LedgerBody.Write(ledger, ledgerFile.BodyBytesMax, out anchors);
            commitClock.NoteSave();
        }

        ledgerFile.Save(body);
        lock (gate)
        {
            ledger.Times.MarkDurable(anchors);
            foreach (var epoch in records.Ledger.Epochs.Concat(events.Ledger.Epochs))
            {
                epoch.AwaitsTime = false;
            }
        }
    }

    private void TrySaveLedger()
    {
        try
        {
            SaveLedger();
            ledgerFault.Note(null);
        }
        catch (IOException e)
        {
            ledgerFault.Note(e);
            commitClock.SaveLater();
        }
    }
}

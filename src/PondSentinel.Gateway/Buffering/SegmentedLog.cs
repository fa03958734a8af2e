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
    private readonly MediumFault ledgerFault;
    private readonly ILogger log;
    private readonly Task committing;
    private List<PendingFrame> pending = [];
    private long pendingBytes;
    private TaskCompletionSource changed = Signal();
    private bool liveFromTheStart;
    private (RecordId Id, long? TimeMs)? oldest;
    private bool isClosed;

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
        ledgerFault = new MediumFault("the ledger", "what the backend has is sent again after a restart.", log);
        if (!isSaved)
        {
            commitClock.SaveNow();
        }

        committing = isByHand ? Task.CompletedTask : CommitWhenDueAsync();
    }

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
    public BufferStatus Status
    {
        get
        {
            lock (cardGate)
            {
                var oldestMs = OldestUnsettledMs();
                lock (gate)
                {
                    return new BufferStatus(
                        records.Ledger.Epochs.Sum(epoch => epoch.Unsettled.Sum(range => range.Count)),
                        UnsettledBytes(),
                        oldestMs,
                        records.Ring.Bytes + events.Ring.Bytes + ledgerFile.Bytes,
                        options.BytesMax,
                        new Dictionary<LossCause, long>(records.Ledger.Lost),
                        committer.Fault ?? ledgerFault.Line);
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
            if (ReadRun(lane, countMax) is { } run)
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
            if (ReadEvent() is { } entry)
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

    /// <summary>Commits what is pending and closes the files.</summary>
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

        await committing;
        CommitNow();
        lock (cardGate)
        {
            if (commitClock.IsSaveWanted)
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
                frames = pending;
                (pending, pendingBytes) = ([], 0);
                commitClock.NoteCommit();
            }

            // Both, whatever becomes of the first.
            var isDurable = committer.Commit(records, [.. frames.Where(frame => frame.Stream == records)])
                & committer.Commit(events, [.. frames.Where(frame => frame.Stream == events)]);
            if (!isDurable || commitClock.IsSaveDue)
            {
                TrySaveLedger();
            }

            lock (gate)
            {
                Announce();
            }
        }
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task CommitWhenDueAsync()
    {
        try
        {
            while (await commitClock.WaitAsync())
            {
                CommitNow();
            }
        }
        catch (Exception e) when (IsReported(e))
        {
            throw;
        }
    }

    // A bug; but one that ends the commits must not do so in silence.
    private bool IsReported(Exception e)
    {
        log.LogCritical(e, "buffer: nothing is committed any more; restart pond-gateway and report this");
        return false;
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
            return changed.Task;
        }
    }

    private void Announce()
    {
        changed.TrySetResult();
        changed = Signal();
    }

    private RecordRun? ReadRun(Lane lane, int countMax)
    {
        lock (cardGate)
        {
            while (NextOf(records, lane) is var (epoch, range))
            {
                var builder = new RunBuilder(epoch, countMax, record => FinalOf(record.Clock));
                Read(records, epoch, range with { Last = Math.Min(range.Last, range.First + Batch.RangeMax - 1) }, builder);
                lock (gate)
                {
                    if (builder.Run is { } run)
                    {
                        epoch.Offer(run.Range);
                        return run;
                    }

                    epoch.AwaitsTime = builder.AwaitsTime;
                }
            }

            return null;
        }
    }

    private EventEntry? ReadEvent()
    {
        lock (cardGate)
        {
            while (NextOf(events, Lane.Backlog) is var (epoch, range))
            {
                var now = ledger.Times.NewestMs;
                var picker = new EventPicker(
                    epoch,
                    happening => FinalOf(happening.Clock),
                    (now, new ClockStamp(ClockSource.Est, now - BootTimes.EarliestMs)));
                Read(events, epoch, range with { Last = range.First }, picker);
                lock (gate)
                {
                    if (picker.Entry is { } entry)
                    {
                        epoch.Offer(new SequenceRange(entry.Number, entry.Number));
                        return entry;
                    }

                    epoch.AwaitsTime = picker.AwaitsTime;
                }
            }

            return null;
        }
    }

    private void Read(NumberedStream stream, EpochLedger epoch, SequenceRange range, IFrameReader reader)
    {
        ObjectDisposedException.ThrowIf(isClosed, this);
        var reading = new StreamReader(stream, gate);
        reading.Read(epoch, range, reader);
        if (reading.FoundBad)
        {
            commitClock.SaveLater();
        }
    }

    private (EpochLedger Epoch, SequenceRange Range)? NextOf(NumberedStream stream, Lane lane)
    {
        lock (gate)
        {
            foreach (var epoch in stream.Ledger.Epochs)
            {
                if (epoch.Next(lane) is { } range)
                {
                    return (epoch, range);
                }
            }

            return null;
        }
    }

    private (long TimeMs, ClockStamp Stamp)? FinalOf(ClockReading clock)
    {
        lock (gate)
        {
            return ledger.Times.FinalOf(clock);
        }
    }

    private void SaveLedger()
    {
        byte[] body;
        int anchors;
        lock (gate)
        {
            body = LedgerBody.Write(ledger, ledgerFile.BodyBytesMax);
            anchors = ledger.Times.Anchors.Count;
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

    private long? OldestUnsettledMs()
    {
        EpochLedger epoch;
        SequenceRange range;
        lock (gate)
        {
            if (records.Ledger.Epochs.FirstOrDefault(candidate => candidate.Unsettled.Any()) is not { } found)
            {
                return null;
            }

            (epoch, range) = (found, found.Unsettled.First());
        }

        var id = new RecordId(epoch.Epoch, range.First);
        if (isClosed || (oldest is { } known && known.Id == id && known.TimeMs is not null))
        {
            return oldest?.TimeMs;
        }

        var builder = new RunBuilder(epoch, recordsMax: 1, record => FinalOf(record.Clock));
        Read(records, epoch, range with { Last = range.First }, builder);
        oldest = (id, builder.Run is { Records: [var record, ..] } ? record.TimeMs : null);
        return oldest.Value.TimeMs;
    }

    private long UnsettledBytes()
    {
        double bytes = 0;
        foreach (var stretch in records.Ring.Segments.SelectMany(segment => segment.Stretches))
        {
            if (records.Ledger.Find(stretch.Epoch) is { } epoch)
            {
                var unsettled = epoch.UnsettledWithin(stretch.Range).Sum(range => range.Count);
                bytes += (double)stretch.Bytes * unsettled / stretch.Range.Count;
            }
        }

        return (long)bytes;
    }
}

using System.Globalization;
using Microsoft.Extensions.Logging;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A buffer as it was found on the card.</summary>
/// <param name="Ledger">What is known of each number.</param>
/// <param name="File">Where that is kept.</param>
/// <param name="Records">The records.</param>
/// <param name="Events">The events.</param>
/// <param name="IsSaved">Whether the ledger on the card says what this one says.</param>
internal sealed record FoundBuffer(
    BufferLedger Ledger, LedgerFile File, NumberedStream Records, NumberedStream Events, bool IsSaved);

/// <summary>Opens a buffer in whatever state it is. What cannot be read is set aside under a name that ends in
/// <c>.bad</c>, and what is missing is accounted for as gone.</summary>
/// <param name="card">The card.</param>
/// <param name="bytesMax">Most bytes of all files.</param>
/// <param name="log">The journal.</param>
internal sealed class Recovery(ICard card, long bytesMax, ILogger log)
{
    private const string RecordPrefix = "r";
    private const string EventPrefix = "e";
    private const string SetAsideSuffix = ".bad";

    private readonly BufferShape shape = BufferShape.For(bytesMax);
    private long setAsideBytes;

    /// <summary>Opens it; what comes back is durable as it is.</summary>
    /// <exception cref="IOException">The folder cannot be read, or has no room for an empty ledger.</exception>
    public FoundBuffer Open()
    {
        BoundSetAside();
        try
        {
            return Find();
        }
        catch (NewerFormatException e)
        {
            log.LogError(
                "buffer: it cannot be used ({Reason}); its files are set aside as *{Suffix} and a new one is begun",
                e.Message, SetAsideSuffix);
            foreach (var name in card.List().Where(IsOurs))
            {
                SetAside(name);
            }

            return Find();
        }
    }

    private static bool IsOurs(string name) =>
        string.Equals(name, LedgerFile.Name, StringComparison.Ordinal)
        || Segment.TryParseName(RecordPrefix, name, out _)
        || Segment.TryParseName(EventPrefix, name, out _);

    private FoundBuffer Find()
    {
        var names = card.List();
        var file = LedgerFile.TryOpen(card, shape.LedgerSlotBytes, out var body);
        List<IDisposable> opened = file is null ? [] : [file];
        try
        {
            var known = body is null ? null : LedgerBody.Read(body) ?? throw new NewerFormatException("ledger");
            var ledger = known ?? new BufferLedger();
            var events = FindStream(
                FrameKind.Event, EventPrefix, shape.EventSegmentBytes, shape.EventBytesMax, ledger, ledger.Events, names, opened, known is null);
            var records = FindStream(
                FrameKind.Record, RecordPrefix, shape.SegmentBytes, 0, ledger, ledger.Records, names, opened, known is null);
            file ??= Begin(names, known is null && (records.Ring.Segments.Count > 0 || events.Ring.Segments.Count > 0), opened);
            records = records with
            {
                BytesMax = bytesMax - shape.EventBytesMax - file.Bytes - setAsideBytes,
            };
            var areNamesDurable = TrySync(records, events);
            Account(records, known is null, areNamesDurable);
            Account(events, known is null, areNamesDurable);
            ledger.Times.KeepUsed();
            var isSaved = TrySave(ledger, file);
            if (isSaved)
            {
                DropEmpty(records);
                DropEmpty(events);
            }

            return new FoundBuffer(ledger, file, records, events, isSaved);
        }
        catch (Exception e) when (e is NewerFormatException or IOException)
        {
            opened.ForEach(closing => closing.Dispose());
            throw;
        }
    }

    private LedgerFile Begin(IReadOnlyList<string> names, bool isLost, List<IDisposable> opened)
    {
        if (isLost)
        {
            log.LogError(
                "buffer: the ledger of what the backend has cannot be read; everything still held is sent again");
        }

        if (names.Contains(LedgerFile.Name))
        {
            SetAside(LedgerFile.Name);
        }

        var file = LedgerFile.Create(card, shape.LedgerSlotBytes);
        opened.Add(file);
        return file;
    }

    private NumberedStream FindStream(
        FrameKind kind, string prefix, int segmentBytes, long streamBytesMax, BufferLedger ledger, StreamLedger stream,
        IReadOnlyList<string> names, List<IDisposable> opened, bool isLost)
    {
        var ring = new SegmentRing(card, prefix, segmentBytes);
        opened.Add(ring);
        ledger.Times.BeginStream();
        var numbered = names
            .Select(name => (Name: name, IsSegment: Segment.TryParseName(prefix, name, out var number), Number: number))
            .Where(file => file.IsSegment)
            .OrderBy(file => file.Number);
        foreach (var (name, _, number) in numbered)
        {
            ring.NoteNumber(number);
            if (TryOpen(name, number, kind, ledger, stream) is { } segment)
            {
                ring.Restore(segment);
            }
        }

        if (ring.Tail is { IsDamaged: true })
        {
            ring.Retire();
        }

        if (isLost)
        {
            ForgetBelow(ring, stream);
        }

        return new NumberedStream(kind, ring, stream, streamBytesMax);
    }

    // A process that was killed may have left frames and names in the cache of the kernel alone. They are only offered
    // once they are on the card, and so are the names that this opening has given. Where that fails, at least nothing is
    // written behind them.
    private bool TrySync(NumberedStream records, NumberedStream events)
    {
        try
        {
            records.Ring.Tail?.Sync();
            events.Ring.Tail?.Sync();
            card.SyncFolder();
            return true;
        }
        catch (IOException e)
        {
            log.LogError("buffer: what an earlier run left cannot be written to the card: {Reason}", e.Message);
            records.Ring.Retire();
            events.Ring.Retire();
            return false;
        }
    }

    private bool TrySave(BufferLedger ledger, LedgerFile file)
    {
        try
        {
            file.Save(LedgerBody.Write(ledger, file.BodyBytesMax, out var anchors));
            ledger.Times.MarkDurable(anchors);
            return true;
        }
        catch (IOException e)
        {
            log.LogError("buffer: the ledger cannot be written to the card: {Reason}", e.Message);
            return false;
        }
    }

    private Segment? TryOpen(string name, ulong number, FrameKind kind, BufferLedger ledger, StreamLedger stream)
    {
        try
        {
            var segment = Segment.Open(card, name, number, (epoch, frame) => Note(epoch, frame, kind, ledger, stream));
            if (!segment.IsUnreadable)
            {
                return segment;
            }

            segment.Dispose();
            log.LogError("buffer: nothing in {Segment} can be read; it is set aside", name);
            SetAside(name);
            return null;
        }
        catch (IOException e)
        {
            log.LogError("buffer: {Segment} cannot be opened and is set aside: {Reason}", name, e.Message);
            SetAside(name);
            return null;
        }
    }

    private static void Note(string epoch, StoredFrame frame, FrameKind kind, BufferLedger ledger, StreamLedger stream)
    {
        if (frame.Kind != kind)
        {
            return;
        }

        var known = stream.Find(epoch);
        if (known is null)
        {
            known = new EpochLedger(epoch, site: "", isOwn: false);
            stream.Add(known);
        }

        if (known.Site.Length == 0)
        {
            known.LearnSite(kind == FrameKind.Record
                ? RecordBody.Read(frame.Version, frame.Body)?.Site
                : EventBody.Read(frame.Version, frame.Body)?.Site);
        }

        known.Reach(frame.Number);
        var fields = new FieldReader(frame.Body);
        var clock = ClockFields.Read(ref fields);
        if (!fields.Failed)
        {
            ledger.Times.NoteFound(clock);
        }
    }

    // Segments that hold nothing: never written to, or left over from a recycling that a power cut undid. Not before the
    // ledger is saved: of one that was killed while it saved, what says that they hold nothing is in the cache of the kernel
    // alone.
    private static void DropEmpty(NumberedStream stream)
    {
        var empty = stream.Ring.Segments.Where(segment => segment != stream.Ring.Tail && segment.Stretches.All(stretch =>
            stream.Ledger.Find(stretch.Epoch) is { } epoch && !epoch.IsHeld(stretch.Range))).ToList();
        empty.ForEach(stream.Ring.Drop);
    }

    // Without the ledger nobody knows what became of the numbers before the first that is held. The backend does.
    private static void ForgetBelow(SegmentRing ring, StreamLedger stream)
    {
        foreach (var epoch in stream.Epochs)
        {
            if (ring.FirstAbove(epoch.Epoch, -1) is { } first and > 0)
            {
                var before = new SequenceRange(0, first - 1);
                epoch.Lose(before, LossCause.Full);
                epoch.Settled.Add(before);
            }
        }
    }

    // Every number up to the last is in a segment or gone. What is neither cannot be read any more.
    private void Account(NumberedStream stream, bool isLost, bool areNamesDurable)
    {
        var sites = stream.Ledger.Epochs.Select(epoch => epoch.Site).FirstOrDefault(site => site.Length > 0);
        foreach (var epoch in stream.Ledger.Epochs.Where(epoch => epoch.Last >= 0))
        {
            var held = new IntervalSet(int.MaxValue);
            foreach (var stretch in stream.Ring.Segments.SelectMany(segment => segment.Stretches))
            {
                if (string.Equals(stretch.Epoch, epoch.Epoch, StringComparison.Ordinal))
                {
                    held.Add(stretch.Range);
                }
            }

            epoch.LearnSite(sites);
            var before = stream.Ledger.Lost[LossCause.Bad];
            foreach (var missing in held.Outside(new SequenceRange(0, epoch.Last)).ToList())
            {
                stream.Ledger.Lose(epoch, missing, LossCause.Bad);
            }

            var lost = stream.Ledger.Lost[LossCause.Bad] - before;
            if (lost > 0 && !isLost)
            {
                log.LogError("buffer: {Lost} numbers of epoch {Epoch} cannot be read any more", lost, epoch.Epoch);
            }
        }

        // A deleted segment whose deletion is not durable may come back.
        if (areNamesDurable)
        {
            stream.Ledger.Prune(epoch => stream.Ring.FirstAbove(epoch.Epoch, -1) is not null);
        }
    }

    private void SetAside(string name)
    {
        try
        {
            card.Rename(name, NameForBad(name));
        }
        catch (IOException e)
        {
            log.LogError("buffer: {File} cannot even be set aside: {Reason}", name, e.Message);
        }
    }

    private string NameForBad(string name)
    {
        var taken = card.List();
        var attempt = 0;
        string free;
        do
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{name}.{attempt++}{SetAsideSuffix}");
        }
        while (taken.Contains(free));

        return free;
    }

    // Evidence is kept, but not for ever: it takes room that new records need.
    private void BoundSetAside()
    {
        var found = card.List().Where(name => name.EndsWith(SetAsideSuffix, StringComparison.Ordinal));
        foreach (var name in found.OrderDescending(StringComparer.Ordinal))
        {
            long length;
            try
            {
                using var file = card.Open(name);
                length = file.Length;
            }
            catch (IOException)
            {
                // It is taken for what it most likely is.
                length = shape.SegmentBytes;
            }

            if (setAsideBytes + length <= shape.SetAsideBytesMax)
            {
                setAsideBytes += length;
            }
            else
            {
                TryDelete(name);
            }
        }
    }

    private void TryDelete(string name)
    {
        try
        {
            card.Delete(name);
        }
        catch (IOException e)
        {
            log.LogWarning("buffer: {File} is not needed any more and cannot be deleted: {Reason}", name, e.Message);
        }
    }
}

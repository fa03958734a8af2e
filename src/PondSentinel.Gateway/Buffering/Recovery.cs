using System.Globalization;
using Microsoft.Extensions.Logging;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A buffer as it was found on the card.</summary>
/// <param name="Card">The card that it lives on from now on.</param>
/// <param name="Ledger">What is known of each number.</param>
/// <param name="File">Where that is kept; null where the card does not take one.</param>
/// <param name="Records">The records.</param>
/// <param name="Events">The events.</param>
/// <param name="IsSaved">Whether the ledger on the card says what this one says.</param>
/// <param name="Failure">Why the card cannot be used at all; null where it can.</param>
internal sealed record FoundBuffer(
    ICard Card,
    BufferLedger Ledger,
    LedgerFile? File,
    NumberedStream Records,
    NumberedStream Events,
    bool IsSaved,
    IOException? Failure = null);

/// <summary>Opens a buffer in whatever state it is. What cannot be read is set aside under a name that ends in
/// <c>.bad</c>, and what is missing is accounted for as gone.</summary>
internal sealed class Recovery
{
    /// <summary>How the name of a file ends that was set aside as unreadable.</summary>
    public const string SetAsideSuffix = ".bad";

    private const string RecordPrefix = "r";
    private const string EventPrefix = "e";

    private readonly ICard card;
    private readonly long bytesMax;
    private readonly ILogger log;
    private readonly BufferShape shape;
    private long setAsideBytes;

    private Recovery(ICard card, long bytesMax, ILogger log)
    {
        (this.card, this.bytesMax, this.log) = (card, bytesMax, log);
        shape = BufferShape.For(bytesMax);
    }

    /// <summary>Opens it; what comes back is durable as it is. It always opens: on a card that cannot even be looked at it
    /// is empty, and keeps in memory what comes.</summary>
    /// <param name="card">The card.</param>
    /// <param name="bytesMax">Most bytes of all files.</param>
    /// <param name="log">The journal.</param>
    public static FoundBuffer Open(ICard card, long bytesMax, ILogger log)
    {
        if (card is DeadCard dead)
        {
            return OpenInMemory(dead, bytesMax, log);
        }

        try
        {
            return new Recovery(card, bytesMax, log).Open();
        }
        catch (IOException e)
        {
            return OpenInMemory(new DeadCard(e), bytesMax, log);
        }
    }

    private static FoundBuffer OpenInMemory(DeadCard card, long bytesMax, ILogger log)
    {
        log.LogCritical(
            "buffer: the card cannot be used ({Reason}); what is measured is kept in memory until pond-gateway is started again; "
            + "check the card, its file system and its mount",
            card.Reason.Message);
        return new Recovery(card, bytesMax, log).Open() with { Failure = card.Reason };
    }

    private FoundBuffer Open()
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
            foreach (var name in List().Where(IsOurs))
            {
                SetAside(name);
            }
        }

        try
        {
            return Find();
        }
        catch (NewerFormatException e)
        {
            throw new IOException($"files of a later pond-gateway ({e.Message}) cannot be set aside", e);
        }
    }

    /// <summary>Whether a file is one of a buffer, by its name.</summary>
    /// <param name="name">The name.</param>
    public static bool IsOurs(string name) =>
        string.Equals(name, LedgerFile.Name, StringComparison.Ordinal)
        || Segment.TryParseName(RecordPrefix, name, out _)
        || Segment.TryParseName(ThinnedRing.Prefix, name, out _)
        || Segment.TryParseName(EventPrefix, name, out _);

    private FoundBuffer Find()
    {
        var names = List();
        var file = LedgerFile.TryOpen(card, shape.LedgerSlotBytes, out var body);
        List<IDisposable> opened = file is null ? [] : [file];
        try
        {
            var known = body is null ? null : LedgerBody.Read(body);
            if (body is not null && known is null)
            {
                // Somebody else wrote it.
                file?.Dispose();
                file = LedgerBody.IsNewer(body) ? throw new NewerFormatException("ledger") : null;
            }

            var ledger = known ?? new BufferLedger();
            ledger.Times.BeginStream();
            var events = FindStream(
                FrameKind.Event, EventPrefix, shape.EventSegmentBytes, shape.EventBytesMax, ledger, ledger.Events, names, opened);

            ledger.Times.BeginStream();
            var told = new ThinnedNumbers(ledger.Records);
            var thinned = FindThinned(told, ledger, names, opened);
            var records = FindStream(
                FrameKind.Record, RecordPrefix, shape.SegmentBytes, 0, ledger, ledger.Records, names, opened) with { Thinned = thinned };

            // What is thinned is older than what is whole, but a power cut in the middle of a thinning leaves only some of it.
            ledger.Times.BeginStream();
            thinned.Ring.Segments.ToList().ForEach(segment => NoteClocks(segment.Contents, ledger));
            if (known is null)
            {
                ForgetBelow(records);
                ForgetBelow(events);
            }

            file ??= TryBegin(names, known is null && records.Rings.Concat(events.Rings).Any(ring => ring.Segments.Count > 0), opened);
            records = records with
            {
                BytesMax = bytesMax - shape.EventBytesMax - (2 * shape.LedgerSlotBytes) - setAsideBytes,
            };
            var areNamesDurable = TrySync(records, events);
            Account(records, told, known is null, areNamesDurable);
            Account(events, null, known is null, areNamesDurable);
            ledger.Times.KeepUsed();
            var isSaved = TrySave(ledger, file);
            WipeRemains(thinned.Ring, isSaved);
            WipeRemains(records.Ring, isSaved);
            WipeRemains(events.Ring, isSaved);
            if (isSaved)
            {
                DropEmpty(records);
                DropEmpty(events);
            }

            return new FoundBuffer(card, ledger, file, records, events, isSaved);
        }
        catch (Exception e) when (e is NewerFormatException or IOException)
        {
            opened.ForEach(closing => closing.Dispose());
            throw;
        }
    }

    private LedgerFile? TryBegin(IReadOnlyList<string> names, bool isLost, List<IDisposable> opened)
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

        try
        {
            var file = LedgerFile.Create(card, shape.LedgerSlotBytes);
            opened.Add(file);
            return file;
        }
        catch (IOException e)
        {
            log.LogError("buffer: the card takes no ledger: {Reason}", e.Message);
            return null;
        }
    }

    private IReadOnlyList<string> List() => CardErrors.Insist(card.List);

    private NumberedStream FindStream(
        FrameKind kind, string prefix, int segmentBytes, long streamBytesMax, BufferLedger ledger, StreamLedger stream,
        IReadOnlyList<string> names, List<IDisposable> opened)
    {
        var ring = new SegmentRing(card, prefix, segmentBytes);
        opened.Add(ring);
        List<(Remains Remains, Stretch? Before)> torn = [];
        foreach (var (name, number) in Numbered(prefix, names))
        {
            ring.NoteNumber(number);
            var before = torn.Count;
            if (TryOpen(name, number, ring, torn) is { } segment)
            {
                NoteNumbers(segment.Contents, stream);
                NoteClocks(segment.Contents, ledger);
                ring.Restore(segment);
            }

            // Before the epochs of later segments.
            torn.Skip(before).ToList().ForEach(found => NoteBegun(found.Remains, found.Before, stream));
        }

        NoteRemains(torn, stream);
        if (ring.Tail is { IsDamaged: true })
        {
            ring.Retire();
        }

        return new NumberedStream(kind, ring, stream, streamBytesMax);
    }

    // Remains of a thinning are of no account: what they would have stood for is still there.
    private ThinnedRing FindThinned(
        ThinnedNumbers told, BufferLedger ledger, IReadOnlyList<string> names, List<IDisposable> opened)
    {
        var ring = new SegmentRing(card, ThinnedRing.Prefix, shape.SegmentBytes);
        opened.Add(ring);
        foreach (var (name, number) in Numbered(ThinnedRing.Prefix, names))
        {
            ring.NoteNumber(number);
            if (TryOpen(name, number, ring, []) is { } segment)
            {
                NoteNumbers(segment.Contents, ledger.Records);
                told.Note(segment);
                ring.Restore(segment);
            }
        }

        var thinned = new ThinnedRing(ring);
        thinned.Restore();
        return thinned;
    }

    private static IEnumerable<(string Name, ulong Number)> Numbered(string prefix, IReadOnlyList<string> names) => names
        .Select(name => (Name: name, IsSegment: Segment.TryParseName(prefix, name, out var number), Number: number))
        .Where(file => file.IsSegment)
        .OrderBy(file => file.Number)
        .Select(file => (file.Name, file.Number));

    // A process that was killed may have left frames and names in the cache of the kernel alone. They are only offered
    // once they are on the card, and so are the names that this opening has given. Where that fails, at least nothing is
    // written behind them.
    private bool TrySync(NumberedStream records, NumberedStream events)
    {
        try
        {
            records.Thinned?.Sync();
            records.Ring.Tail?.Sync();
            events.Ring.Tail?.Sync();
            card.SyncFolder();
            return true;
        }
        catch (IOException e)
        {
            log.LogError("buffer: what an earlier run left cannot be written to the card: {Reason}", e.Message);
            foreach (var ring in records.Rings.Concat(events.Rings))
            {
                ring.Retire();
            }

            return false;
        }
    }

    private bool TrySave(BufferLedger ledger, LedgerFile? file)
    {
        if (file is null)
        {
            return false;
        }

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

    private Segment? TryOpen(
        string name, ulong number, SegmentRing ring, List<(Remains Remains, Stretch? Before)> torn)
    {
        try
        {
            var segment = CardErrors.Insist(() => Segment.Open(card, name, number));
            if (segment.Remains is { } remains)
            {
                var before = ring.Segments.Append(segment).LastOrDefault(other => other.Stretches.Count > 0);
                torn.Add((remains, before?.Stretches[^1]));
            }

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

    private static void NoteNumbers(SegmentContents contents, StreamLedger stream)
    {
        foreach (var stretch in contents.Stretches)
        {
            stream.Known(stretch.Epoch).Reach(stretch.Range.Last);
        }

        foreach (var (epoch, site) in contents.Sites)
        {
            stream.Known(epoch).LearnSite(site);
        }
    }

    private static void NoteClocks(SegmentContents contents, BufferLedger ledger)
    {
        foreach (var clock in contents.Clocks)
        {
            ledger.Times.NoteFound(clock);
        }
    }

    private static void NoteBegun(Remains remains, Stretch? before, StreamLedger stream)
    {
        var behind = before is { } whole ? stream.Find(whole.Epoch) : null;
        foreach (var epoch in remains.Begun.Where(epoch => stream.Find(epoch) is null).Distinct().ToList())
        {
            var begun = new EpochLedger(epoch, site: "", isOwn: false);
            stream.Add(begun, behind);
            behind = begun;
        }
    }

    // What the last commits held and nobody can read counts as lost, whether its tickets had completed or not.
    private static void NoteRemains(List<(Remains Remains, Stretch? Before)> torn, StreamLedger stream)
    {
        foreach (var (remains, before) in torn)
        {
            foreach (var epoch in stream.Epochs)
            {
                var isLast = before is { } last
                    && last.Range.Last == epoch.Last
                    && string.Equals(last.Epoch, epoch.Epoch, StringComparison.Ordinal);
                epoch.Reach(remains.LastOf(epoch.Epoch, epoch.Last, isLast, name => stream.Find(name) is not null));
            }
        }
    }

    private void WipeRemains(SegmentRing ring, bool isSaved)
    {
        foreach (var segment in ring.Segments.Where(segment => segment.Remains is not null).ToList())
        {
            try
            {
                if (isSaved)
                {
                    segment.WipeRemains();
                }
            }
            catch (IOException e)
            {
                log.LogWarning("buffer: the torn end of {Segment} cannot be wiped out: {Reason}", segment.Name, e.Message);
            }
        }

        if (ring.Tail?.Remains is not null)
        {
            ring.Retire();
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
    private static void ForgetBelow(NumberedStream stream)
    {
        foreach (var epoch in stream.Ledger.Epochs)
        {
            if (stream.FirstOnCard(epoch.Epoch) is { } held && Math.Min(held, epoch.FirstThinned ?? held) is var first and > 0)
            {
                var before = new SequenceRange(0, first - 1);
                epoch.Lose(before, LossCause.Full);
                epoch.Settled.Add(before);
            }
        }
    }

    // Every number up to the last is in a segment or gone. What is neither cannot be read any more.
    private void Account(NumberedStream stream, ThinnedNumbers? told, bool isLost, bool areNamesDurable)
    {
        var stretches = stream.Ring.Segments.SelectMany(segment => segment.Stretches).ToLookup(stretch => stretch.Epoch);
        var sites = stream.Ledger.Epochs.Select(epoch => epoch.Site).FirstOrDefault(site => site.Length > 0);
        foreach (var epoch in stream.Ledger.Epochs.Where(epoch => epoch.Last >= 0))
        {
            var held = new IntervalSet(int.MaxValue);
            foreach (var stretch in stretches[epoch.Epoch])
            {
                held.Add(stretch.Range);
            }

            epoch.LearnSite(sites);
            var before = stream.Ledger.Lost[LossCause.Bad];
            var outside = held.Outside(new SequenceRange(0, epoch.Last));
            foreach (var missing in outside.SelectMany(range => told?.Outside(epoch.Epoch, range) ?? [range]).ToList())
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
            stream.Ledger.Prune(epoch => stream.FirstOnCard(epoch.Epoch) is not null);
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
        var found = List().Where(name => name.EndsWith(SetAsideSuffix, StringComparison.Ordinal));
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

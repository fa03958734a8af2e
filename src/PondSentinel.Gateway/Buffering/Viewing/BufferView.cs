using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering.Viewing;

/// <summary>A look at a buffer, live or dead, that changes nothing of it.</summary>
/// <remarks>Of a live one it is a moment: what the process that uses it does meanwhile may look like damage, so whoever finds
/// some looks again. Not thread-safe.</remarks>
internal sealed class BufferView : IDisposable
{
    private readonly FoundBuffer found;
    private readonly Lock gate = new();
    private readonly WaitingFrames waiting = new();

    private BufferView(FoundBuffer found, IReadOnlyList<string> findings, IReadOnlyList<string> setAside)
    {
        this.found = found;
        Findings = findings;
        SetAside = setAside;
    }

    /// <summary>What an opening has to say about it, one line for people each; empty where all is well.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>Names of the files that were set aside as unreadable.</summary>
    public IReadOnlyList<string> SetAside { get; }

    /// <summary>Bytes of all its files, those set aside not among them.</summary>
    public long Bytes => Streams.Sum(stream => stream.Bytes) + (found.File?.Bytes ?? 0);

    /// <summary>How many segments it has.</summary>
    public int Segments => Rings.Sum(ring => ring.Segments.Count);

    /// <summary>Numbers that could not be read so far although nothing says that they are gone.</summary>
    public long Unreadable { get; private set; }

    /// <summary>The epochs of the records, oldest first.</summary>
    public IReadOnlyList<EpochLedger> Records => found.Ledger.Records.Epochs;

    /// <summary>The epochs of the events, oldest first.</summary>
    public IReadOnlyList<EpochLedger> Events => found.Ledger.Events.Epochs;

    /// <summary>Records and events lost by cause, since the buffer was created.</summary>
    /// <param name="cause">The cause.</param>
    public long Lost(LossCause cause) => found.Ledger.Records.Lost[cause] + found.Ledger.Events.Lost[cause];

    /// <summary>The newest receipt that was applied; null before the first.</summary>
    public ReceiptMark? Receipt => found.Ledger.Receipt;

    private IEnumerable<NumberedStream> Streams => [found.Records, found.Events];

    private IEnumerable<SegmentRing> Rings => Streams.SelectMany(stream => stream.Rings);

    /// <summary>Looks at a buffer.</summary>
    /// <param name="card">Where it is.</param>
    /// <param name="bytesMax">Its bound.</param>
    /// <exception cref="IOException">Its folder cannot be read, or there is no buffer in it.</exception>
    public static BufferView Open(ICard card, long bytesMax)
    {
        var findings = new FindingsLog();
        var untouched = new UntouchedCard(card);
        var names = untouched.List();
        List<string> setAside =
        [
            .. names.Where(name => name.EndsWith(Recovery.SetAsideSuffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        ];
        return setAside.Count > 0 || names.Any(Recovery.IsOurs)
            ? new BufferView(Recovery.Open(untouched, bytesMax, findings), findings.Lines, setAside)
            : throw new IOException("there is no buffer in that folder; name the one that gateway.toml has under [buffer] folder");
    }

    /// <summary>Reads everything, records first, by epoch and number.</summary>
    public IEnumerable<ViewedItem> Items() =>
        from stream in Streams
        from epoch in stream.Ledger.Epochs
        from item in Items(stream, epoch)
        select item;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var ring in Rings)
        {
            ring.Dispose();
        }

        found.File?.Dispose();
    }

    // In pieces, so that memory does not grow with the buffer.
    private IEnumerable<ViewedItem> Items(NumberedStream stream, EpochLedger epoch)
    {
        const int PieceLength = 4096;
        SequenceRange piece;
        for (long first = 0; first <= epoch.Last; first = piece.Last + 1)
        {
            // What is gone is told as a whole: there may be more of it than anybody could count.
            if (epoch.GoneAt(first) is var (gone, cause))
            {
                piece = gone with { Last = Math.Min(epoch.Last, gone.Last) };
                yield return new ViewedItem.Gone(epoch.Epoch, piece, cause, stream.Kind == FrameKind.Event);
                continue;
            }

            piece = new SequenceRange(first, Math.Min(epoch.Last, first + PieceLength - 1));
            var collector = new Collector(stream.Kind == FrameKind.Event, epoch, found.Ledger.Times);
            var before = stream.Ledger.Lost[LossCause.Bad];
            new StreamReader(stream, waiting, gate).Read(epoch, piece, collector);
            Unreadable += stream.Ledger.Lost[LossCause.Bad] - before;
            foreach (var item in collector.Items)
            {
                yield return item;
            }
        }
    }

    private sealed class Collector(bool areEvents, EpochLedger epoch, BootTimes times) : IFrameReader
    {
        public List<ViewedItem> Items { get; } = [];

        public FrameVerdict Take(StoredFrame frame)
        {
            ViewedItem? item = areEvents
                ? EventBody.Read(frame.Version, frame.Body) is { } happening
                    ? new ViewedItem.Event(epoch.Epoch, frame.Number, TimeOf(happening.Clock), IsSettled(frame.Number), happening)
                    : null
                : ThinnedBody.Read(frame) is (_, var record, var coveredMs, _)
                    ? new ViewedItem.Record(epoch.Epoch, frame.Number, TimeOf(record.Clock), IsSettled(frame.Number), record)
                    {
                        CoveredMs = coveredMs,
                    }
                    : null;
            if (item is null)
            {
                return FrameVerdict.Unreadable;
            }

            Items.Add(item);
            return FrameVerdict.Taken;
        }

        public bool TakeGone(GoneRange gone)
        {
            Items.Add(new ViewedItem.Gone(epoch.Epoch, gone.Range, gone.Cause, areEvents));
            return true;
        }

        private bool IsSettled(long number) => epoch.Settled.Contains(number);

        private FinalTimeStamp? TimeOf(ClockReading clock) =>
            times.FinalOf(clock) is var (timeMs, stamp) ? new FinalTimeStamp(timeMs, stamp) : null;
    }

    private sealed class FindingsLog : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Lines.Add(formatter(state, exception));
            }
        }
    }
}

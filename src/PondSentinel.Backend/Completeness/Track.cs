namespace PondSentinel.Backend.Completeness;

/// <summary>The slots of one segment that begin within a stretch, and what is in them.</summary>
internal sealed class Track
{
    private readonly RecordMark?[] marks;
    private readonly Fate[] fates;
    private readonly DayGrid grid;
    private readonly Dictionary<long, List<long>> offsets = [];
    private bool isSorted = true;

    private Track(Segment segment, DayGrid grid, long first, long count)
    {
        (Segment, this.grid, First) = (segment, grid, first);
        (marks, fates) = (new RecordMark?[count], new Fate[count]);
    }

    public Segment Segment { get; }

    public long IntervalMs => Segment.Device.IntervalMs;

    /// <summary>Its first slot.</summary>
    public long First { get; }

    public int Count => marks.Length;

    /// <summary>The part of a segment that lies in a stretch; null where there is none.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="grid">The calendar.</param>
    /// <param name="fromMs">Where the stretch begins.</param>
    /// <param name="toMs">Where it ends.</param>
    public static Track? Of(Segment segment, DayGrid grid, long fromMs, long toMs)
    {
        var first = Slots.Ceiling(Math.Max(fromMs, segment.FromMs), segment.Device.IntervalMs);
        var count = Slots.Ceiling(Math.Min(toMs, segment.ToMs), segment.Device.IntervalMs) - first;
        return count > 0 ? new Track(segment, grid, first, count) : null;
    }

    /// <summary>When a slot begins, UTC ms since 1970.</summary>
    public long StartMs(int index) => (First + index) * IntervalMs;

    /// <summary>When its poll would have been: as long after the beginning of its slot as half of those of the same day.
    /// </summary>
    public long LikelyMs(int index)
    {
        if (!isSorted)
        {
            isSorted = true;
            foreach (var own in offsets.Values)
            {
                own.Sort();
            }
        }

        var startMs = StartMs(index);
        return offsets.TryGetValue(grid.DayOf(startMs), out var known) ? startMs + known[known.Count / 2] : startMs;
    }

    /// <summary>The slot that an instant lies in, counted from the first; it may lie outside.</summary>
    public long IndexAt(long timeMs) => Slots.Floor(timeMs, IntervalMs) - First;

    /// <summary>The record in a slot.</summary>
    public RecordMark? MarkAt(int index) => marks[index];

    /// <summary>The fate of a slot without a record; none where it is not known yet.</summary>
    public Fate FateAt(int index) => fates[index];

    /// <summary>Whether nothing is known of a slot.</summary>
    public bool IsOpen(int index) => marks[index] is null && fates[index] == Fate.None;

    /// <summary>Puts a record into its slot.</summary>
    /// <param name="index">The slot.</param>
    /// <param name="mark">The record.</param>
    /// <param name="isOnGrid">Whether the schedule put it there, so that it tells when others are.</param>
    /// <returns>Whether the slot was free.</returns>
    public bool TryOccupy(int index, RecordMark mark, bool isOnGrid)
    {
        if (marks[index] is not null)
        {
            return false;
        }

        marks[index] = mark;
        if (!isOnGrid)
        {
            return true;
        }

        var startMs = StartMs(index);
        if (!offsets.TryGetValue(grid.DayOf(startMs), out var own))
        {
            offsets[grid.DayOf(startMs)] = own = [];
        }

        own.Add(mark.TimeMs - startMs);
        isSorted = false;
        return true;
    }

    /// <summary>Settles the fate of a slot without a record.</summary>
    public void Settle(int index, Fate fate) => fates[index] = fate;
}

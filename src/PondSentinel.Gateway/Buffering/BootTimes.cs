using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Gives records that were taken with an untrusted clock their final time.</summary>
/// <remarks>
/// <para>The first anchor of a life of the machine gives all its waiting records their time, and holds for ever: it is
/// offered only when it is durable. Later, better anchors are for later records, which take their time along when they are
/// appended.</para>
/// <para>A life that ended without an anchor is placed when the time is known again, see <see cref="BootHistory"/>.</para>
/// <para>Anchors are as many as there are lives with items that need one: none is forgotten before its items are.</para>
/// <para>Not thread-safe.</para>
/// </remarks>
internal sealed class BootTimes
{
    private readonly BootHistory history = new();
    private readonly List<ClockAnchor> anchors = [];
    private readonly Dictionary<Guid, int> indexes = [];
    private int durable;
    private ClockAnchor? best;

    /// <summary>The anchors, in the order in which they became known. Those that the ledger has no room for come last: an anchor
    /// that is durable never makes room for another.</summary>
    public IReadOnlyList<ClockAnchor> Anchors => anchors;

    /// <summary>No item seen is newer than this by more than the error of its time: UTC, ms since 1970.</summary>
    public long NewestMs { get; private set; } = ClockOptions.FirstMs;

    /// <summary>Takes over an anchor that is on the card.</summary>
    /// <param name="anchor">The anchor.</param>
    public void Restore(ClockAnchor anchor)
    {
        if (indexes.TryAdd(anchor.Boot, anchors.Count))
        {
            anchors.Add(anchor);
            durable = anchors.Count;
        }
    }

    /// <summary>Begins to look through a stream, whose lives come in their order anew.</summary>
    public void BeginStream() => history.BeginStream();

    /// <summary>Takes note of what was found in a stream, oldest first.</summary>
    /// <param name="clock">The clocks of the item.</param>
    public void NoteFound(ClockReading clock)
    {
        history.Note(clock);
        if (clock.Trust is { } stamp)
        {
            Note(new ClockAnchor(clock.Boot, clock.BootTime, clock.WallMs, stamp));
        }
    }

    /// <summary>Forgets the anchors that nothing which was found needs, and lets what has its time pass it on to others of its
    /// life. None is durable any more until they are saved.</summary>
    public void KeepUsed()
    {
        List<ClockAnchor> used = [];
        foreach (var boot in history.Waiting)
        {
            if (AnchorOf(boot.Boot) is { } saved)
            {
                boot.Anchor = saved;
                used.Add(saved);
            }
            else if (boot.Anchor is { } found)
            {
                used.Add(found);
            }
        }

        anchors.Clear();
        indexes.Clear();
        used.ForEach(Add);
        durable = 0;
    }

    /// <summary>Takes note of an item that is appended.</summary>
    /// <param name="clock">Its clocks.</param>
    public void NoteAppended(ClockReading clock)
    {
        if (clock.Trust is { } stamp)
        {
            NewestMs = Math.Max(NewestMs, clock.WallMs - stamp.ErrorMs);
        }
    }

    /// <summary>A reading with its time, where its life of the machine has an anchor.</summary>
    /// <param name="clock">The reading.</param>
    public ClockReading Place(ClockReading clock)
    {
        if (clock.Trust is not null)
        {
            return clock;
        }

        var anchor = best is { } newest && newest.Boot == clock.Boot ? newest : AnchorOf(clock.Boot);
        if (anchor is null)
        {
            return clock;
        }

        var (wallMs, stamp) = anchor.Value.At(clock.BootTime);
        return clock with { WallMs = wallMs, Trust = stamp };
    }

    /// <summary>The final time of an item; null while there is none that would outlive a restart.</summary>
    /// <param name="clock">The clocks of the item.</param>
    public (long TimeMs, ClockStamp Stamp)? FinalOf(ClockReading clock)
    {
        if (clock.Trust is { } stamp)
        {
            return (clock.WallMs, stamp);
        }

        return indexes.TryGetValue(clock.Boot, out var at) && at < durable
            ? anchors[at].At(clock.BootTime)
            : null;
    }

    /// <summary>Takes an anchor of the present life of the machine.</summary>
    /// <param name="anchor">The anchor.</param>
    /// <returns>Whether it gave something a time, which then has to become durable.</returns>
    public bool Trust(ClockAnchor anchor)
    {
        best = anchor;
        var before = anchors.Count;
        if (AnchorOf(anchor.Boot) is null)
        {
            Add(anchor);
        }

        foreach (var placed in history.PlaceBefore(AnchorOf(anchor.Boot) ?? anchor))
        {
            Add(placed);
        }

        return anchors.Count > before;
    }

    /// <summary>Notes that the first anchors are durable.</summary>
    /// <param name="count">How many of <see cref="Anchors"/>.</param>
    public void MarkDurable(int count) => durable = Math.Max(durable, count);

    // The latest wins: a process that starts again in the same life of the machine goes on by it.
    private void Note(ClockAnchor item)
    {
        NewestMs = Math.Max(NewestMs, item.WallMs - item.Stamp.ErrorMs);
        if (best is not { } known || known.Boot != item.Boot || known.BootTime <= item.BootTime)
        {
            best = item;
        }
    }

    private void Add(ClockAnchor anchor)
    {
        if (indexes.TryAdd(anchor.Boot, anchors.Count))
        {
            anchors.Add(anchor);
        }
    }

    private ClockAnchor? AnchorOf(Guid boot) => indexes.TryGetValue(boot, out var at) ? anchors[at] : null;
}

using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Gives records that were taken with an untrusted clock their final time.</summary>
/// <remarks>
/// <para>The first anchor of a life of the machine gives all its waiting records their time, and holds for ever: it is
/// offered only when it is durable. Later, better anchors are for later records, which take their time along when they are
/// appended.</para>
/// <para>A life that ended without an anchor is placed when the time is known again: between the newest time before it
/// and the start of the present life, where its own wall clock says if that is possible, else in the middle. The error
/// stated is the distance to the farther bound.</para>
/// <para>Not thread-safe.</para>
/// </remarks>
internal sealed class BootTimes
{
    /// <summary>No record is older: 2025-01-01, UTC ms since 1970. There was no gateway before.</summary>
    public const long EarliestMs = 1_735_689_600_000;

    /// <summary>Most anchors kept. Beyond it the oldest are forgotten; what still waits for them is placed anew.</summary>
    public const int AnchorsMax = 256;

    private readonly List<ClockAnchor> anchors = [];
    private readonly List<WaitingBoot> waiting = [];
    private readonly HashSet<Guid> used = [];
    private int durable;
    private ClockAnchor? best;
    private long newestMs = EarliestMs;

    /// <summary>The anchors, oldest first.</summary>
    public IReadOnlyList<ClockAnchor> Anchors => anchors;

    /// <summary>No item seen is newer than this by more than the error of its time: UTC, ms since 1970.</summary>
    public long NewestMs => newestMs;

    /// <summary>Takes over an anchor that is on the card.</summary>
    /// <param name="anchor">The anchor.</param>
    public void Restore(ClockAnchor anchor)
    {
        anchors.Add(anchor);
        durable = anchors.Count;
    }

    /// <summary>Begins to look through a stream, whose times rise anew.</summary>
    public void BeginStream() => newestMs = EarliestMs;

    /// <summary>Takes note of what was found in a stream, oldest first.</summary>
    /// <param name="clock">The clocks of the item.</param>
    public void NoteFound(ClockReading clock)
    {
        if (clock.Trust is { } stamp)
        {
            var at = waiting.FindIndex(boot => boot.Boot == clock.Boot);
            if (at >= 0)
            {
                waiting.RemoveAt(at);
                anchors.Add(new ClockAnchor(clock.Boot, clock.BootTime, clock.WallMs, stamp));
                used.Add(clock.Boot);
            }

            newestMs = Math.Max(newestMs, clock.WallMs - stamp.ErrorMs);
            return;
        }

        var seen = waiting.FindIndex(boot => boot.Boot == clock.Boot);
        if (seen >= 0)
        {
            waiting[seen] = waiting[seen].With(clock.BootTime, newestMs);
        }
        else if (AnchorOf(clock.Boot) is { } anchor)
        {
            var (wallMs, anchored) = anchor.At(clock.BootTime);
            newestMs = Math.Max(newestMs, wallMs - anchored.ErrorMs);
            used.Add(clock.Boot);
        }
        else
        {
            waiting.Add(new WaitingBoot(
                clock.Boot, newestMs, clock.BootTime, clock.WallMs - (long)clock.BootTime.TotalMilliseconds));
        }
    }

    /// <summary>Forgets the anchors that nothing which was found needs. None is durable any more until they are saved.
    /// </summary>
    public void KeepUsed()
    {
        anchors.RemoveAll(anchor => !used.Contains(anchor.Boot));
        durable = 0;
    }

    /// <summary>Takes note of an item that is appended.</summary>
    /// <param name="clock">Its clocks.</param>
    public void NoteAppended(ClockReading clock)
    {
        if (clock.Trust is { } stamp)
        {
            newestMs = Math.Max(newestMs, clock.WallMs - stamp.ErrorMs);
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

        var at = IndexOf(clock.Boot);
        return at >= 0 && at < durable ? anchors[at].At(clock.BootTime) : null;
    }

    /// <summary>Takes an anchor of the present life of the machine.</summary>
    /// <param name="anchor">The anchor.</param>
    /// <returns>Whether it gave something a time, which then has to become durable.</returns>
    public bool Trust(ClockAnchor anchor)
    {
        best = anchor;
        var news = false;
        if (AnchorOf(anchor.Boot) is null)
        {
            anchors.Add(anchor);
            waiting.RemoveAll(boot => boot.Boot == anchor.Boot);
            news = true;
        }

        var startMs = anchor.At(TimeSpan.Zero);
        foreach (var boot in waiting)
        {
            anchors.Add(boot.PlacedBefore(startMs.WallMs + startMs.Stamp.ErrorMs));
            news = true;
        }

        waiting.Clear();
        while (anchors.Count > AnchorsMax)
        {
            anchors.RemoveAt(0);
            durable = Math.Max(0, durable - 1);
        }

        return news;
    }

    /// <summary>Notes that the first anchors are durable.</summary>
    /// <param name="count">How many of <see cref="Anchors"/>.</param>
    public void MarkDurable(int count) => durable = Math.Max(durable, count);

    private int IndexOf(Guid boot) => anchors.FindIndex(anchor => anchor.Boot == boot);

    private ClockAnchor? AnchorOf(Guid boot) => IndexOf(boot) is var at and >= 0 ? anchors[at] : null;

    /// <summary>A life of the machine whose time nobody knows yet.</summary>
    /// <param name="Boot">The life.</param>
    /// <param name="LowMs">It began no earlier than this.</param>
    /// <param name="Latest">Its latest item, on its boot-time clock.</param>
    /// <param name="WallAtStartMs">When it began by its own wall clock.</param>
    private readonly record struct WaitingBoot(Guid Boot, long LowMs, TimeSpan Latest, long WallAtStartMs)
    {
        public WaitingBoot With(TimeSpan bootTime, long lowMs) => this with
        {
            Latest = bootTime > Latest ? bootTime : Latest,
            LowMs = Math.Min(LowMs, lowMs),
        };

        public ClockAnchor PlacedBefore(long nextStartMs)
        {
            var highMs = Math.Max(LowMs, nextStartMs - (long)Latest.TotalMilliseconds);
            var startMs = WallAtStartMs >= LowMs && WallAtStartMs <= highMs
                ? WallAtStartMs
                : LowMs + ((highMs - LowMs) / 2);
            return new ClockAnchor(
                Boot, TimeSpan.Zero, startMs, new ClockStamp(ClockSource.Est, Math.Max(startMs - LowMs, highMs - startMs)));
        }
    }
}

using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>The lives of the machine that the buffer has items of, in their order, and what can be said of those whose time
/// nobody knew.</summary>
/// <remarks>
/// <para>A life without a time lies behind the newest item of a life before it that has one, and before the beginning of the
/// next that has one. In between it is put where its own wall clock says, if that is possible, else evenly among its like,
/// so that lives neither overlap nor change places. The error stated is the distance to the farther bound, with the drift of
/// the quartz on top. Bounds come only from lives that records or events show in one order: of two that no stream shows
/// together nobody knows which was first, although they are put one behind the other.</para>
/// <para>Not thread-safe.</para>
/// </remarks>
internal sealed class BootHistory
{
    private readonly List<FoundBoot> boots = [];
    private readonly Dictionary<Guid, FoundBoot> byId = [];
    private FoundBoot? previous;

    /// <summary>Those with items that have no time of their own, oldest first.</summary>
    public IEnumerable<FoundBoot> Waiting => boots.Where(boot => boot.HasWaiting);

    /// <summary>Begins to look through a stream, whose lives come in their order anew.</summary>
    public void BeginStream() => previous = null;

    /// <summary>Takes note of an item, oldest of its stream first.</summary>
    /// <param name="clock">Its clocks.</param>
    public void Note(ClockReading clock)
    {
        if (!byId.TryGetValue(clock.Boot, out var boot))
        {
            boot = new FoundBoot(clock.Boot);
            byId.Add(clock.Boot, boot);

            // Events and records show the same lives, but not each of them all.
            boots.Insert(previous is null ? 0 : boots.IndexOf(previous) + 1, boot);
        }

        boot.Note(clock);
        if (previous is { } before && before != boot && !boot.Before.Contains(before))
        {
            boot.Before.Add(before);
            before.After.Add(boot);
        }

        previous = boot;
    }

    /// <summary>Places all lives that have no time yet.</summary>
    /// <param name="present">The present life, which all of them lie before.</param>
    public IEnumerable<ClockAnchor> PlaceBefore(ClockAnchor present)
    {
        List<ClockAnchor> placed = [];
        if (byId.TryGetValue(present.Boot, out var own))
        {
            own.Anchor ??= present;
        }

        var known = boots.Where(boot => boot.Boot != present.Boot).ToList();
        Bound(known, present);
        for (var first = 0; first < known.Count; first++)
        {
            if (known[first].Anchor is not null)
            {
                continue;
            }

            var group = known.Skip(first).TakeWhile(boot => boot.Anchor is null).ToList();
            var next = first + group.Count < known.Count ? known[first + group.Count].Anchor!.Value : present;
            var before = known.Take(first).Where(boot => boot.Anchor is not null).Reverse();
            placed.AddRange(Place(group, before, next));
        }

        return placed;
    }

    // Backwards from the present, then forwards from the first: each life leaves room for those that lie between.
    private static void Bound(List<FoundBoot> known, ClockAnchor present)
    {
        var (presentMs, stamp) = present.At(TimeSpan.Zero);
        foreach (var boot in Enumerable.Reverse(known))
        {
            var endMs = boot.After.Select(after => after.Anchor is { } anchor && anchor.At(TimeSpan.Zero) is var (startMs, error)
                    ? startMs + error.ErrorMs
                    : after.HighMs)
                .Append(presentMs + stamp.ErrorMs)
                .Min();
            boot.HighMs = endMs - boot.ShortestMs;
        }

        foreach (var boot in known)
        {
            // A time before that leaves no room was wrong, however much it was trusted: then what is before it holds.
            boot.LowMs = boot.Before
                .Select(before => before.Anchor is not null && before.End.AtLeastMs <= boot.HighMs
                    ? before.End.AtLeastMs
                    : before.LowMs + (before.Anchor is null ? before.ShortestMs : 0))
                .Append(ClockOptions.FirstMs)
                .Max();
        }
    }

    private static IEnumerable<ClockAnchor> Place(List<FoundBoot> group, IEnumerable<FoundBoot> before, ClockAnchor next)
    {
        var (nextMs, _) = next.At(TimeSpan.Zero);
        var needed = group.Sum(boot => boot.LengthMs + 1);

        // A time before that leaves no room was wrong, however much it was trusted: then the one before it holds.
        var floor = before.Select(boot => boot.End)
            .Append(new BootEnd(ClockOptions.FirstMs, ClockOptions.FirstMs))
            .Where(end => end.TimeMs + needed < nextMs)
            .FirstOrDefault(new BootEnd(nextMs - needed - 1, ClockOptions.FirstMs));
        var cursorMs = floor.TimeMs + 1;
        var leftMs = nextMs - needed;
        for (var at = 0; at < group.Count; at++)
        {
            var boot = group[at];
            var startMs = boot.WallAtStartMs >= cursorMs && boot.WallAtStartMs <= leftMs
                ? boot.WallAtStartMs
                : cursorMs + ((leftMs - cursorMs) / (group.Count - at + 1));
            var errorMs = (long)Math.Ceiling(Math.Max(startMs - boot.LowMs, boot.HighMs - startMs)) + 1;
            boot.Anchor = new ClockAnchor(boot.Boot, TimeSpan.Zero, startMs, new ClockStamp(ClockSource.Est, Math.Max(0, errorMs)));
            yield return boot.Anchor.Value;
            cursorMs = startMs + boot.LengthMs + 1;
            leftMs += boot.LengthMs + 1;
        }
    }
}

using PondSentinel.Backend.Completeness;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>The same account from the full past, slot by slot, by whoever knows everything.</summary>
internal static class LedgerRecount
{
    /// <summary>A line for each channel and day: what was expected, and the fates in words.</summary>
    /// <param name="past">The past.</param>
    /// <param name="late">The polls whose records came late.</param>
    public static IReadOnlyList<string> Of(LedgerHistory past, IReadOnlySet<PastPoll> late)
    {
        SortedDictionary<string, (long Expected, long Extra, long Late, FateCounts Counts)> lines = new(StringComparer.Ordinal);
        void Count(long day, string device, string channel, Fate fate, long extra = 0, long lateOnes = 0)
        {
            var key = $"{DayGrid.Text(day)} {device}.{channel}";
            var (expected, before, lateBefore, counts) = lines.GetValueOrDefault(key, (0, 0, 0, new FateCounts()));
            counts.Add(fate);
            lines[key] = (expected + 1, before + extra, lateBefore + lateOnes, counts);
        }

        foreach (var device in past.Devices)
        {
            var horizonMs = past.NowMs - 600_000;
            var own = past.Polls.Where(poll => poll.Device == device).OrderBy(poll => poll.TimeMs).ToList();
            for (var slot = FirstSlot(past.StartMs, device.IntervalMs); slot * device.IntervalMs <= past.NowMs; slot++)
            {
                var startMs = slot * device.IntervalMs;
                var day = past.Grid.DayOf(startMs);
                var polls = own.Where(poll => SlotOf(past, poll) == slot).ToList();
                var stored = polls.Where(poll => poll.IsStored).ToList();
                var isDue = startMs + device.IntervalMs <= horizonMs;
                foreach (var channel in device.Channels)
                {
                    if (stored.Count > 0)
                    {
                        Count(day, device.Id, channel, stored[0].Revised ?? stored[0].Fate, stored.Count - 1, stored.Count(late.Contains));
                    }
                    else if (isDue)
                    {
                        Count(day, device.Id, channel, polls.Count > 0 ? polls[0].Fate : WhyNot(past, own, device, startMs));
                    }
                }
            }
        }

        return [.. lines.Select(line => FormattableString.Invariant($"{line.Key} {line.Value.Expected} +{line.Value.Extra} late {line.Value.Late}: {line.Value.Counts}"))];
    }

    /// <summary>Polls that brought no record and share their slot with another: after a restart within an interval.</summary>
    public static long WithoutSlot(LedgerHistory past) => past.Polls.GroupBy(poll => (poll.Device, SlotOf(past, poll)))
        .Sum(slot => slot.Count(poll => !poll.IsStored && poll.Fate != Fate.Waiting)
            - (slot.Any(poll => poll.IsStored) || !slot.Any(poll => !poll.IsStored && poll.Fate != Fate.Waiting) ? 0 : 1));

    private static long SlotOf(LedgerHistory past, PastPoll poll) =>
        past.Polls.Exists(other => other.Life == poll.Life && other.Device == poll.Device && other.TimeMs < poll.TimeMs)
            ? poll.TimeMs / poll.Device.IntervalMs
            : FirstSlot(poll.TimeMs, poll.Device.IntervalMs);

    private static long FirstSlot(long timeMs, long intervalMs) =>
        (timeMs / intervalMs) + (timeMs % intervalMs > intervalMs / 2 ? 1 : 0);

    private static Fate WhyNot(LedgerHistory past, List<PastPoll> own, PastDevice device, long startMs)
    {
        var wouldBeMs = startMs + device.PhaseMs;
        var at = past.Lives.FindLastIndex(life => life.StartMs <= wouldBeMs);
        var life = past.Lives[Math.Max(0, at)];
        if (wouldBeMs > life.EndMs)
        {
            return life.End;
        }

        // It ran and did not ask: the last answer tells why.
        return own.FindLast(poll => poll.TimeMs < startMs)?.Fate == Fate.NoAnswer ? Fate.Spared : Fate.Busy;
    }
}

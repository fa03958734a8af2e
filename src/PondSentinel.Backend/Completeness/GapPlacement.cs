namespace PondSentinel.Backend.Completeness;

/// <summary>Finds the empty slots that missing numbers belong to.</summary>
/// <remarks>Numbers are given in the order of the polls. So the k-th of those that are missing between two records is the k-th of
/// the polls between them, and where a poll left no record its slot is empty.</remarks>
internal sealed class GapPlacement(IReadOnlyList<Track> tracks, HashSet<(Track Track, int Index)> covered, CountingEffort effort)
{
    // Those that are found are sorted, twice.
    private const int StepsOfCandidate = 50;

    private readonly record struct Candidate(Track Track, int Index, long LikelyMs, long DistanceMs);

    /// <summary>Settles the slots of a gap.</summary>
    /// <param name="gap">The gap.</param>
    /// <returns>The numbers that no slot was found for.</returns>
    public FateCounts Place(Gap gap)
    {
        var candidates = Candidates(gap);
        var rest = new Queue<(Fate Fate, long Count)>(TakeCovered(candidates, gap.Missing));
        var room = candidates.Count;
        var wanted = 0L;
        foreach (var (_, count) in rest)
        {
            wanted = Math.Min(room, wanted + Math.Min(room, count));
        }

        var taken = candidates.OrderBy(candidate => candidate.DistanceMs)
            .ThenBy(candidate => candidate.LikelyMs)
            .ThenBy(candidate => candidate.Track.Segment.Device.Id, StringComparer.Ordinal)
            .Take((int)wanted)
            .OrderBy(candidate => candidate.LikelyMs)
            .ThenBy(candidate => candidate.Track.Segment.Device.Id, StringComparer.Ordinal);
        (Fate Fate, long Count) next = (Fate.None, 0);
        foreach (var candidate in taken)
        {
            if (next.Count == 0)
            {
                next = rest.Dequeue();
            }

            candidate.Track.Settle(candidate.Index, next.Fate);
            next.Count--;
        }

        FateCounts left = new();
        foreach (var (fate, count) in rest.Prepend(next).Where(item => item.Count > 0))
        {
            left.Add(fate, count);
        }

        return left;
    }

    // As its records, the polls of a life stand in the next slot where they are its first and made in the second half of one.
    private List<Candidate> Candidates(Gap gap)
    {
        var (life, fromMs, toMs) = (gap.Life, gap.FromMs, gap.ToMs);
        List<Candidate> candidates = [];
        foreach (var track in tracks)
        {
            var last = Math.Min(track.Count - 1, track.IndexAt(life.SlotStartOf(toMs, track.IntervalMs)));
            var first = Math.Max(0, track.IndexAt(life.EarliestSlotFrom(fromMs, track.IntervalMs)));
            effort.Spend(Math.Max(1, last - first));

            // The first poll of a device is made as soon as the life begins, on no grid.
            var begin = life.Boot is null ? -1 : track.IndexAt(life.SlotStartOf(life.FirstMs, track.IntervalMs));
            for (var index = first; index <= last; index++)
            {
                var likelyMs = index == begin
                    ? Math.Clamp(fromMs, life.FirstMs, life.FirstMs + (track.IntervalMs / 2))
                    : track.LikelyMs((int)index);
                if (track.IsOpen((int)index) || covered.Contains((track, (int)index)))
                {
                    effort.Spend(StepsOfCandidate);
                    candidates.Add(new Candidate(
                        track, (int)index, likelyMs, Math.Max(0, Math.Max(fromMs - likelyMs, likelyMs - toMs))));
                }
            }
        }

        return candidates;
    }

    // Slots that a thinned record stands for have their fate already; as many numbers were thinned into it, those in this gap
    // and others in others. What is left has still to be placed.
    private List<(Fate Fate, long Count)> TakeCovered(List<Candidate> candidates, IReadOnlyList<FateRange> missing)
    {
        var thinned = missing.Where(item => item.Fate == Fate.Thinned).Sum(item => Math.Min(item.Range.Count, candidates.Count));
        var own = candidates.Where(candidate => covered.Contains((candidate.Track, candidate.Index)))
            .OrderBy(candidate => candidate.DistanceMs).ThenBy(candidate => candidate.LikelyMs)
            .Take((int)Math.Min(thinned, candidates.Count)).ToList();
        own.ForEach(candidate => covered.Remove((candidate.Track, candidate.Index)));
        candidates.RemoveAll(candidate => !candidate.Track.IsOpen(candidate.Index));
        var known = own.Count;
        List<(Fate, long)> rest = [];
        foreach (var (range, fate) in missing)
        {
            var used = fate == Fate.Thinned ? Math.Min(known, range.Count) : 0;
            known -= (int)used;
            if (range.Count > used)
            {
                rest.Add((fate, range.Count - used));
            }
        }

        return rest;
    }
}

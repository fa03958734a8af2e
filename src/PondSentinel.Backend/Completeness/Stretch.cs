using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>All facts that decide what became of the polls of a gateway on some days in a row.</summary>
internal sealed record Stretch
{
    public required string Gateway { get; init; }

    public required DayGrid Grid { get; init; }

    public required long FirstDay { get; init; }

    public required long LastDay { get; init; }

    /// <summary>Now, by the backend's clock, UTC ms since 1970.</summary>
    public required long NowMs { get; init; }

    /// <summary>The segments of its devices.</summary>
    public required IReadOnlyList<Segment> Segments { get; init; }

    public required Lives Lives { get; init; }

    /// <summary>The records of these days, each number once; others do no harm.</summary>
    public required IReadOnlyList<RecordMark> Marks { get; init; }

    /// <summary>The stored records nearest below and above those of the stretch, by epoch.</summary>
    public required IReadOnlyDictionary<string, EpochEdges> Edges { get; init; }

    /// <summary>What is settled of an epoch's numbers otherwise than by being stored, and what is not settled: ranges with the
    /// fate of a poll, rising. Numbers that are left out were stored and are no poll of their own: revisions.</summary>
    public required Func<string, SequenceRange, IReadOnlyList<FateRange>> Missing { get; init; }

    public long FromMs => Grid.StartOf(FirstDay);

    public long ToMs => Grid.StartOf(LastDay + 1);

    /// <summary>Where numbers are missing between two stored records of an epoch, at a time that touches these days.</summary>
    public IEnumerable<Gap> Gaps()
    {
        var marksOf = Marks.ToLookup(mark => mark.Epoch, StringComparer.Ordinal);
        foreach (var life in Lives.All.Where(life => Edges.ContainsKey(life.Epoch)))
        {
            var (below, above) = Edges[life.Epoch];
            var (number, timeMs) = below ?? (-1, life.FirstMs);
            foreach (var mark in marksOf[life.Epoch].OrderBy(mark => mark.Number))
            {
                if (Between(life, number, timeMs, mark.Number, mark.TimeMs) is { } gap)
                {
                    yield return gap;
                }

                (number, timeMs) = (mark.Number, mark.TimeMs);
            }

            var (end, endMs) = above ?? (life.Given + 1, Lives.NextAfter(Math.Max(timeMs, life.FirstMs)) ?? NowMs);
            if (Between(life, number, timeMs, end, endMs) is { } last)
            {
                yield return last;
            }
        }
    }

    private Gap? Between(Life life, long before, long beforeMs, long after, long afterMs) =>
        after > before + 1 && afterMs >= FromMs && beforeMs < ToMs
            && Missing(life.Epoch, new SequenceRange(before + 1, after - 1)) is { Count: > 0 } missing
            ? new Gap(life, beforeMs, afterMs, missing)
            : null;
}

/// <summary>Missing numbers between two stored records.</summary>
/// <param name="Life">The life whose numbers they are.</param>
/// <param name="FromMs">The time of the record before them, UTC ms since 1970.</param>
/// <param name="ToMs">The time of the record after them.</param>
/// <param name="Missing">The numbers, rising.</param>
internal readonly record struct Gap(Life Life, long FromMs, long ToMs, IReadOnlyList<FateRange> Missing);

/// <summary>What lies outside of a stretch in the numbers of an epoch.</summary>
/// <param name="Below">The highest stored number below those in the stretch, and its time.</param>
/// <param name="Above">The lowest stored number above them, and its time.</param>
internal readonly record struct EpochEdges((long Number, long TimeMs)? Below, (long Number, long TimeMs)? Above);

/// <summary>Numbers of one fate.</summary>
internal readonly record struct FateRange(SequenceRange Range, Fate Fate);

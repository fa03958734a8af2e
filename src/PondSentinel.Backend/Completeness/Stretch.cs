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
}

/// <summary>What lies outside of a stretch in the numbers of an epoch.</summary>
/// <param name="Below">The highest stored number below those in the stretch, and its time.</param>
/// <param name="Above">The lowest stored number above them, and its time.</param>
internal readonly record struct EpochEdges((long Number, long TimeMs)? Below, (long Number, long TimeMs)? Above);

/// <summary>Numbers of one fate.</summary>
internal readonly record struct FateRange(SequenceRange Range, Fate Fate);

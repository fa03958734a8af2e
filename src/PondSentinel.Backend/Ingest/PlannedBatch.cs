using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>What is to become of one message of a data topic.</summary>
internal sealed class PlannedBatch
{
    /// <summary>The topic it came by.</summary>
    public required Topic Topic { get; init; }

    /// <summary>The message as it came.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The epoch of its numbers; null where they could not be read, or the message is refused.</summary>
    public string? Epoch { get; init; }

    /// <summary>The numbers it answers for.</summary>
    public SequenceRange Range { get; init; }

    /// <summary>Why the message is refused whole, for people; null where it is not.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>Records that are not stored yet, rising.</summary>
    public List<long> Fresh { get; } = [];

    /// <summary>Records that came and cannot be stored.</summary>
    public List<(long Sequence, Standing Standing)> Refused { get; } = [];

    /// <summary>Which channels of them the store refused.</summary>
    public List<(long Sequence, string Channel)> RefusedChannels { get; } = [];

    /// <summary>What is settled by another way than being stored.</summary>
    public List<(SequenceRange Range, Standing Standing)> Others { get; } = [];

    /// <summary>Records that revise others, by channel.</summary>
    public List<Revision> Revisions { get; } = [];

    /// <summary>Whether the message is refused whole and settles numbers that nobody else has: its bytes are to be kept.</summary>
    public bool IsKeptWhole { get; init; }

    /// <summary>What people are to be told of a part of the message that is refused; null where nothing is.</summary>
    public Refusal? Notice { get; set; }

    /// <summary>How many of its records have times ahead of now, and the first such time, ms since 1970; null where none has.
    /// </summary>
    public (int Records, long FirstMs)? Ahead { get; set; }

    /// <summary>Whether it brings nothing that is not known.</summary>
    public bool IsDuplicate { get; set; }

    /// <summary>Whether it brings again what was refused before.</summary>
    public bool SeesRefused { get; set; }
}

/// <summary>A message that is refused whole.</summary>
/// <param name="Cause">One word, under which it is counted.</param>
/// <param name="Detail">What is wrong, in one line.</param>
/// <param name="IsKept">Whether the bytes are kept for inspection.</param>
/// <param name="Settles">How its numbers are settled by it; null where they are not, because the gateway is to send them again
/// later.</param>
/// <param name="IsForNow">Whether a bound alone keeps it out: the same message may be taken later.</param>
internal sealed record Refusal(string Cause, string Detail, bool IsKept, Standing? Settles = null, bool IsForNow = false);

/// <summary>One channel of a record that revises another.</summary>
/// <param name="Revised">The record it revises.</param>
/// <param name="Channel">The channel, as device and channel.</param>
/// <param name="By">The record that revises.</param>
internal readonly record struct Revision(RecordId Revised, string Channel, long By);

/// <summary>A point on its way into the store.</summary>
/// <param name="Point">The point.</param>
/// <param name="Record">The record that brings it; a revision's own.</param>
/// <param name="Life">The epoch of that record among those of all gateways: it rises in the order in which the backend heard of
/// them.</param>
internal abstract record SentPoint(Point Point, RecordId Record, long Life)
{
    /// <summary>Of revisions of the same record the one that compares as greater is newer: a life cannot revise what a later one
    /// measures, so the record's own life comes first of all.</summary>
    public (bool IsOfLaterLife, long Life, long Sequence) Age => (Record.Epoch != Point.Epoch, Life, Record.Sequence);
}

/// <summary>A point that a batch brings.</summary>
/// <param name="Point">The point.</param>
/// <param name="Batch">The batch.</param>
/// <param name="Record">The record that brings it; a revision's own.</param>
/// <param name="Life">The batch's epoch in the order in which epochs were heard of.</param>
internal sealed record PlannedPoint(Point Point, PlannedBatch Batch, RecordId Record, long Life) : SentPoint(Point, Record, Life);

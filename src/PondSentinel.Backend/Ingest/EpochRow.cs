namespace PondSentinel.Backend.Ingest;

/// <summary>An epoch that the backend has heard of.</summary>
/// <param name="Id">Its key in the tables; rises in the order in which epochs were heard of.</param>
/// <param name="Gateway">The gateway that began it.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="Site">Where it was taken; null until a batch or an event has told.</param>
/// <param name="Runs">Ranges that its settled records and events make.</param>
/// <param name="HasGaps">Whether a record below the highest settled one is missing.</param>
internal sealed record EpochRow(long Id, string Gateway, string Epoch, string? Site, long Runs, bool HasGaps);

/// <summary>The two sequences of an epoch, numbered apart. The numbers are kept.</summary>
internal enum Sequence : byte
{
    Records = 0,
    Events = 1,
}

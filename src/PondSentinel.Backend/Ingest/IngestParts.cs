using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>What the lanes of ingest work with. Used by one at a time, but for the store and the archive.</summary>
internal sealed record IngestParts
{
    public required DurableState State { get; init; }

    public required Inbox Inbox { get; init; }

    public required GatewayBuckets Growth { get; init; }

    public required IMeasurementStore Store { get; init; }

    public required BatchArchive Archive { get; init; }

    public required DeadLetters Letters { get; init; }

    public required RefusalJournal Refusals { get; init; }

    public required RefusedMessages Refused { get; init; }

    public required DictionaryBook Dictionaries { get; init; }

    public required DoubtBook Doubts { get; init; }

    public required ReceiptBook Receipts { get; init; }

    public required ReplayBook Replays { get; init; }

    public required IReadOnlyList<IIngestObserver> Observers { get; init; }

    public required Quotas Quotas { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Tells the observers of numbers that were settled otherwise than by a record of their own.</summary>
    public void TellUnstored(SqliteTransaction transaction, string gateway, string epoch, SequenceRange numbers)
    {
        foreach (var observer in Observers)
        {
            observer.Unstored(transaction, gateway, epoch, numbers);
        }
    }

    /// <summary>Lets a gateway add rows to the state database, if it has not added too many lately.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="rows">How many, at most; 0 is always free.</param>
    /// <returns>Why not; null where it may.</returns>
    public Refusal? RefuseGrowth(string gateway, long rows)
    {
        if (rows == 0)
        {
            return null;
        }

        // What is larger than the quota may go where all of it is there: it would come again for ever.
        if (!Growth.Has(gateway, rows))
        {
            return new Refusal(
                "rows", $"more than {Quotas.RowsADay} gaps, epochs, losses and revisions in a day: it is to send in order, or later", false, IsForNow: true);
        }

        Growth.Take(gateway, rows);
        return null;
    }

    /// <summary>Keeps a message that cannot be read, if there were not many of its gateway lately.</summary>
    public void Keep(Topic topic, Refusal refusal, ReadOnlySpan<byte> payload)
    {
        try
        {
            if (Refusals.MayKeep(topic.Gateway, refusal.Cause))
            {
                Letters.Keep(topic.Gateway, topic.Kind.ToString(), payload);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is for inspection only; a full disk must not hold up the others.
            Refusals.Note(topic.Gateway, "keep", e.Message);
        }
    }
}

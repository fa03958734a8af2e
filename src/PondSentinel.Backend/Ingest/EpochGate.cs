using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Whether a gateway may bring numbers of an epoch.</summary>
internal static class EpochGate
{
    /// <summary>An epoch comes as of another site than it was taken at.</summary>
    public static Refusal OtherSite(string epoch, string known, string now) =>
        new(Standing.Site.Token, $"epoch {epoch} was taken at {known}, and now comes as of {now}", false, Standing.Site);

    /// <summary>Why not; null where it may. Too many gaps or epochs pass when the old ones have been sent; another site does
    /// not, so that is settled.</summary>
    /// <param name="tables">What is settled.</param>
    /// <param name="quotas">What a gateway may take up.</param>
    /// <param name="topic">The topic the message came by.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="sequence">Which of its sequences.</param>
    /// <param name="range">The numbers.</param>
    /// <param name="beginning">Epochs that the same gateway begins in the same transaction.</param>
    public static Refusal? Refusal(
        IngestTables tables,
        Quotas quotas,
        Topic topic,
        string epoch,
        Sequence sequence,
        SequenceRange range,
        int beginning = 0)
    {
        if (tables.Find(topic.Gateway, epoch) is not { } row)
        {
            return tables.WithGaps(topic.Gateway).Count + beginning >= quotas.Epochs
                ? new Refusal("epochs", $"more than {quotas.Epochs} epochs with gaps: the old ones are to be sent first", false, IsForNow: true)
                : null;
        }

        if (row.Site is not null && !string.Equals(row.Site, topic.Site, StringComparison.Ordinal))
        {
            return OtherSite(epoch, row.Site, topic.Site);
        }

        return row.Runs >= quotas.Runs && tables.Settled(row.Id, sequence, range).Count == 0
            ? new Refusal("gaps", $"epoch {epoch} has more than {quotas.Runs} gaps: it is to be sent in order", false, IsForNow: true)
            : null;
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Ingest;

/// <summary>Remembers for 7 days which records were revised, so that an original or an older revision that comes late does not
/// undo it.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class RevisionBook(SqliteTransaction transaction)
{
    private static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    // Nearly no epoch has revisions; asking once for each spares a look for each point.
    private readonly Dictionary<(string Gateway, string Epoch), bool> revisedEpochs = [];

    /// <summary>How the book calls a channel.</summary>
    public static string Name(string device, string channel) => $"{device}.{channel}";

    /// <summary>Of points those that nothing in the book outdoes.</summary>
    public List<T> Standing<T>(IEnumerable<T> points)
        where T : SentPoint => [.. points.Where(point => !IsOutdone(point))];

    /// <summary>Remembers revisions that are in the store.</summary>
    /// <param name="by">The epoch of the records that revise.</param>
    /// <param name="revisions">What they revise.</param>
    /// <param name="now">The time.</param>
    public void Add(EpochRow by, IEnumerable<Revision> revisions, DateTimeOffset now)
    {
        foreach (var revision in revisions)
        {
            transaction.Execute(
                """
                INSERT INTO ingest_revised VALUES ($gateway, $epoch, $number, $channel, $byEpoch, $by, $now)
                ON CONFLICT DO UPDATE SET by_epoch = excluded.by_epoch, by_number = excluded.by_number, at_ms = excluded.at_ms
                WHERE ($isOfLaterLife, excluded.by_epoch, excluded.by_number)
                  > ((SELECT e.epoch <> $epoch FROM ingest_epoch e WHERE e.id = by_epoch), by_epoch, by_number)
                """,
                ("$gateway", by.Gateway), ("$epoch", revision.Revised.Epoch), ("$number", revision.Revised.Sequence),
                ("$channel", revision.Channel), ("$byEpoch", by.Id), ("$by", revision.By),
                ("$isOfLaterLife", by.Epoch == revision.Revised.Epoch ? 0L : 1L),
                ("$now", now.ToUnixTimeMilliseconds()));
        }
    }

    /// <summary>Forgets what is older than 7 days.</summary>
    public void Forget(DateTimeOffset now) => transaction.Execute(
        "DELETE FROM ingest_revised WHERE at_ms < $oldest", ("$oldest", (now - Memory).ToUnixTimeMilliseconds()));

    private bool IsOutdone(SentPoint sent)
    {
        var point = sent.Point;
        if (!HasRevisions(point.Gateway, point.Epoch))
        {
            return false;
        }

        var known = transaction.Query(
            """
            SELECT e.epoch <> $epoch, r.by_epoch, r.by_number FROM ingest_revised r JOIN ingest_epoch e ON e.id = r.by_epoch
            WHERE r.gateway = $gateway AND r.epoch = $epoch AND r.number = $number AND r.channel = $channel
            """,
            reader => (reader.GetBoolean(0), reader.GetInt64(1), reader.GetInt64(2)),
            ("$gateway", point.Gateway), ("$epoch", point.Epoch), ("$number", point.Sequence),
            ("$channel", Name(point.Device, point.Channel)));
        return known is [var newest] && (!point.IsRevision || newest.CompareTo(sent.Age) > 0);
    }

    private bool HasRevisions(string gateway, string epoch)
    {
        if (!revisedEpochs.TryGetValue((gateway, epoch), out var has))
        {
            has = transaction.Query(
                "SELECT 1 FROM ingest_revised WHERE gateway = $gateway AND epoch = $epoch LIMIT 1", _ => true,
                ("$gateway", gateway), ("$epoch", epoch)).Count > 0;
            revisedEpochs[(gateway, epoch)] = has;
        }

        return has;
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Remembers for 7 days which records were revised, so that an original that comes late does not undo it.
/// </summary>
/// <param name="transaction">The transaction.</param>
internal sealed class RevisionBook(SqliteTransaction transaction)
{
    private static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    // Nearly no epoch has revisions; asking once for each spares a look for each point.
    private readonly Dictionary<(string Gateway, string Epoch), bool> revisedEpochs = [];

    /// <summary>How the book calls a channel.</summary>
    public static string Name(string device, string channel) => $"{device}.{channel}";

    /// <summary>Of the points of a group those that stand: no original of something revised, and the newest revision of
    /// each.</summary>
    public List<PlannedPoint> Newest(IReadOnlyList<PlannedPoint> points)
    {
        var own = points
            .Where(point => point.Point.IsRevision)
            .GroupBy(Key)
            .ToDictionary(group => group.Key, group => group.MaxBy(By)!);
        return [.. points.Where(point => own.TryGetValue(Key(point), out var newest)
            ? ReferenceEquals(point, newest) && !IsOutdone(point)
            : !IsOutdone(point))];
    }

    /// <summary>Remembers revisions.</summary>
    public void Add(string gateway, long byEpoch, IEnumerable<Revision> revisions, DateTimeOffset now)
    {
        foreach (var revision in revisions)
        {
            transaction.Execute(
                """
                INSERT INTO ingest_revised VALUES ($gateway, $epoch, $number, $channel, $byEpoch, $by, $now)
                ON CONFLICT DO UPDATE SET by_epoch = excluded.by_epoch, by_number = excluded.by_number, at_ms = excluded.at_ms
                WHERE (excluded.by_epoch, excluded.by_number) > (by_epoch, by_number)
                """,
                ("$gateway", gateway), ("$epoch", revision.Revised.Epoch), ("$number", revision.Revised.Sequence),
                ("$channel", revision.Channel), ("$byEpoch", byEpoch), ("$by", revision.By),
                ("$now", now.ToUnixTimeMilliseconds()));
        }
    }

    /// <summary>Forgets what is older than 7 days.</summary>
    public void Forget(DateTimeOffset now) => transaction.Execute(
        "DELETE FROM ingest_revised WHERE at_ms < $oldest", ("$oldest", (now - Memory).ToUnixTimeMilliseconds()));

    private static (string Gateway, RecordId Record, string Channel) Key(PlannedPoint point) => (
        point.Point.Gateway,
        new RecordId(point.Point.Epoch, point.Point.Sequence),
        Name(point.Point.Device, point.Point.Channel));

    // Within one group the numbers of one epoch tell which is newer; across epochs the later message.
    private static long By(PlannedPoint point) => point.Sequence;

    // Whether a revision newer than this point is in the book.
    private bool IsOutdone(PlannedPoint point)
    {
        var (gateway, record, channel) = Key(point);
        if (!HasRevisions(gateway, record.Epoch))
        {
            return false;
        }

        var known = transaction.Query(
            """
            SELECT e.epoch, r.by_number FROM ingest_revised r JOIN ingest_epoch e ON e.id = r.by_epoch
            WHERE r.gateway = $gateway AND r.epoch = $epoch AND r.number = $number AND r.channel = $channel
            """,
            reader => (Epoch: reader.GetString(0), By: reader.GetInt64(1)),
            ("$gateway", gateway), ("$epoch", record.Epoch), ("$number", record.Sequence), ("$channel", channel));
        return known is [var newest]
            && (!point.Point.IsRevision
                || (newest.Epoch == point.Batch.Epoch && newest.By > point.Sequence));
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

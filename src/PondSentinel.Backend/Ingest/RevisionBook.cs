using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Ingest;

/// <summary>Remembers for 7 days which records were revised, so that an original or an older revision that comes late does not
/// undo it.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class RevisionBook(SqliteTransaction transaction)
{
    private static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    /// <summary>How the book calls a channel.</summary>
    public static string Name(string device, string channel) => $"{device}.{channel}";

    /// <summary>Of points those that nothing in the book outdoes.</summary>
    public List<T> Standing<T>(IReadOnlyList<T> points)
        where T : SentPoint
    {
        Dictionary<(string Gateway, string Epoch), Dictionary<(long Number, string Channel), (bool IsOfLaterLife, long Life, long Sequence)>> known = [];
        foreach (var ofEpoch in points.GroupBy(sent => (sent.Point.Gateway, sent.Point.Epoch), sent => sent.Point.Sequence))
        {
            // Nearly no epoch has revisions. Of one that has, all that may matter are read at once, however many points there are.
            var (gateway, epoch) = ofEpoch.Key;
            if (Newest(gateway, epoch, ofEpoch.Min(), ofEpoch.Max()) is { Count: > 0 } newest)
            {
                known[(gateway, epoch)] = newest;
            }
        }

        bool IsOutdone(SentPoint sent) =>
            known.TryGetValue((sent.Point.Gateway, sent.Point.Epoch), out var newest)
            && newest.TryGetValue((sent.Point.Sequence, Name(sent.Point.Device, sent.Point.Channel)), out var age)
            && (!sent.Point.IsRevision || age.CompareTo(sent.Age) > 0);

        return known.Count == 0 ? [.. points] : [.. points.Where(point => !IsOutdone(point))];
    }

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

    // The newest revision of each channel of the records from one to another.
    private Dictionary<(long Number, string Channel), (bool IsOfLaterLife, long Life, long Sequence)> Newest(
        string gateway, string epoch, long first, long last) => transaction.Query(
            """
            SELECT r.number, r.channel, e.epoch <> $epoch, r.by_epoch, r.by_number
            FROM ingest_revised r JOIN ingest_epoch e ON e.id = r.by_epoch
            WHERE r.gateway = $gateway AND r.epoch = $epoch AND r.number BETWEEN $first AND $last
            """,
            reader => KeyValuePair.Create(
                (reader.GetInt64(0), reader.GetString(1)), (reader.GetBoolean(2), reader.GetInt64(3), reader.GetInt64(4))),
            ("$gateway", gateway), ("$epoch", epoch), ("$first", first), ("$last", last)).ToDictionary();
}

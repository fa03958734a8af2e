using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>The events of gateways, and which of them were settled by being refused.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="tables">What is settled.</param>
internal sealed class EventBook(SqliteTransaction transaction, IngestTables tables)
{
    /// <summary>Whether an event is settled in a way that leaves nothing to do: kept, or refused so that it may not come.
    /// </summary>
    public bool IsClosed(EpochRow epoch, long number) =>
        tables.Settled(epoch.Id, Sequence.Events, Only(number)).Exists(range => range.Contains(number))
        && StandingOf(epoch, number) is not { IsOpen: true };

    /// <summary>Keeps an event and settles it; the oldest of the gateway make room.</summary>
    public void Add(EpochRow epoch, string site, long number, ReadOnlyMemory<byte> payload, int most, long nowMs)
    {
        transaction.Execute(
            "DELETE FROM ingest_event_refused WHERE epoch = $epoch AND number = $number",
            ("$epoch", epoch.Id), ("$number", number));
        tables.Settle(epoch.Id, Sequence.Events, Only(number));
        transaction.Execute(
            "INSERT INTO ingest_event(gateway, site, at_ms, payload) VALUES ($gateway, $site, $now, $payload)",
            ("$gateway", epoch.Gateway), ("$site", site), ("$now", nowMs), ("$payload", payload.ToArray()));
        transaction.Execute(
            """
            DELETE FROM ingest_event WHERE gateway = $gateway AND id <= (
              SELECT id FROM ingest_event WHERE gateway = $gateway ORDER BY id DESC LIMIT 1 OFFSET $most)
            """,
            ("$gateway", epoch.Gateway), ("$most", most));
    }

    /// <summary>Settles an event that cannot be kept; of one that was refused before it is noted that it still comes.</summary>
    public void Refuse(EpochRow epoch, long number, Standing standing, long nowMs)
    {
        var wasSettled = tables.Settled(epoch.Id, Sequence.Events, Only(number)).Exists(range => range.Contains(number));
        if (wasSettled && StandingOf(epoch, number) is null)
        {
            return;
        }

        tables.Settle(epoch.Id, Sequence.Events, Only(number));
        transaction.Execute(
            """
            INSERT INTO ingest_event_refused VALUES ($epoch, $number, $standing, $now)
            ON CONFLICT DO UPDATE SET seen_ms = excluded.seen_ms
            """,
            ("$epoch", epoch.Id), ("$number", number), ("$standing", (long)standing), ("$now", nowMs));
    }

    /// <summary>What was refused of an epoch and was seen not long ago.</summary>
    public List<RejectedRange> Refused(long epoch, long sinceMs, int most) => transaction.Query(
        """
        SELECT number, standing FROM ingest_event_refused
        WHERE epoch = $epoch AND seen_ms >= $since ORDER BY number LIMIT $most
        """,
        reader => new RejectedRange(Only(reader.GetInt64(0)), ((Standing)reader.GetInt64(1)).Token),
        ("$epoch", epoch), ("$since", sinceMs), ("$most", most));

    private static SequenceRange Only(long number) => new(number, number);

    /// <summary>How a number was refused; null where it was not.</summary>
    public Standing? StandingOf(EpochRow epoch, long number) => transaction.Query(
        "SELECT standing FROM ingest_event_refused WHERE epoch = $epoch AND number = $number",
        reader => (Standing)reader.GetInt64(0), ("$epoch", epoch.Id), ("$number", number)) is [var standing] ? standing : null;
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>When something was heard of a gateway, since that was last noted.</summary>
/// <param name="First">First.</param>
/// <param name="Last">Last.</param>
internal readonly record struct Hearing(DateTimeOffset First, DateTimeOffset Last);

/// <summary>When something was last heard of a gateway, as it is kept.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Last">When something was last heard of it.</param>
/// <param name="Since">Since when without a gap.</param>
/// <param name="Before">When something was heard before that gap; null where there was none.</param>
internal sealed record HeardGateway(GatewayName Gateway, DateTimeOffset Last, DateTimeOffset Since, DateTimeOffset? Before);

/// <summary>Keeps when each gateway was heard: anything that came from itself.</summary>
/// <remarks>Noted once a minute; a crash forgets at most that much.</remarks>
internal sealed class HeardTable(SqliteTransaction transaction)
{
    /// <summary>A longer silence is a gap: what its channels then lack is no fault of theirs.</summary>
    public static readonly TimeSpan GapMin = TimeSpan.FromMinutes(5);

    /// <summary>All gateways ever heard.</summary>
    public List<HeardGateway> All() => transaction.Query(
        "SELECT site, gateway, heard_ms, since_ms, before_ms FROM alert_heard ORDER BY site, gateway",
        reader => new HeardGateway(
            new GatewayName(reader.GetString(0), reader.GetString(1)),
            reader.Instant(2),
            reader.Instant(3),
            reader.IsDBNull(4) ? null : reader.Instant(4)));

    /// <summary>When something was last heard of a gateway before it was silent; null where nobody knows.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="silentAt">A time at which it was silent.</param>
    /// <param name="isOver">Whether its silence is over: then null where it has not been heard since, for it may have been taken down.</param>
    public DateTimeOffset? Before(GatewayName gateway, DateTimeOffset silentAt, bool isOver) => transaction.Query(
        $"SELECT {(isOver ? "CASE WHEN since_ms >= $at THEN before_ms END" : "CASE WHEN since_ms < $at THEN heard_ms END")} FROM alert_heard WHERE site = $site AND gateway = $gateway",
        reader => reader.IsDBNull(0) ? (DateTimeOffset?)null : reader.Instant(0),
        ("$at", silentAt.ToUnixTimeMilliseconds()), ("$site", gateway.Site), ("$gateway", gateway.Gateway)) is [var heard] ? heard : null;

    /// <summary>Makes what is kept fit a clock that was set. What stands ahead of it was kept by one that stood ahead: it is taken as
    /// heard now, so that a gateway which has been away since is found so after its time.</summary>
    /// <param name="step">By how much it was set since something was last noted.</param>
    /// <param name="now">The time.</param>
    public void Fit(TimeSpan step, DateTimeOffset now) => transaction.Execute(
        """
        UPDATE alert_heard SET
          heard_ms = min(heard_ms + $step, $now), since_ms = min(since_ms + $step, $now), before_ms = min(before_ms + $step, $now)
        WHERE $step <> 0 OR heard_ms > $now OR since_ms > $now OR before_ms > $now
        """,
        ("$step", (long)step.TotalMilliseconds), ("$now", now.ToUnixTimeMilliseconds()));

    /// <summary>Notes that something was heard.</summary>
    public void Note(GatewayName gateway, Hearing hearing) => transaction.Execute(
        """
        INSERT INTO alert_heard VALUES ($site, $gateway, $last, $first, NULL)
        ON CONFLICT DO UPDATE SET
          before_ms = CASE WHEN $first - heard_ms > $gap THEN heard_ms ELSE before_ms END,
          since_ms = CASE WHEN $first - heard_ms > $gap THEN $first ELSE since_ms END,
          heard_ms = max(heard_ms, $last)
        """,
        ("$site", gateway.Site), ("$gateway", gateway.Gateway), ("$first", hearing.First.ToUnixTimeMilliseconds()),
        ("$last", hearing.Last.ToUnixTimeMilliseconds()), ("$gap", (long)GapMin.TotalMilliseconds));
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Gateways;

/// <summary>A gateway that people have taken down for good.</summary>
/// <param name="Gateway">Which.</param>
/// <param name="At">When they said so.</param>
/// <param name="By">Who.</param>
/// <param name="Note">What they said to it; empty for nothing.</param>
internal sealed record RetiredGateway(GatewayName Gateway, DateTimeOffset At, string By, string Note);

/// <summary>The gateways that were taken down, within one transaction of the state database. One that is heard again is no longer one of
/// them, without anybody's word.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class RetirementTable(SqliteTransaction transaction)
{
    /// <summary>Creates it.</summary>
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS retired_gateway(
          site TEXT NOT NULL, gateway TEXT NOT NULL, at_ms INTEGER NOT NULL, by_whom TEXT NOT NULL, note TEXT NOT NULL,
          PRIMARY KEY(site, gateway)) STRICT, WITHOUT ROWID;
        """;

    // When it was said, by the clock as it is now. What stands in the minutes before now was said by that clock, after it was set: by the
    // clock before it nobody retires what was heard five minutes ago.
    private const string Fitted = "CASE WHEN at_ms > $lately AND at_ms <= $now THEN at_ms ELSE at_ms + $step END";

    // The clock is looked at each minute.
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(2);

    /// <summary>Whether it is there: a backend of an earlier version has none.</summary>
    public bool IsThere => transaction.Query(
        "SELECT count(*) FROM sqlite_master WHERE name IN ('retired_gateway', 'alert_heard')", reader => reader.GetInt64(0))[0] == 2;

    /// <summary>All that are retired and were not heard since.</summary>
    public List<RetiredGateway> All() => !IsThere ? [] : transaction.Query(
        """
        SELECT r.site, r.gateway, r.at_ms, r.by_whom, r.note FROM retired_gateway r
        WHERE NOT EXISTS (
          SELECT 1 FROM alert_heard h WHERE h.site = r.site AND h.gateway = r.gateway AND h.heard_ms > r.at_ms)
        ORDER BY r.site, r.gateway
        """,
        reader => new RetiredGateway(
            new GatewayName(reader.GetString(0), reader.GetString(1)), reader.Instant(2), reader.GetString(3), reader.GetString(4)));

    /// <summary>Takes one down.</summary>
    public void Retire(RetiredGateway gateway) => transaction.Execute(
        "INSERT OR REPLACE INTO retired_gateway VALUES ($site, $gateway, $at, $by, $note)",
        ("$site", gateway.Gateway.Site), ("$gateway", gateway.Gateway.Gateway), ("$at", gateway.At.ToUnixTimeMilliseconds()),
        ("$by", gateway.By), ("$note", gateway.Note));

    /// <summary>A sign of a gateway: where it was retired before, it is no more, whatever becomes of the clock after. Before
    /// <see cref="Fit"/>.</summary>
    /// <remarks>A retirement that is ahead of the clock was said by one that stood ahead: the sign is taken to be after it.</remarks>
    /// <param name="gateway">The gateway.</param>
    /// <param name="heard">When it was heard, by the clock as it is now.</param>
    /// <param name="step">By how much the clock was set since <see cref="Fit"/> was last called.</param>
    /// <param name="now">The time.</param>
    public void Return(GatewayName gateway, DateTimeOffset heard, TimeSpan step, DateTimeOffset now) => transaction.Execute(
        $"""
        DELETE FROM retired_gateway
        WHERE site = $site AND gateway = $gateway AND ({Fitted} < $heard OR {Fitted} > $now)
        """,
        [("$site", gateway.Site), ("$gateway", gateway.Gateway), ("$heard", heard.ToUnixTimeMilliseconds()), .. Clock(step, now)]);

    /// <summary>Makes what is kept fit a clock that was set, together with when gateways were heard (<c>HeardTable.Fit</c>): one is
    /// compared with the other.</summary>
    /// <param name="step">By how much it was set.</param>
    /// <param name="now">The time.</param>
    public void Fit(TimeSpan step, DateTimeOffset now) => transaction.Execute(
        $"UPDATE retired_gateway SET at_ms = min({Fitted}, $now) WHERE $step <> 0 OR at_ms > $now", Clock(step, now));

    private static (string, object?)[] Clock(TimeSpan step, DateTimeOffset now) =>
    [
        ("$step", (long)step.TotalMilliseconds), ("$now", now.ToUnixTimeMilliseconds()), ("$lately", (now - Lately).ToUnixTimeMilliseconds()),
    ];

    /// <summary>Takes that back.</summary>
    /// <returns>Whether it was retired.</returns>
    public bool Reinstate(GatewayName gateway) => transaction.Execute(
        "DELETE FROM retired_gateway WHERE site = $site AND gateway = $gateway", ("$site", gateway.Site), ("$gateway", gateway.Gateway)) > 0;
}

/// <summary>The gateways that are retired, for those who show what there is. Read anew every few seconds.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">The clock.</param>
internal sealed class RetiredGateways(Func<SqliteConnection> open, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private HashSet<GatewayName> known = [];
    private long? readAt;

    /// <summary>Those that are retired now, as of a few seconds ago.</summary>
    public IReadOnlySet<GatewayName> Now
    {
        get
        {
            lock (gate)
            {
                if (readAt is not { } at || time.GetElapsedTime(at) >= Fresh)
                {
                    known = Read() ?? known;
                    readAt = time.GetTimestamp();
                }

                return known;
            }
        }
    }

    // Null where the database cannot be read now, which others tell: what was known goes on.
    private HashSet<GatewayName>? Read()
    {
        try
        {
            using var connection = open();
            using var transaction = connection.BeginTransaction(deferred: true);
            return [.. new RetirementTable(transaction).All().Select(gateway => gateway.Gateway)];
        }
        catch (Exception e) when (e is IOException or SqliteException)
        {
            return null;
        }
    }
}

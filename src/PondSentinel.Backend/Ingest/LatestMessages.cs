using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>The newest message of a kind from a gateway.</summary>
/// <param name="Gateway">Which.</param>
/// <param name="Kind">State, health or meta.</param>
/// <param name="AtMs">When it came: UTC ms since 1970, by the backend's clock.</param>
/// <param name="Payload">As it came.</param>
public sealed record LatestMessage(GatewayName Gateway, TopicKind Kind, long AtMs, ReadOnlyMemory<byte> Payload);

/// <summary>What became of a gateway's numbers, over all epochs or in one.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Stored">Records in the store.</param>
/// <param name="Lost">Records lost, by cause.</param>
/// <param name="Rejected">Records refused, by cause.</param>
/// <param name="Refused">Messages refused whole, by cause.</param>
public sealed record GatewayTally(
    string Gateway,
    long Stored,
    IReadOnlyDictionary<string, long> Lost,
    IReadOnlyDictionary<string, long> Rejected,
    IReadOnlyDictionary<string, long> Refused)
{
    /// <summary>Records that are stored with times ahead of now; neither shown nor alarmed on.</summary>
    public long Ahead { get; init; }

    /// <summary>Records that the gateway held no more when this database first heard of it, or found that it was set back: an
    /// earlier one had them, or they were lost then.</summary>
    public long Before { get; init; }
}

/// <summary>What ingest keeps in the state database, for the page and for reports. Read-only; any connection.</summary>
public static class LatestMessages
{
    /// <summary>The newest state, health and meta of every gateway.</summary>
    /// <param name="connection">The state database.</param>
    public static IReadOnlyList<LatestMessage> Read(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        new IngestTables(transaction).Create();
        var latest = transaction.Query(
            "SELECT site, gateway, kind, at_ms, payload FROM ingest_latest ORDER BY site, gateway, kind",
            reader => new LatestMessage(
                new GatewayName(reader.GetString(0), reader.GetString(1)),
                KindOf(reader.GetInt64(2)),
                reader.GetInt64(3),
                reader.GetFieldValue<byte[]>(4)));
        transaction.Commit();
        return latest;
    }

    /// <summary>The newest message of a kind from a gateway, within a transaction.</summary>
    internal static List<LatestMessage> Find(SqliteTransaction transaction, GatewayName gateway, long kind) => transaction.Query(
        "SELECT at_ms, payload FROM ingest_latest WHERE gateway = $gateway AND site = $site AND kind = $kind",
        reader => new LatestMessage(gateway, KindOf(kind), reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)),
        ("$gateway", gateway.Gateway), ("$site", gateway.Site), ("$kind", kind));

    /// <summary>What became of every gateway's records.</summary>
    /// <param name="connection">The state database.</param>
    /// <param name="epoch">Only of this epoch; null for all. Messages refused whole have none and are always told.</param>
    public static IReadOnlyList<GatewayTally> Tallies(SqliteConnection connection, string? epoch = null)
    {
        using var transaction = connection.BeginTransaction();
        new IngestTables(transaction).Create();
        var tallies = Tallies(transaction, epoch);
        transaction.Commit();
        return tallies;
    }

    /// <summary>The same within a transaction, of a database that has the tables.</summary>
    internal static IReadOnlyList<GatewayTally> Tallies(SqliteTransaction transaction, string? epoch = null)
    {
        var settled = transaction.Query(
            """
            SELECT e.gateway, total(s.last - s.first + 1) FROM ingest_settled s JOIN ingest_epoch e ON e.id = s.epoch
            WHERE s.sequence = 0 AND ($epoch IS NULL OR e.epoch = $epoch) GROUP BY e.gateway
            """,
            reader => (Gateway: reader.GetString(0), Count: reader.GetDouble(1)),
            ("$epoch", epoch));
        var exceptions = transaction.Query(
            """
            SELECT e.gateway, x.standing, total(x.last - x.first + 1)
            FROM ingest_exception x JOIN ingest_epoch e ON e.id = x.epoch
            WHERE $epoch IS NULL OR e.epoch = $epoch GROUP BY e.gateway, x.standing
            """,
            reader => (Gateway: reader.GetString(0), Standing: (Standing)reader.GetInt64(1), Count: reader.GetDouble(2)),
            ("$epoch", epoch));
        var refused = transaction.Query(
            "SELECT gateway, cause, messages FROM ingest_refusal",
            reader => (Gateway: reader.GetString(0), Cause: reader.GetString(1), Count: reader.GetInt64(2)));
        var ahead = transaction.Query(
            "SELECT gateway, records FROM ingest_ahead", reader => KeyValuePair.Create(reader.GetString(0), reader.GetInt64(1)))
            .ToDictionary(StringComparer.Ordinal);
        return
        [
            .. settled.Select(item => item.Gateway).Union(refused.Select(item => item.Gateway)).Order(StringComparer.Ordinal)
                .Select(gateway =>
                {
                    var own = exceptions.Where(item => item.Gateway == gateway).ToList();
                    var total = settled.Find(item => item.Gateway == gateway).Count;
                    return new GatewayTally(
                        gateway,
                        Whole(total - own.Sum(item => item.Count)),
                        own.Where(item => item.Standing.IsLost).ToDictionary(item => item.Standing.Token, item => Whole(item.Count)),
                        own.Where(item => item.Standing.IsRefused).ToDictionary(item => item.Standing.Token, item => Whole(item.Count)),
                        refused.Where(item => item.Gateway == gateway).ToDictionary(item => item.Cause, item => item.Count))
                    {
                        Before = Whole(own.Where(item => item.Standing is Standing.Before or Standing.Had).Sum(item => item.Count)),
                        Ahead = ahead.GetValueOrDefault(gateway),
                    };
                }),
        ];
    }

    // Gateways make up numbers: their sums pass 64 bits, and are exact as far as anybody will count.
    private static long Whole(double count) => long.CreateSaturating(count);

    // Numbers in the table; those of the enumeration may be sorted anew.
    internal static long KeyOf(TopicKind kind) => kind switch
    {
        TopicKind.State => 1,
        TopicKind.Health => 2,
        TopicKind.Meta => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Of this kind nothing is kept."),
    };

    private static TopicKind KindOf(long key) => key switch
    {
        1 => TopicKind.State,
        2 => TopicKind.Health,
        _ => TopicKind.Meta,
    };
}

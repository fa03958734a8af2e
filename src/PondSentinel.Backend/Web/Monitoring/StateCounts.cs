using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Web.Monitoring;

/// <summary>What is counted in the state database.</summary>
/// <param name="Tallies">What became of every gateway's records.</param>
/// <param name="DeadLetters">Values that the store has refused and not taken since.</param>
/// <param name="NoticesWaiting">Notices that wait for a channel, over all channels.</param>
/// <param name="MessagesWaiting">Messages to people or machines that are made and not taken yet.</param>
/// <param name="RecipientsMissed">Recipients that have not got a message that counts as delivered, over all channels there are.</param>
/// <param name="Unreadable">Notices that this version cannot read, by cause.</param>
/// <param name="Silences">Silences in force.</param>
/// <param name="Expired">Values that were deleted for their age, by gateway.</param>
internal sealed record StateCounts(
    IReadOnlyList<GatewayTally> Tallies, long DeadLetters, long NoticesWaiting, long MessagesWaiting, long RecipientsMissed,
    IReadOnlyDictionary<string, long> Unreadable, long Silences, IReadOnlyDictionary<string, long> Expired)
{
    /// <summary>Counts, as of one moment.</summary>
    /// <param name="connection">The state database, of a backend that runs.</param>
    /// <param name="now">Now.</param>
    public static StateCounts Read(SqliteConnection connection, DateTimeOffset now)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        long Count(string table, string where, params ReadOnlySpan<(string, object?)> parameters) =>
            transaction.Query("SELECT 1 FROM sqlite_schema WHERE name = $name", _ => true, ("$name", table)).Count == 0
                ? 0
                : transaction.Query($"SELECT count(*) FROM {table} WHERE {where}", reader => reader.GetInt64(0), parameters)[0];
        bool HasMissed() => transaction.Query(
            "SELECT 1 FROM pragma_table_info('notification_channel') WHERE name = 'missed'", _ => true).Count > 0;
        return new StateCounts(
            LatestMessages.Tallies(transaction),
            Count("ingest_refused_point", "1"),
            Count("notification_delivery", "standing = 0"),
            Count("notification_message", "standing = 0"),
            HasMissed() ? transaction.Query("SELECT coalesce(sum(missed), 0) FROM notification_channel", reader => reader.GetInt64(0))[0] : 0,
            transaction.Query("SELECT 1 FROM sqlite_schema WHERE name = 'notification_unreadable'", _ => true).Count > 0
                ? new UnreadableTable(transaction).Count()
                : new Dictionary<string, long>(),
            Count("alarm_silence", "from_ms <= $now AND until_ms > $now", ("$now", now.ToUnixTimeMilliseconds())),
            new RetentionTables(transaction) is { AreThere: true } retention ? retention.Expired() : new Dictionary<string, long>());
    }
}

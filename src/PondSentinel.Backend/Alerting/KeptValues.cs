using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>The newest values of a channel, as the engine keeps them. Read-only; any connection after <see cref="AlertEngine.Open"/>.
/// </summary>
internal static class KeptValues
{
    private const int CountMax = 5_000;
    private const long NsPerMs = 1_000_000;

    /// <summary>Reads the values of the channel of a notice, rising in time; the latest where there are too many.</summary>
    /// <param name="connection">The state database.</param>
    /// <param name="notice">The notice.</param>
    /// <param name="from">The first time.</param>
    /// <param name="to">The last time.</param>
    public static IReadOnlyList<AlertSample> Read(SqliteConnection connection, AlertNotice notice, DateTimeOffset from, DateTimeOffset to)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        var values = transaction.Query(
            """
            SELECT v.time_ns, v.value, v.flag FROM alert_sample v JOIN alert_subject s ON s.id = v.subject
            WHERE s.site = $site AND s.station = $station AND s.gateway = $gateway AND s.device = $device AND s.channel = $channel
              AND s.measurand = $measurand AND v.time_ns BETWEEN $from AND $to ORDER BY v.time_ns DESC LIMIT $most
            """,
            reader => new AlertSample(
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0) / NsPerMs),
                reader.Optional<double>(1),
                (QualityFlag)reader.GetInt32(2)),
            ("$site", notice.Site), ("$station", notice.Station), ("$gateway", notice.Gateway), ("$device", notice.Device),
            ("$channel", notice.Channel), ("$measurand", notice.Measurand), ("$from", KeyOf(from)), ("$to", KeyOf(to)), ("$most", CountMax));
        values.Reverse();
        return values;
    }

    private static long KeyOf(DateTimeOffset time) =>
        long.CreateSaturating((decimal)time.ToUnixTimeMilliseconds() * NsPerMs);
}

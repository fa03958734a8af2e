using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Ingest;

/// <summary>The channels every gateway has sent: series in the store, of which each gateway may have so many.</summary>
/// <remarks>Kept in memory beside the table, because every point is looked up; it takes in what was committed only.</remarks>
internal sealed class ChannelBook
{
    private readonly Dictionary<string, HashSet<SeriesKey>> known = new(StringComparer.Ordinal);

    /// <summary>Reads the table.</summary>
    public ChannelBook(SqliteTransaction transaction)
    {
        var rows = transaction.Query(
            "SELECT measurand, site, station, gateway, device, channel FROM ingest_channel",
            reader => MeasurandNames.TryParse(reader.GetString(0), out var measurand)
                ? new SeriesKey(
                    measurand, reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                    reader.GetString(5))
                : default);
        Learn(rows.Where(key => key != default));
    }

    /// <summary>The series of a device's channel at a station, of every gateway and measurand that this version knows.</summary>
    /// <param name="transaction">The state database.</param>
    /// <param name="site">The site.</param>
    /// <param name="station">The station.</param>
    /// <param name="device">The device.</param>
    /// <param name="channel">The channel.</param>
    public static IReadOnlyList<SeriesKey> Find(
        SqliteTransaction transaction, string site, string station, string device, string channel) =>
    [
        .. transaction.Query(
            """
            SELECT measurand, gateway FROM ingest_channel
            WHERE site = $site AND station = $station AND device = $device AND channel = $channel ORDER BY gateway, measurand
            """,
            reader => MeasurandNames.TryParse(reader.GetString(0), out var measurand)
                ? new SeriesKey(measurand, site, station, reader.GetString(1), device, channel)
                : default,
            ("$site", site), ("$station", station), ("$device", device), ("$channel", channel)).Where(key => key != default),
    ];

    /// <summary>The series of a site, of every measurand that this version knows.</summary>
    /// <param name="transaction">The state database.</param>
    /// <param name="site">The site.</param>
    public static IReadOnlyList<SeriesKey> OfSite(SqliteTransaction transaction, string site) =>
    [
        .. transaction.Query(
            "SELECT measurand, station, gateway, device, channel FROM ingest_channel WHERE site = $site",
            reader => MeasurandNames.TryParse(reader.GetString(0), out var measurand)
                ? new SeriesKey(measurand, site, reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4))
                : default,
            ("$site", site)).Where(key => key != default),
    ];

    /// <summary>Whether a gateway may send these; if so, the new ones are added to <paramref name="added"/>.</summary>
    public bool Admits(string gateway, HashSet<SeriesKey> series, HashSet<SeriesKey> added, int most)
    {
        var own = known.GetValueOrDefault(gateway) ?? [];
        var unknown = series.Where(key => !own.Contains(key) && !added.Contains(key)).ToList();
        if (unknown.Count > 0
            && own.Count + added.Count(key => key.Gateway == gateway) + unknown.Count > most)
        {
            return false;
        }

        added.UnionWith(unknown);
        return true;
    }

    /// <summary>Writes new ones.</summary>
    public static void Write(SqliteTransaction transaction, IEnumerable<SeriesKey> series)
    {
        foreach (var key in series)
        {
            transaction.Execute(
                "INSERT OR IGNORE INTO ingest_channel VALUES ($gateway, $device, $channel, $measurand, $station, $site)",
                ("$gateway", key.Gateway), ("$device", key.Device), ("$channel", key.Channel),
                ("$measurand", key.Measurand.WireName), ("$station", key.Station), ("$site", key.Site));
        }
    }

    /// <summary>Takes in what was committed.</summary>
    public void Learn(IEnumerable<SeriesKey> series)
    {
        foreach (var key in series)
        {
            if (!known.TryGetValue(key.Gateway, out var own))
            {
                known[key.Gateway] = own = [];
            }

            own.Add(key);
        }
    }
}

using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary>The sites, stations and devices that a backend has had values of: a name that is none of them may be mistyped.</summary>
/// <param name="places">Site, station and device of each.</param>
internal sealed class KnownPlaces(IReadOnlyList<(string Site, string Station, string Device)> places)
{
    private static readonly KnownPlaces None = new([]);

    /// <summary>Reads them.</summary>
    /// <param name="state">The state database. Where there is none yet, or it cannot be read by whoever asks, nothing is known.</param>
    public static KnownPlaces Read(string state)
    {
        if (!File.Exists(state))
        {
            return None;
        }

        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = state, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            using var transaction = connection.BeginTransaction(deferred: true);
            return new KnownPlaces(transaction.Query(
                "SELECT DISTINCT site, station, device FROM ingest_channel",
                reader => (reader.GetString(0), reader.GetString(1), reader.GetString(2))));
        }
        catch (SqliteException)
        {
            return None;
        }
    }

    /// <summary>What is none of them, in a line each; nothing where none is known.</summary>
    /// <param name="site">A site; null for all.</param>
    /// <param name="station">A station.</param>
    /// <param name="device">A device.</param>
    public IEnumerable<string> Unknown(string? site, string? station, string? device) =>
        new[]
        {
            Unknown("site", site, [.. places.Select(place => place.Site).Distinct()]),
            Unknown("station", station, [.. places.Select(place => place.Station).Distinct()]),
            Unknown("device", device, [.. places.Select(place => place.Device).Distinct()]),
        }.OfType<string>();

    /// <summary>The sites that have both, in the order of their names.</summary>
    /// <param name="station">A station; null for any.</param>
    /// <param name="device">A device; null for any.</param>
    public IReadOnlyList<string> SitesOf(string? station, string? device) =>
    [
        .. places.Where(place => (station is null || place.Station == station) && (device is null || place.Device == device))
            .Select(place => place.Site).Distinct().Order(StringComparer.Ordinal),
    ];

    private static string? Unknown(string kind, string? name, IReadOnlyList<string> known) =>
        name is null || known.Count == 0 || known.Contains(name, StringComparer.Ordinal) ? null
        : $"nothing has come of a {kind} {name} yet{(Units.Nearest(name, known) is { } nearest ? $"; did you mean {nearest}?" : "")}";
}

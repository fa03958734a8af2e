using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary>The sites, stations and devices that a backend has had values of: a name that is none of them may be mistyped.</summary>
/// <param name="sites">The sites.</param>
/// <param name="stations">The stations.</param>
/// <param name="devices">The devices.</param>
internal sealed class KnownPlaces(IReadOnlySet<string> sites, IReadOnlySet<string> stations, IReadOnlySet<string> devices)
{
    private static readonly KnownPlaces None = new(new HashSet<string>(), new HashSet<string>(), new HashSet<string>());

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
            var rows = transaction.Query(
                "SELECT DISTINCT site, station, device FROM ingest_channel",
                reader => (Site: reader.GetString(0), Station: reader.GetString(1), Device: reader.GetString(2)));
            return new KnownPlaces(
                rows.Select(row => row.Site).ToHashSet(StringComparer.Ordinal),
                rows.Select(row => row.Station).ToHashSet(StringComparer.Ordinal),
                rows.Select(row => row.Device).ToHashSet(StringComparer.Ordinal));
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
        new[] { Unknown("site", site, sites), Unknown("station", station, stations), Unknown("device", device, devices) }.OfType<string>();

    private static string? Unknown(string kind, string? name, IReadOnlySet<string> known) =>
        name is null || known.Count == 0 || known.Contains(name) ? null
        : $"nothing has come of a {kind} {name} yet{(Units.Nearest(name, [.. known]) is { } nearest ? $"; did you mean {nearest}?" : "")}";
}

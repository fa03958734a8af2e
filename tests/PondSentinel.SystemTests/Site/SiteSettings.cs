using System.Globalization;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Site;

/// <summary>What all tests of a site share, and the configuration of its backend.</summary>
internal static class SiteSettings
{
    /// <summary>Site of all gateways.</summary>
    public const string Site = "gannan";

    /// <summary>Database in InfluxDB.</summary>
    public const string Database = "pond";

    /// <summary>The rule about ammonium below the pond.</summary>
    public const string LeakRule = "leak";

    /// <summary>The alarm of a gateway that watches the same itself.</summary>
    public const string Alarm = "own-leak";

    /// <summary>What it tells people.</summary>
    public const string LeakText = "The pond leaks";

    /// <summary>Its limit, mg/L as N.</summary>
    public const double LeakLimit = 15;

    /// <summary>Longest time a record may wait for its commit: what a killed gateway may lose.</summary>
    public static readonly TimeSpan CommitWindow = TimeSpan.FromSeconds(1);

    /// <summary>Names of a channel's value in the probes' own record.</summary>
    public static readonly IReadOnlyDictionary<string, string> MakersNames = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ph"] = "ph", ["temperature"] = "t", ["nh4n"] = "nh4n", ["turbidity"] = "ntu", ["pm25"] = "pm25", ["pm10"] = "pm10",
    };

    /// <summary>Writes the file of the backend.</summary>
    /// <param name="folder">The backend's folder.</param>
    /// <param name="brokerPort">Port of the broker.</param>
    /// <param name="influx">Address of InfluxDB.</param>
    /// <param name="webhook">Address of the webhook.</param>
    /// <param name="webPort">Port of the page.</param>
    /// <returns>The file.</returns>
    public static string WriteBackend(string folder, int brokerPort, Uri influx, Uri webhook, int webPort)
    {
        var path = Path.Combine(folder, "backend.toml");
        File.WriteAllText(
            path,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [backend]
                id = "b1"
                folder = "{folder}/state"

                [broker]
                embedded = false
                host = "127.0.0.1"
                port = {brokerPort}
                user = "{Mosquitto.Backend}"
                password = "{Mosquitto.Password(Mosquitto.Backend)}"

                [influx]
                url = "{influx}"
                database = "{Database}"

                [web]
                port = {webPort}

                [[webhook]]
                url = "{webhook}"

                [[rule]]
                id = "{LeakRule}"
                station = "downstream"
                measurand = "ammonium_n_mg_l"
                raise_above = {LeakLimit}
                clear_below = 12
                hold_raise = "2s"
                hold_clear = "3s"
                severity = "urgent"
                text = "{LeakText}"
                """));
        return path;
    }
}

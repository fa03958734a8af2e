using System.Globalization;
using System.Text;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Site;

/// <summary>The configuration files of the tests' site, as an owner would write them.</summary>
internal static class SiteSettings
{
    /// <summary>Site of all gateways.</summary>
    public const string Site = "gannan";

    /// <summary>Database in InfluxDB.</summary>
    public const string Database = "pond";

    /// <summary>The rule about ammonium below the pond.</summary>
    public const string LeakRule = "leak";

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

    private static readonly (string Bus, string Device, string Station, string Model, int Address, string[] Channels)[] Devices =
    [
        ("rs485-upstream", "upstream-ph", "upstream", "yosemitech-y532", 11, ["ph", "temperature"]),
        ("rs485-upstream", "upstream-nh4", "upstream", "yosemitech-y560", 13, ["nh4n"]),
        ("rs485-downstream", "downstream-ph", "downstream", "yosemitech-y532", 21, ["ph", "temperature"]),
        ("rs485-downstream", "downstream-nh4", "downstream", "yosemitech-y560", 23, ["nh4n"]),
        ("rs485-downstream", "downstream-turbidity", "downstream", "yosemitech-y511", 25, ["turbidity"]),
        ("uart-dust", "yard-dust", "yard", "nova-sds011", 0, ["pm25", "pm10"]),
    ];

    /// <summary>Whether the gateways keep a value of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="makersName">Name of the value in the probes' own record.</param>
    public static bool Keeps(string device, string makersName) =>
        Devices.Any(known => known.Device == device && known.Channels.Any(channel => MakersNames[channel] == makersName));

    /// <summary>Writes the file of a gateway.</summary>
    /// <param name="folder">The gateway's folder.</param>
    /// <param name="gateway">Its name.</param>
    /// <param name="ports">Folder with the ports.</param>
    /// <param name="brokerPort">Port of the broker.</param>
    /// <returns>The file.</returns>
    public static string WriteGateway(string folder, string gateway, string ports, int brokerPort)
    {
        var text = new StringBuilder();
        text.AppendLine($"[gateway]\nid = \"{gateway}\"\nsite = \"{Site}\"\n");
        foreach (var station in Devices.Select(device => device.Station).Distinct(StringComparer.Ordinal))
        {
            text.AppendLine($"[[station]]\nid = \"{station}\"\n");
        }

        foreach (var bus in Devices.Select(device => device.Bus).Distinct(StringComparer.Ordinal))
        {
            text.AppendLine($"[[bus]]\nid = \"{bus}\"\nkind = \"serial\"\nport = \"{Path.Combine(ports, bus)}\"\nbaud = 9600\n");
        }

        foreach (var (bus, device, station, model, address, channels) in Devices)
        {
            text.AppendLine($"[[device]]\nid = \"{device}\"\nstation = \"{station}\"\nbus = \"{bus}\"\nmodel = \"{model}\"");
            text.AppendLine(address == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"address = {address}"));
            text.AppendLine("interval = \"1s\"");
            foreach (var channel in channels)
            {
                text.AppendLine($"  [[device.channel]]\n  id = \"{channel}\"\n  output = \"{channel}\"");
                text.AppendLine(channel == "nh4n" ? "  fail = [0, 100]" : "");
            }

            text.AppendLine();
        }

        text.AppendLine("[clock]\nsource = \"system\"\n");
        text.AppendLine(CultureInfo.InvariantCulture, $"[buffer]\nfolder = \"{folder}/buffer\"\nmax = \"16MiB\"\ncommit_window = \"{CommitWindow.TotalMilliseconds:0}ms\"\n");
        text.AppendLine(CultureInfo.InvariantCulture, $"[uplink]\nhost = \"127.0.0.1\"\nport = {brokerPort}\npassword = \"{Mosquitto.Password(gateway)}\"");
        var path = Path.Combine(folder, "gateway.toml");
        File.WriteAllText(path, text.ToString());
        return path;
    }

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

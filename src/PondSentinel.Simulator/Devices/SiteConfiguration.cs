using System.Globalization;
using System.Text;
using PondSentinel.Toml;

namespace PondSentinel.Simulator.Devices;

/// <summary>Writes the configuration of a gateway that reads the virtual site.</summary>
internal static class SiteConfiguration
{
    /// <summary>Name of the gateway.</summary>
    public const string Gateway = "gw-1";

    /// <summary>Name of the site.</summary>
    public const string Site = "demo-hill";

    /// <summary>The configuration.</summary>
    /// <param name="speed">Simulated seconds in a real second; the sampling interval is scaled by it.</param>
    /// <param name="lines">Folder of the links to the ports.</param>
    /// <param name="buffer">Folder of the buffer.</param>
    /// <param name="brokerPort">Port of the broker on this machine.</param>
    public static string Text(double speed, string lines, string buffer, int brokerPort)
    {
        var text = new StringBuilder();
        var interval = Units.Text(SiteClock.Real(SiteLayout.SamplingInterval, speed));
        text.Append(CultureInfo.InvariantCulture, $"""
            # A gateway that reads the virtual site. Written anew at every start.
            [gateway]
            id = "{Gateway}"
            site = "{Site}"

            [clock]
            source = "system"   # this machine's clock is good enough for a demo

            [buffer]
            folder = {Quoted(buffer)}
            max = "64MiB"
            commit_window = "{Units.Text(CommitWindow(speed))}"

            [uplink]
            host = "127.0.0.1"
            port = {brokerPort}

            """);
        foreach (var station in SiteLayout.Stations)
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                [[station]]
                id = "{station.Id}"
                label = "{station.Label}"
                {(station.Id == SiteLayout.Upstream ? $"upstream_of = [\"{SiteLayout.Downstream}\"]\n" : "")}
                """);
        }

        foreach (var line in SiteLayout.Lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                [[bus]]
                id = "{line.Id}"
                kind = "serial"
                port = {Quoted(Path.Combine(lines, line.Id))}
                baud = {SiteLayout.Baud}

                """);
            foreach (var device in line.Devices)
            {
                Append(text, line, device, interval);
            }
        }

        return text.ToString();
    }

    // Half a sampling interval, so that a value is seen before the next one comes; never more than the usual 5 s.
    private static TimeSpan CommitWindow(double speed)
    {
        var half = SiteClock.Real(SiteLayout.SamplingInterval / 2, speed);
        return half < TimeSpan.FromSeconds(5) ? half : TimeSpan.FromSeconds(5);
    }

    private static void Append(StringBuilder text, SiteLine line, SiteDevice device, string interval)
    {
        var (model, channels) = Of(device.Model);
        text.Append(CultureInfo.InvariantCulture, $"""

            [[device]]
            id = "{device.Id}"
            station = "{device.Station}"
            bus = "{line.Id}"
            model = "{model}"
            {(device.Address > 0 ? string.Create(CultureInfo.InvariantCulture, $"address = {device.Address}\nsequence = false   # the virtual probes need no warm-up") : "warm_up = \"0s\"   # nor does the virtual dust sensor")}
            interval = "{interval}"

            """);
        foreach (var (id, output, label, fail, urgent) in channels)
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                  [[device.channel]]
                  id = "{id}"
                  output = "{output}"
                  label = "{label}"
                  fail = [{fail}]
                {(urgent.Length > 0 ? $"  urgent = [{urgent}]\n" : "")}
                """);
        }
    }

    private static (string Model, (string Id, string Output, string Label, string Fail, string Urgent)[] Channels) Of(
        DeviceModel model) => model switch
        {
            DeviceModel.Y532 => ("yosemitech-y532", [("ph", "ph", "pH", "0, 14", "6, 9"), ("temperature", "temperature", "Water temperature", "-5, 60", "")]),
            DeviceModel.Y560 => ("yosemitech-y560", [("nh4n", "nh4n", "Ammonium as N", "0, 100", "0, 15")]),
            DeviceModel.Y511 => ("yosemitech-y511", [("turbidity", "turbidity", "Turbidity", "0, 1000", "")]),
            DeviceModel.Sds011 => ("nova-sds011", [("pm10", "pm10", "PM10", "0, 999.9", "0, 250"), ("pm25", "pm25", "PM2.5", "0, 999.9", "")]),
            _ => throw new ArgumentOutOfRangeException(nameof(model), model, "Not a defined model."),
        };

    private static string Quoted(string path) =>
        $"\"{path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

using System.Text.RegularExpressions;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[bus]]</c>.</summary>
internal static partial class BusSection
{
    private const int BaudMin = 300;
    private const int BaudMax = 1_000_000;

    private static readonly Dictionary<string, bool> Kinds = new(StringComparer.Ordinal) { ["serial"] = true };

    private static readonly Dictionary<string, LineParity> Parities = new(StringComparer.Ordinal)
    {
        ["none"] = LineParity.None,
        ["even"] = LineParity.Even,
        ["odd"] = LineParity.Odd,
    };

    /// <summary>Reads all buses and what holds between them.</summary>
    /// <param name="top">The file.</param>
    /// <param name="warnings">Receives what is unwise.</param>
    public static List<Located<BusOptions>> ReadAll(TomlSection top, List<Problem> warnings)
    {
        List<Located<BusOptions>> buses =
            [.. top.Tables("bus").Select(section => new Located<BusOptions>(Read(section, warnings), section))];
        if (buses.Count == 0)
        {
            top.Report(null, "there is no [[bus]]", "add one for each line that sensors hang on");
        }

        Findings.RefuseTwice(buses, bus => bus.Id, "id", bus => $"bus {bus.Id} stands here twice", "rename one");
        Findings.RefuseTwice(
            buses,
            bus => bus.Port,
            "port",
            bus => $"two buses have the port {bus.Port}",
            "put their devices on one bus, or name the other port");
        return buses;
    }

    private static BusOptions Read(TomlSection section, List<Problem> warnings)
    {
        section.Word("kind", Kinds, required: true);
        var bus = new BusOptions
        {
            Id = Findings.Name(section, "id"),
            Port = Port(section, warnings),
            Baud = (int)(section.Integer("baud", BaudMin, BaudMax) ?? 9600),
            Parity = section.Word("parity", Parities) ?? LineParity.None,
            StopBits = (int)(section.Integer("stop_bits", 1, 2) ?? 1),
        };
        section.RefuseUnknownKeys();
        return bus;
    }

    private static string Port(TomlSection section, List<Problem> warnings)
    {
        var port = section.Text("port", required: true);
        if (port is null)
        {
            return "";
        }

        // A link to a device file may lie anywhere.
        if (!port.StartsWith('/') || port.Any(char.IsControl))
        {
            section.Report(
                "port", $"port of [{section.Name}] must be a device file: \"{port}\"", "look into /dev/serial/by-id");
            return "";
        }

        if (NumberedByPlugging().IsMatch(port))
        {
            warnings.Add(section.At(
                "port",
                $"{port} can be another adapter after the next start",
                "use its name under /dev/serial/by-id"));
        }

        return port;
    }

    [GeneratedRegex("^/dev/tty(USB|ACM)[0-9]+$")]
    private static partial Regex NumberedByPlugging();
}

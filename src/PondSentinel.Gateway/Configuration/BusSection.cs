using System.Text.RegularExpressions;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Buses.Spi;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[bus]]</c>.</summary>
internal static partial class BusSection
{
    private const int BaudMin = 300;
    private const int BaudMax = 1_000_000;
    private const int I2cBusMax = 255;
    private const int SpiNumberMax = 255;
    private const int GpioChipMax = 63;
    private const string RtuOverTcp = "rtu-tcp";

    private static readonly Dictionary<string, LineKind> Kinds = new(StringComparer.Ordinal)
    {
        ["serial"] = LineKind.Serial,
        ["i2c"] = LineKind.I2c,
        ["one-wire"] = LineKind.OneWire,
        ["spi"] = LineKind.Spi,
        ["gpio"] = LineKind.Gpio,
        ["host"] = LineKind.Host,
        [RtuOverTcp] = LineKind.Serial,
    };

    private static readonly Dictionary<string, bool> Levels = new(StringComparer.Ordinal) { ["high"] = true, ["low"] = false };

    private static readonly Dictionary<string, LineParity> Parities = new(StringComparer.Ordinal)
    {
        ["none"] = LineParity.None,
        ["even"] = LineParity.Even,
        ["odd"] = LineParity.Odd,
    };

    /// <summary>Reads all buses and what holds between them.</summary>
    /// <param name="top">The file.</param>
    /// <param name="warnings">Receives what is unwise.</param>
    public static FoundBuses ReadAll(TomlSection top, List<Problem> warnings)
    {
        var sections = top.Tables("bus");
        if (sections.Count == 0)
        {
            top.Report(null, "there is no [[bus]]", "add one for each line that sensors hang on");
        }

        List<Located<string>> names = [];
        List<Located<BusOptions>> buses = [];
        foreach (var section in sections)
        {
            var name = Findings.Name(section, "id");
            names.Add(new Located<string>(name, section));
            if (Line(section, warnings) is { } line)
            {
                var bus = new BusOptions { Id = name, Line = line, SupplyRelay = Relay(section.Table("supply_relay")) };
                section.RefuseUnknownKeys();
                buses.Add(new Located<BusOptions>(bus, section));
            }
        }

        Findings.RefuseTwice(names, name => name, "id", name => $"bus {name} stands here twice", "rename one");
        RefuseOneLineTwice(buses, LineKind.Serial, "port", "two buses have the port", "put their devices on one bus, or name the other port");
        RefuseOneLineTwice(buses, LineKind.I2c, "bus", "two buses are", "put their devices on one of them, or give the other's number");
        RefuseOneLineTwice(buses, LineKind.OneWire, "kind", "two buses are all the 1-Wire devices of", "put their devices on one of them");
        RefuseOneLineTwice(buses, LineKind.Spi, "bus", "two buses are", "remove one, or give the other's bus or chip_select");
        RefuseOneLineTwice(buses, LineKind.Host, "kind", "two buses are", "put what hangs on the one on the other");
        RefuseOneLineTwice(buses, LineKind.Gpio, "chip", "two buses are", "put their devices on one of them, or give the other's number");
        return new FoundBuses(
            names.Select(name => name.Value).Where(name => name.Length > 0).ToHashSet(StringComparer.Ordinal), buses);
    }

    /// <summary>The word for a kind of line.</summary>
    /// <param name="kind">The kind.</param>
    public static string Word(LineKind kind) => Kinds.First(pair => pair.Value == kind).Key;

    // Null where the kind is what is wrong: then nobody can say what the other keys mean.
    private static LineSettings? Line(TomlSection section, List<Problem> warnings) =>
        section.Word("kind", Kinds, required: true) switch
        {
            LineKind.Serial when section.Text("kind") == RtuOverTcp => Tcp(section),
            LineKind.Serial => Serial(section, warnings),
            LineKind.OneWire => new OneWireSettings(OneWireFolder(section)),
            LineKind.Spi => new SpiSettings(
                (int)(section.Integer("bus", 0, SpiNumberMax, required: true) ?? 0), (int)(section.Integer("chip_select", 0, SpiNumberMax) ?? 0)),

            // Where the buffer lies is read later.
            LineKind.Host => new HostSettings(""),
            LineKind.Gpio => Chip(section),
            LineKind.I2c => new I2cSettings((int)(section.Integer("bus", 0, I2cBusMax, required: true) ?? 0)),
            _ => null,
        };

    private static void RefuseOneLineTwice(
        List<Located<BusOptions>> buses, LineKind kind, string key, string what, string mend) => Findings.RefuseTwice(
            buses.Where(bus => bus.Value.Line.Kind == kind),
            bus => bus.Line.Place,
            key,
            bus => $"{what} {bus.Line.Place}",
            mend);

    private static SerialSettings Serial(TomlSection section, List<Problem> warnings) => new(
        Port(section, warnings),
        (int)(section.Integer("baud", BaudMin, BaudMax) ?? 9600),
        section.Word("parity", Parities) ?? LineParity.None,
        (int)(section.Integer("stop_bits", 1, 2) ?? 1));

    private static TcpSerialSettings Tcp(TomlSection section)
    {
        var host = section.Text("host", required: true);
        if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            section.Report("host", $"host of [{section.Name}] is no name or address: \"{host}\"", "write it alone, the port as tcp_port");
        }

        var settings = new TcpSerialSettings(
            host ?? "",
            (int)(section.Integer("tcp_port", 1, ushort.MaxValue, required: true) ?? 1),
            (int)(section.Integer("baud", BaudMin, BaudMax) ?? 9600),
            section.Word("parity", Parities) ?? LineParity.None,
            (int)(section.Integer("stop_bits", 1, 2) ?? 1));
        return settings with
        {
            ConnectMax = section.Duration("connect_timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)) ?? settings.ConnectMax,
            DeadAfter = section.Duration("dead_after", TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(10)) ?? settings.DeadAfter,
            NetworkDelay = section.Duration("network_delay", TimeSpan.Zero, TimeSpan.FromSeconds(2)) ?? settings.NetworkDelay,
        };
    }

    private static SupplyRelay? Relay(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var relay = new SupplyRelay(
            Chip(section),
            (int)(section.Integer("gpio", 0, GpioLines.Highest, required: true) ?? 0),
            section.Word("cuts_at", Levels, required: true) ?? false,
            section.Duration("off", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2)) ?? TimeSpan.FromSeconds(10));
        section.RefuseUnknownKeys();
        return relay;
    }

    private static GpioSettings Chip(TomlSection section) => new((int)(section.Integer("chip", 0, GpioChipMax) ?? 0));

    private static string OneWireFolder(TomlSection section)
    {
        var folder = section.Text("folder") ?? OneWireSettings.KernelFolder;
        if (!folder.StartsWith('/') || folder.Any(char.IsControl))
        {
            section.Report("folder", $"folder of [{section.Name}] must be a whole path: \"{folder}\"", "leave it out for the kernel's own");
        }

        return folder;
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
                "port", $"port of [{section.Name}] must be a device file: \"{port}\"", "look into /dev/serial/by-id, or /dev/serial/by-path where two adapters have one name there");
            return "";
        }

        if (NumberedByPlugging().IsMatch(port))
        {
            warnings.Add(section.At(
                "port",
                $"{port} can be another adapter after the next start",
                "use its name under /dev/serial/by-id, or under /dev/serial/by-path where two adapters have one name there"));
        }

        return port;
    }

    [GeneratedRegex("^/dev/tty(USB|ACM)[0-9]+$")]
    private static partial Regex NumberedByPlugging();
}

/// <summary>The buses of a file.</summary>
/// <param name="Names">The names of all, also of those whose kind is not known.</param>
/// <param name="Buses">Those whose kind is known.</param>
internal sealed record FoundBuses(IReadOnlyCollection<string> Names, IReadOnlyList<Located<BusOptions>> Buses);

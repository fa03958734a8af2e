using System.CommandLine;
using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway scan</c>: who is on the lines, as a piece of configuration.</summary>
internal static class ScanCommand
{
    private const string SerialById = "/dev/serial/by-id";
    private const string Description =
        """
        Who is on the lines: I2C addresses, Modbus ids, 1-Wire chips, and the serial
        ports that there are. What is printed is configuration that check takes; all
        else stands behind #. Nothing is ever written to a device, and I2C addresses
        that a read may harm are left out. Buses of the configuration are named by
        their ids, others by their device files. A running gateway looks itself,
        between its polls.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var buses = new Argument<string[]>("bus")
        {
            Description = "A bus of the configuration, or a device file: /dev/i2c-1, a serial port; else all of the configuration.",
            HelpName = "BUS",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var ids = new Option<string>("--ids")
        {
            Description = "Modbus ids that are asked.",
            HelpName = "FROM-TO",
            DefaultValueFactory = _ => "1-32",
        };
        ids.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && RangeOf(token.Value) is null)
            {
                result.AddError($"--ids {token.Value} is no range; write for example 1-32, within 1 to 247");
            }
        });
        var baud = new Option<string?>("--baud") { Description = "Baud rates of a port that is not configured; else 9600.", HelpName = "N,N" };
        baud.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && BaudsOf(token.Value) is null)
            {
                result.AddError($"--baud {token.Value} is none; write for example 9600,4800");
            }
        });
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Verb(
            "scan",
            Description,
            "pond-gateway scan",
            "pond-gateway scan /dev/i2c-1 > found.toml",
            "pond-gateway scan /dev/serial/by-id/usb-FTDI_x --ids 1-10 --baud 9600,4800")
        {
            buses, ids, baud, json, config,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            result.GetResult(config) is { Implicit: false },
            new Asked(
                result.GetValue(buses) ?? [], RangeOf(result.GetRequiredValue(ids))!, BaudsOf(result.GetValue(baud) ?? "9600")!, result.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        InvocationConfiguration console, string path, bool isNamed, Asked asked, CancellationToken cancellationToken)
    {
        var loaded = isNamed || File.Exists(path) ? GatewayConfigurationFile.Load(path) : null;
        if (loaded is { Configuration: null })
        {
            console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
            return ExitCode.Misuse;
        }

        var present = loaded?.Configuration;
        var (buses, unknown) = BusesOf(asked, present);
        if (unknown is not null)
        {
            console.Error.WritePlain(unknown);
            return ExitCode.Misuse;
        }

        var models = present?.Models ?? SensorCatalogue.Models;
        var scan = new LineScan(models, present, TimeProvider.System);
        List<ScannedBus> scanned = [];
        foreach (var bus in buses)
        {
            scanned.Add(await scan.LookAsync(bus, asked.Ids, console.Error, cancellationToken));
        }

        Tell(scanned, models, present, asked.IsJson, console.Output);
        return scanned.Exists(bus => bus.Failure is not null) ? ExitCode.Wrong : ExitCode.Good;
    }

    private static void Tell(
        IReadOnlyList<ScannedBus> scanned, IReadOnlyDictionary<string, SensorModel> models, GatewayConfiguration? present, bool json, TextWriter output)
    {
        var ports = Directory.Exists(SerialById) ? Directory.GetFiles(SerialById).Order(StringComparer.Ordinal).ToList() : [];
        if (json)
        {
            output.WriteLine(JsonLine.Of(writer =>
            {
                writer.WriteStartArray("buses");
                foreach (var bus in scanned)
                {
                    writer.WriteStartObject();
                    writer.WriteString("bus", bus.Bus.Id);
                    writer.WriteString("line", bus.Bus.Line.Description);
                    writer.WriteString("failure", bus.Failure);
                    Fieldwork.ScanVerb.Write(writer, bus.Found);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                JsonLine.Texts(writer, "serial_ports", ports);
            }));
            return;
        }

        foreach (var port in ports)
        {
            output.WritePlain($"# serial port {port}");
        }

        foreach (var bus in scanned)
        {
            output.WritePlain($"# bus {bus.Bus.Id} ({bus.Bus.Line.Description}): {bus.Found.Count} found{(bus.IsConfigured ? " beside those configured" : "")}");
            if (bus.Failure is not null)
            {
                output.WritePlain($"#   {bus.Failure}");
            }
        }

        if (scanned.Any(bus => bus.Found.Count > 0))
        {
            new ConfigurationBlock(models, present).Write(output, scanned);
        }
    }

    private static (IReadOnlyList<BusOptions> Buses, string? Unknown) BusesOf(Asked asked, GatewayConfiguration? present)
    {
        if (asked.Buses.Count == 0)
        {
            return (present?.Buses.Where(bus => bus.Line.Kind is LineKind.I2c or LineKind.OneWire or LineKind.Serial).ToList() ?? OfMachine(), null);
        }

        List<BusOptions> buses = [];
        foreach (var name in asked.Buses)
        {
            var known = present?.Buses.FirstOrDefault(bus => bus.Id == name || bus.Line.Place == name);
            IReadOnlyList<BusOptions> meant = known is not null ? [known] : OfPath(name, asked.Bauds);
            if (meant.Count == 0)
            {
                return ([], $"there is no bus {name}; name one of the configuration, or a device file, for example /dev/i2c-1");
            }

            buses.AddRange(meant);
        }

        return (buses, null);
    }

    // A serial port is only listed: what hangs on it may be no Modbus, and nobody knows what a question does to it.
    private static List<BusOptions> OfMachine() =>
    [
        .. Directory.GetFiles("/dev", "i2c-*").Order(StringComparer.Ordinal).SelectMany(path => OfPath(path, [])),
        .. Directory.Exists(OneWireSettings.KernelFolder)
            ? [new BusOptions { Id = "one-wire", Line = new OneWireSettings(OneWireSettings.KernelFolder) }]
            : Array.Empty<BusOptions>(),
    ];

    private static IReadOnlyList<BusOptions> OfPath(string path, IReadOnlyList<int> bauds)
    {
        const string i2c = "/dev/i2c-";
        if (path.StartsWith(i2c, StringComparison.Ordinal)
            && int.TryParse(path.AsSpan(i2c.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return [new BusOptions { Id = string.Create(CultureInfo.InvariantCulture, $"i2c-{number}"), Line = new I2cSettings(number) }];
        }

        if (Directory.Exists(path))
        {
            return [new BusOptions { Id = "one-wire", Line = new OneWireSettings(Path.GetFullPath(path)) }];
        }

        return path.StartsWith('/') && File.Exists(path)
            ? [.. bauds.Select((baud, at) => new BusOptions
            {
                Id = at == 0 ? "serial" : string.Create(CultureInfo.InvariantCulture, $"serial-{baud}"),
                Line = new SerialSettings(path, baud),
            })]
            : [];
    }

    private static IReadOnlyList<byte>? RangeOf(string text) =>
        text.Split('-') is [var from, .. var rest] && rest.Length < 2
        && byte.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var low)
        && byte.TryParse(rest.Length == 0 ? from : rest[0], NumberStyles.None, CultureInfo.InvariantCulture, out var high)
        && low >= ProfileLine.AddressMin && high <= ProfileLine.AddressMax && low <= high
            ? [.. Enumerable.Range(low, high - low + 1).Select(address => (byte)address)]
            : null;

    private static List<int>? BaudsOf(string text)
    {
        List<int> bauds = [];
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var baud) || baud is < 300 or > 1_000_000)
            {
                return null;
            }

            bauds.Add(baud);
        }

        return bauds;
    }

    private sealed record Asked(IReadOnlyList<string> Buses, IReadOnlyList<byte> Ids, IReadOnlyList<int> Bauds, bool IsJson);
}

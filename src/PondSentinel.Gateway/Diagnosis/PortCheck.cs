using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>Looks at the ports of this machine, and at who has them open.</summary>
internal static class PortCheck
{
    private const string ModemManager = "ModemManager";

    /// <summary>Looks at the ports of a gateway.</summary>
    /// <param name="configuration">The gateway.</param>
    /// <param name="service">The process of the running gateway; null where none runs.</param>
    /// <param name="proc">Where the kernel shows processes: <c>/proc</c>.</param>
    /// <param name="isDenied">Whether this user may not use a port; it matters only where this process has to.</param>
    public static IEnumerable<Finding> Look(GatewayConfiguration configuration, int? service, string proc, Func<string, bool> isDenied)
    {
        foreach (var bus in configuration.Buses)
        {
            if (bus.Line is SerialSettings serial and not TcpSerialSettings)
            {
                var found = Look(bus.Id, serial.Port, service, proc);
                yield return found.Severity == Severity.Good && service is null && isDenied(serial.Port) ? Finding.Bad("port-denied", serial.Port) : found;
            }
        }
    }

    /// <summary>Looks whether a driver of the kernel has an address of a configured device, for example that of a clock chip.</summary>
    /// <param name="configuration">The gateway.</param>
    /// <param name="devices">Where the kernel shows them: <c>/sys/bus/i2c/devices</c>.</param>
    public static IEnumerable<Finding> LookAtI2c(GatewayConfiguration configuration, string devices)
    {
        foreach (var device in configuration.Devices)
        {
            if (configuration.Buses.FirstOrDefault(bus => bus.Id == device.Bus)?.Line is I2cSettings line)
            {
                var place = Path.Combine(devices, string.Create(CultureInfo.InvariantCulture, $"{line.Number}-{device.Address:x4}"));
                if (Path.Exists(Path.Combine(place, "driver")))
                {
                    yield return Finding.Bad(
                        "i2c-taken",
                        device.Id,
                        string.Create(CultureInfo.InvariantCulture, $"0x{device.Address:X2} on {line.Place}"),
                        NameIn(Path.Combine(place, "name")));
                }
            }
        }
    }

    private static Finding Look(string bus, string port, int? service, string proc)
    {
        if (!File.Exists(port))
        {
            return Finding.Bad("port-missing", bus, port);
        }

        var file = File.ResolveLinkTarget(port, returnFinalTarget: true)?.FullName ?? port;
        var others = HoldersOf(file, proc).Where(holder => holder.Process != service && holder.Process != Environment.ProcessId).ToList();
        return others.Count == 0 ? Finding.Good("port-good", port)
            : others.Find(holder => holder.Name == ModemManager) is { Name: not null } manager ? Finding.Bad("port-modem-manager", port, Text(manager))
            : Finding.Bad("port-held", port, string.Join(", ", others.Select(Text)));
    }

    private static string Text((int Process, string Name) holder) =>
        string.Create(CultureInfo.InvariantCulture, $"{holder.Name}, process {holder.Process}");

    // Of other users' processes only root sees this.
    private static IEnumerable<(int Process, string Name)> HoldersOf(string file, string proc)
    {
        foreach (var folder in Directory.EnumerateDirectories(proc))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                && Opened(folder).Contains(file, StringComparer.Ordinal))
            {
                yield return (process, NameIn(Path.Combine(folder, "comm")));
            }
        }
    }

    private static List<string> Opened(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(Path.Combine(folder, "fd")).Select(TargetOf).OfType<string>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is somebody else's.
            return [];
        }
    }

    private static string? TargetOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string NameIn(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "?";
        }
    }
}

using System.Globalization;

namespace PondSentinel.Sensors.Buses.Host;

/// <summary>What the computer says of itself. What it does not say is null; nothing here throws.</summary>
/// <remarks>Undervoltage comes from bits 0 and 16 of the Raspberry Pi's firmware (get_throttled), or from the alarm of the kernel's
/// driver <c>raspberrypi-hwmon</c>, which looks each 2 s and clears the firmware's second bit by that.</remarks>
/// <param name="root">Where its file system begins; another folder in tests.</param>
public sealed class Machine(string root = "/")
{
    private const long UndervoltageNowBit = 0x1;
    private const long UndervoltageSinceBootBit = 0x1_0000;
    private const string SupplyMonitor = "rpi_volt";

    private const double MilliPerUnit = 1000;

    // JEDEC eMMC 5.0, as the kernel shows it: 1 is 0 to 10 % of the life used, 10 is 90 to 100 %, 11 is more; 0 says nothing.
    private const int LifeStepsMax = 11;
    private const double PercentPerLifeStep = 10;

    /// <summary>Model of the computer, as its firmware gives it; null where there is none.</summary>
    public string? Model =>
        Text("sys/firmware/devicetree/base/model") ?? Text("sys/class/dmi/id/product_name");

    /// <summary>Temperature of the processor, degrees Celsius.</summary>
    public double? ProcessorCelsius =>
        double.TryParse(
            Text("sys/class/thermal/thermal_zone0/temp"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milli)
            ? milli / MilliPerUnit
            : null;

    /// <summary>Processes that ran or waited to run, mean of the last minute.</summary>
    public double? LoadAverage =>
        double.TryParse(
            Text("proc/loadavg")?.Split(' ')[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var load)
            ? load
            : null;

    /// <summary>Whether the supply voltage is too low now, or was within the last seconds.</summary>
    public bool? UndervoltageNow => (Throttled, Alarm) switch
    {
        (null, var alarm) => alarm,
        ({ } bits, var alarm) => (bits & UndervoltageNowBit) != 0 || alarm == true,
    };

    /// <summary>Whether the supply voltage has been too low since boot, as far as that is still known: a weak power supply, the
    /// commonest cause of a broken card.</summary>
    public bool? Undervoltage => (Throttled, UndervoltageNow) switch
    {
        (_, true) => true,
        ({ } bits, _) => (bits & UndervoltageSinceBootBit) != 0,
        (null, var now) => now,
    };

    /// <summary>How much of the life of the eMMC is used, percent, at the upper end of the tenth that it gives; 110 is more than all.
    /// Null on an SD card, which does not say, and on anything else.</summary>
    public double? MediumWearPercent =>
        Medium("life_time")?.Split(' ').Select(Hexadecimal).Max() is >= 1 and <= LifeStepsMax and var step ? step * PercentPerLifeStep : null;

    /// <summary>Whether the eMMC has used most of the blocks that it keeps in reserve; null where nothing says so.</summary>
    public bool? IsMediumNearItsEnd => Hexadecimal(Medium("pre_eol_info")) switch
    {
        1 => false,
        2 or 3 => true,
        _ => null,
    };

    /// <summary>Resident memory of this process, bytes.</summary>
    public static long ResidentBytes => Environment.WorkingSet;

    private long? Throttled => Hexadecimal(Text("sys/devices/platform/soc/soc:firmware/get_throttled"));

    private bool? Alarm => Folders("sys/class/hwmon").FirstOrDefault(folder => Text($"{folder}/name") == SupplyMonitor) is { } monitor
        ? Text($"{monitor}/in0_lcrit_alarm") switch { "0" => false, "1" => true, _ => null }
        : null;

    /// <summary>Free bytes of the file system of a folder, for whoever is not root.</summary>
    /// <param name="folder">The folder.</param>
    public static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static long? Hexadecimal(string? text) =>
        long.TryParse(
            text?.StartsWith("0x", StringComparison.Ordinal) == true ? text[2..] : text,
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out var number)
            ? number
            : null;

    private string? Medium(string name) => Folders("sys/block")
        .Where(folder => Path.GetFileName(folder).StartsWith("mmcblk", StringComparison.Ordinal))
        .Select(folder => Text($"{folder}/device/{name}"))
        .FirstOrDefault(text => text is not null);

    private IReadOnlyList<string> Folders(string path)
    {
        try
        {
            return
            [
                .. Directory.EnumerateFileSystemEntries(Path.Combine(root, path))
                    .Select(entry => $"{path}/{Path.GetFileName(entry)}").Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private string? Text(string path)
    {
        try
        {
            // The device tree ends its texts with a null.
            return File.ReadAllText(Path.Combine(root, path)).TrimEnd('\0', '\n', ' ') is { Length: > 0 } text ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

using System.Globalization;

namespace PondSentinel.Gateway.Health;

/// <summary>What the computer says of itself. What it does not say is null; nothing here throws.</summary>
/// <param name="root">Where its file system begins; another folder in tests.</param>
public sealed class Machine(string root = "/")
{
    // Bits of the Raspberry Pi's firmware, get_throttled: undervoltage now, and since boot.
    private const long UndervoltageBits = 0x1_0001;

    private const double MilliPerUnit = 1000;

    /// <summary>Model of the computer, as its firmware gives it; null where there is none.</summary>
    public string? Model =>
        Text("sys/firmware/devicetree/base/model") ?? Text("sys/class/dmi/id/product_name");

    /// <summary>Temperature of the processor, degrees Celsius.</summary>
    public double? ProcessorCelsius =>
        double.TryParse(
            Text("sys/class/thermal/thermal_zone0/temp"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milli)
            ? milli / MilliPerUnit
            : null;

    /// <summary>Whether the supply voltage has been too low since boot: a weak power supply, the commonest cause of a broken
    /// card.</summary>
    public bool? Undervoltage
    {
        get
        {
            var bits = Text("sys/devices/platform/soc/soc:firmware/get_throttled");
            return long.TryParse(
                bits?.StartsWith("0x", StringComparison.Ordinal) == true ? bits[2..] : bits,
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var throttled)
                ? (throttled & UndervoltageBits) != 0
                : null;
        }
    }

    /// <summary>Resident memory of this process, bytes.</summary>
    public static long ResidentBytes => Environment.WorkingSet;

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

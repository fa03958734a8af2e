using System.Globalization;
using System.Text;
using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>A Raspberry Pi with an eMMC as a folder of the files that its kernel shows, each written anew at <see cref="Refresh"/>.
/// </summary>
/// <remarks>Free space is that of the real file system, so it is not served. Not thread-safe.</remarks>
/// <param name="id">Name of the device.</param>
/// <param name="root">Where its file system begins.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
/// <param name="log">Told of what stands there.</param>
internal sealed class HostFolder(string id, string root, Faults faults, Func<Sense> sense, ServedLog log)
{
    private const int UndervoltageNow = 0x1;
    private const int UndervoltageSinceBoot = 0x1_0000;
    private const int PercentPerLifeStep = 10;

    private int throttled;

    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } = [FaultKind.Stuck, FaultKind.NoData, FaultKind.Supply, FaultKind.Error];

    /// <summary>Writes its files.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Refresh()
    {
        var there = sense();
        var milli = (int)Math.Round(there(Measurand.ProcessorTemperature) * 1000);
        var celsius = milli.ToString(CultureInfo.InvariantCulture);
        var load = Math.Round(there(Measurand.LoadAverage), 2);
        var life = (int)Math.Ceiling(there(Measurand.MediumWear) / PercentPerLifeStep);
        throttled = faults.Kind == FaultKind.Supply ? UndervoltageNow | UndervoltageSinceBoot : throttled & ~UndervoltageNow;
        Write("sys/firmware/devicetree/base/model", "Raspberry Pi Compute Module 4 Rev 1.1\0");
        Write("sys/class/thermal/thermal_zone0/temp", $"{celsius}\n");
        Write("proc/loadavg", string.Create(CultureInfo.InvariantCulture, $"{load:0.00} 0.40 0.30 1/180 4711\n"));
        Write("sys/devices/platform/soc/soc:firmware/get_throttled", string.Create(CultureInfo.InvariantCulture, $"{throttled:x}\n"));
        Write("sys/block/mmcblk0/device/life_time", string.Create(CultureInfo.InvariantCulture, $"0x{life:x2} 0x01\n"));
        Write("sys/block/mmcblk0/device/pre_eol_info", faults.Kind == FaultKind.Error ? "0x03\n" : "0x01\n");
        log.Note(id, new ServedValues("files", Encoding.ASCII.GetBytes(celsius),
        [
            .. faults.Kind == FaultKind.NoData ? Array.Empty<(string, double)>() :
            [
                ("cpu_temperature", milli / 1000.0), ("load", load), ("medium_wear", life * PercentPerLifeStep),
                ("undervoltage", throttled & UndervoltageNow),
            ],

            // Known to whoever has seen it, also where nothing is said any more.
            .. throttled != 0 || faults.Kind != FaultKind.NoData
                ? [("undervoltage_since_boot", throttled / UndervoltageSinceBoot)] : Array.Empty<(string, double)>(),
        ]));
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, faults.Kind == FaultKind.NoData ? "" : text);
    }
}

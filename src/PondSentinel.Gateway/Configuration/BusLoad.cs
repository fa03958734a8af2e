using System.Globalization;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>How much of its time a bus is busy when all devices answer.</summary>
/// <param name="Bus">The bus.</param>
/// <param name="Devices">Devices on it.</param>
/// <param name="Share">Part of the time, 1 is all of it.</param>
public sealed record BusLoad(string Bus, int Devices, double Share)
{
    private const double ShareMax = 1.0;
    private const double ShareWise = 0.8;

    /// <summary>The loads of all buses that have devices.</summary>
    /// <param name="configuration">Buses and devices.</param>
    /// <param name="models">The models; devices of others count nothing.</param>
    public static IReadOnlyList<BusLoad> Of(
        GatewayConfiguration configuration, IReadOnlyDictionary<string, SensorModel> models) =>
        [
            .. configuration.Buses.Select(bus =>
            {
                var devices = configuration.Devices.Where(device => device.Bus == bus.Id).ToList();
                return new BusLoad(bus.Id, devices.Count, devices.Sum(device => ShareOf(device, bus, models)));
            }),
        ];

    /// <summary>Reports buses that cannot do what is asked of them.</summary>
    /// <param name="loads">The loads.</param>
    /// <param name="buses">Where the buses stand in the file.</param>
    /// <param name="warnings">Receives what is unwise.</param>
    internal static void Judge(
        IReadOnlyList<BusLoad> loads, IReadOnlyList<Located<BusOptions>> buses, List<Problem> warnings)
    {
        foreach (var load in loads)
        {
            // With one id twice, which is reported, the first stands for both.
            var (bus, section) = buses.First(bus => bus.Value.Id == load.Bus);
            var percent = string.Create(CultureInfo.InvariantCulture, $"{load.Share * 100:0} %");
            if (load.Share > ShareMax)
            {
                section.Report(
                    "id",
                    $"bus {load.Bus} would be busy {percent} of the time",
                    bus.Line is TcpSerialSettings
                        ? "lengthen intervals, lower network_delay where the network is quicker, raise the baud rate or move devices to another bus"
                        : bus.Line.Kind == LineKind.Serial
                        ? "lengthen intervals, raise the baud rate or move devices to another bus"
                        : "lengthen intervals or move devices to another bus");
            }
            else if (load.Share > ShareWise)
            {
                warnings.Add(section.At(
                    "id",
                    $"bus {load.Bus} is busy {percent} of the time, which leaves no room for retries",
                    "lengthen intervals or move devices to another bus"));
            }
            else if (load.Devices == 0)
            {
                warnings.Add(section.At("id", $"no device hangs on bus {load.Bus}", "remove it, or name it in a [[device]]"));
            }
        }
    }

    private static double ShareOf(DeviceOptions device, BusOptions bus, IReadOnlyDictionary<string, SensorModel> models) =>
        models.GetValueOrDefault(device.Model)?.On(bus.Line.Kind) is { } attachment && device.Interval > TimeSpan.Zero
            ? attachment.LineTime(bus.Line, device.Order) / device.Interval
            : 0;
}

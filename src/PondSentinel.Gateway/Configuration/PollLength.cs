using PondSentinel.Sensors;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reports devices whose polls take longer than the time between them.</summary>
internal static class PollLength
{
    /// <summary>Reports them.</summary>
    /// <param name="devices">The devices, and where they stand.</param>
    /// <param name="buses">The buses there are.</param>
    /// <param name="models">The models there are.</param>
    public static void Judge(
        IReadOnlyList<Located<DeviceOptions>> devices,
        IReadOnlyList<Located<BusOptions>> buses,
        IReadOnlyDictionary<string, SensorModel> models)
    {
        foreach (var (device, section) in devices.Where(located => located.Value.Interval > TimeSpan.Zero))
        {
            var bus = buses.FirstOrDefault(bus => bus.Value.Id == device.Bus)?.Value;
            if (bus is null || models.GetValueOrDefault(device.Model)?.On(bus.Line.Kind) is not { } attachment)
            {
                continue;
            }

            // Without waiting it is the load of the bus that says so.
            var waiting = attachment.Waiting(device.Order);
            var length = waiting + attachment.LineTime(bus.Line, device.Order);
            if (waiting > TimeSpan.Zero && length > device.Interval)
            {
                section.Report(
                    "interval",
                    $"a poll of {device.Id} takes {Units.Text(TimeSpan.FromSeconds(Math.Ceiling(length.TotalSeconds)))}, longer than its interval",
                    "lengthen the interval, or let it be read as it is: sequence = false");
            }
        }
    }
}

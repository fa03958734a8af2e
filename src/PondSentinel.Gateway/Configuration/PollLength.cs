using PondSentinel.Gateway.Acquisition;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reports devices whose polls take longer than the time between them, or hold their bus for longer than a turn.
/// </summary>
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

            JudgeTurn(device, section, bus, attachment);

            // Without waiting it is the load of the bus that says so.
            var waiting = attachment.Waiting(device.Order);
            var length = waiting + attachment.LineTime(bus.Line, device.Order);
            if (waiting > TimeSpan.Zero && length > device.Interval)
            {
                section.Report(
                    "interval",
                    $"a poll of {device.Id} takes {Rounded(length)}, longer than its interval",
                    attachment.WithoutWaiting.Length == 0
                        ? "lengthen the interval"
                        : $"lengthen the interval, or {attachment.WithoutWaiting}");
            }
        }
    }

    private static void JudgeTurn(DeviceOptions device, TomlSection section, BusOptions bus, Attachment attachment)
    {
        // A connection that has gone is made anew within the turn that finds it so.
        var connecting = bus.Line is TcpSerialSettings tcp ? tcp.ConnectMax : TimeSpan.Zero;
        var held = (attachment.Turn ?? attachment.LineTime)(bus.Line, device.Order) + connecting;
        if (held > BusTurn.HeldMax)
        {
            section.Report(
                "bus",
                $"a poll of {device.Id} holds bus {bus.Id} for {Rounded(held)} at once; after {Units.Text(BusTurn.HeldMax)} it is cut off and gives nothing",
                bus.Line switch
                {
                    TcpSerialSettings { Delay: var delay } when delay > TimeSpan.Zero => "shorten network_delay or connect_timeout, or keep fewer outputs",
                    SerialSettings => "raise the baud rate, or keep fewer outputs",
                    _ => "let it measure less in one poll",
                });
        }
    }

    private static string Rounded(TimeSpan duration) => Units.Text(TimeSpan.FromSeconds(Math.Ceiling(duration.TotalSeconds)));
}

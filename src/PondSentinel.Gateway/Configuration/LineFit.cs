using System.Globalization;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Warns of Modbus probes whose bus is set otherwise than their maker says that they can be, and of addresses that are
/// too near one another. Only warns: a probe may have been set to what its manual does not say.</summary>
internal static class LineFit
{
    /// <summary>Warns of them.</summary>
    /// <param name="devices">The devices, and where they stand.</param>
    /// <param name="buses">The buses there are.</param>
    /// <param name="models">The models there are.</param>
    /// <param name="warnings">Receives what is unwise.</param>
    public static void Judge(
        IReadOnlyList<Located<DeviceOptions>> devices,
        IReadOnlyList<Located<BusOptions>> buses,
        IReadOnlyDictionary<string, SensorModel> models,
        List<Problem> warnings)
    {
        // With one id twice, which is reported, the first stands for both.
        foreach (var bus in buses.Select(located => located.Value).DistinctBy(bus => bus.Id, StringComparer.Ordinal))
        {
            if (bus.Line is not SerialSettings line)
            {
                continue;
            }

            List<Probe> before = [];
            foreach (var (device, section) in devices.Where(located => located.Value.Bus == bus.Id))
            {
                if (models.GetValueOrDefault(device.Model)?.Profile is not { } profile)
                {
                    continue;
                }

                var probe = new Probe(device, profile);
                JudgeLine(probe, section, bus.Id, line, warnings);
                JudgeAddress(probe, section, before, warnings);
                before.Add(probe);
            }
        }
    }

    private static void JudgeLine(Probe probe, TomlSection section, string bus, SerialSettings line, List<Problem> warnings)
    {
        var maker = probe.Profile.Line;
        var isBaud = maker.Baud == line.Baud || maker.OtherBauds.Contains(line.Baud);
        if (!isBaud || maker.Parity != line.Parity || maker.StopBits != line.StopBits)
        {
            var also = maker.OtherBauds.Count == 0 ? "" : $" (or {string.Join(", ", maker.OtherBauds)})";
            warnings.Add(section.At(
                "bus",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"a {probe.Profile.Id} has {maker.Baud}{also} baud, {maker.Frame} by its maker; bus {bus} has {line.Baud} baud, {ProfileLine.FrameOf(line.Parity, line.StopBits)}"),
                "set the bus as the probe is, or hang it on a bus of its own"));
        }
    }

    private static void JudgeAddress(Probe probe, TomlSection section, List<Probe> before, List<Problem> warnings)
    {
        foreach (var other in before)
        {
            // One address twice is a mistake that has been reported.
            var apart = Math.Abs(probe.Device.Address - other.Device.Address);
            var (wanted, of) = probe.Profile.Line.AddressSpacing >= other.Profile.Line.AddressSpacing
                ? (probe.Profile.Line.AddressSpacing, probe.Profile.Id)
                : (other.Profile.Line.AddressSpacing, other.Profile.Id);
            if (apart > 0 && apart < wanted)
            {
                warnings.Add(section.At(
                    "address",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"address {probe.Device.Address} is {apart} from that of {other.Device.Id}; a {of} needs {wanted} on one line by its maker, else one takes the other's words for its own"),
                    "give one of them another address, in the probe and here"));
            }
        }
    }

    private sealed record Probe(DeviceOptions Device, DeviceProfile Profile);
}

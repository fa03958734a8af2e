using PondSentinel.Sensors;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[device]]</c>.</summary>
/// <param name="stations">Stations there are.</param>
/// <param name="buses">Buses there are.</param>
/// <param name="models">Models there are.</param>
internal sealed class DeviceSection(
    IReadOnlyCollection<string> stations,
    IReadOnlyCollection<string> buses,
    IReadOnlyDictionary<string, SensorModel> models)
{
    // Modbus over serial line V1.02, 2.2: 0 is broadcast, 248 to 255 are reserved.
    private const int AddressMin = 1;
    private const int AddressMax = 247;

    private static readonly TimeSpan IntervalMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromDays(1);

    /// <summary>Reads all devices and what holds between them, but for the load of their buses.</summary>
    /// <param name="top">The file.</param>
    public List<Located<DeviceOptions>> ReadAll(TomlSection top)
    {
        List<Located<DeviceOptions>> devices =
            [.. top.Tables("device").Select(section => new Located<DeviceOptions>(Read(section), section))];
        if (devices.Count == 0)
        {
            top.Report(null, "there is no [[device]]", "add one for each sensor");
        }

        Findings.RefuseTwice(
            devices, device => device.Id, "id", device => $"device {device.Id} stands here twice", "rename one");
        Findings.RefuseTwice(
            devices,
            device => device.Bus.Length > 0 && device.Address > 0 ? FormattableString.Invariant($"{device.Bus} {device.Address}") : null,
            "address",
            device => FormattableString.Invariant($"two devices on bus {device.Bus} have the address {device.Address}"),
            "give the newer one a free address, in the probe and here");
        RefuseCompanyOnPrivateLines(devices);
        return devices;
    }

    private DeviceOptions Read(TomlSection section)
    {
        var modelName = Findings.Reference(section, "model", [.. models.Keys]);
        var model = models.GetValueOrDefault(modelName);
        var device = new DeviceOptions
        {
            Id = Findings.Name(section, "id"),
            Station = Findings.Reference(section, "station", stations),
            Bus = Findings.Reference(section, "bus", buses),
            Model = modelName,
            Address = Address(section, model),
            Interval = section.Duration("interval", IntervalMin, IntervalMax, required: true) ?? TimeSpan.Zero,
            Label = Findings.Label(section, "label"),
            Serial = Findings.Label(section, "serial"),
            Channels = ChannelSection.ReadAll(section, model),
        };
        section.RefuseUnknownKeys();
        return device;
    }

    private static int Address(TomlSection section, SensorModel? model)
    {
        // Asked for in any case, so that it is not called unknown where the model is what is wrong.
        var address = section.Integer("address", AddressMin, AddressMax, required: model is { HasAddress: true });
        if (address is not null && model is { HasAddress: false })
        {
            section.Report("address", $"a {model.Id} has no address", "remove it");
        }

        return (int)(address ?? 0);
    }

    private void RefuseCompanyOnPrivateLines(List<Located<DeviceOptions>> devices)
    {
        foreach (var bus in devices.Where(device => device.Value.Bus.Length > 0).GroupBy(device => device.Value.Bus))
        {
            foreach (var (device, section) in bus.Where(_ => bus.Count() > 1))
            {
                if (models.GetValueOrDefault(device.Model) is { HasAddress: false })
                {
                    section.Report(
                        "bus",
                        $"{device.Id} has no address, so it cannot share bus {device.Bus} with others",
                        "give it a bus of its own");
                }
            }
        }
    }
}

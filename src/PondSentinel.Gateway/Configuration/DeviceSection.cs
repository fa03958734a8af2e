using System.Globalization;
using PondSentinel.Sensors;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[device]]</c>.</summary>
/// <param name="stations">Stations there are.</param>
/// <param name="buses">Names of the buses there are.</param>
/// <param name="kinds">What kind each bus is, but for those where that is what is wrong.</param>
/// <param name="models">Models there are.</param>
internal sealed class DeviceSection(
    IReadOnlyCollection<string> stations,
    IReadOnlyCollection<string> buses,
    IReadOnlyDictionary<string, LineKind> kinds,
    IReadOnlyDictionary<string, SensorModel> models)
{
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
            device => $"two devices on bus {device.Bus} have the address {AddressText(device)}",
            "give the newer one a free address, in the probe and here");
        RefuseCompanyOnPrivateLines(devices);
        return devices;
    }

    private DeviceOptions Read(TomlSection section)
    {
        var modelName = Findings.Reference(section, "model", [.. models.Keys]);
        var model = models.GetValueOrDefault(modelName);
        var bus = Findings.Reference(section, "bus", buses);
        var settings = model?.ReadSettings?.Invoke(section);
        var interval = section.Duration("interval", IntervalMin, IntervalMax, required: true);
        var device = new DeviceOptions
        {
            Id = Findings.Name(section, "id"),
            Station = Findings.Reference(section, "station", stations),
            Bus = bus,
            Model = modelName,
            Address = Address(section, model, AttachmentOf(section, model, bus)),
            Interval = interval ?? TimeSpan.Zero,
            Label = Findings.Label(section, "label"),
            Serial = Findings.Label(section, "serial"),
            Settings = settings,
            Channels = ChannelSection.ReadAll(section, model, settings, interval),
        };

        // Which keys there are depends on the model too.
        if (model is not null)
        {
            section.RefuseUnknownKeys();
        }

        return device;
    }

    // Null where it cannot be said: then the model or the bus is reported.
    private Attachment? AttachmentOf(TomlSection section, SensorModel? model, string bus)
    {
        if (model is null || !kinds.TryGetValue(bus, out var kind))
        {
            return model is { Attachments: [var only] } ? only : null;
        }

        if (model.On(kind) is { } attachment)
        {
            return attachment;
        }

        var wanted = string.Join(" or ", model.Attachments.Select(each => BusSection.Word(each.Kind)));
        section.Report(
            "bus", $"a {model.Id} cannot hang on bus {bus}, which is {BusSection.Word(kind)}", $"name a bus of kind {wanted}");
        return null;
    }

    private static long Address(TomlSection section, SensorModel? model, Attachment? attachment)
    {
        const string key = "address";
        if (attachment is { Addresses: { } rule })
        {
            return rule.Read(section, key) ?? 0;
        }

        // Asked for in any case, so that it is not called unknown where the model or the bus is what is wrong.
        if (section.Integer(key, long.MinValue, long.MaxValue) is not null && attachment is not null)
        {
            section.Report(key, $"a {model!.Id} has no address{(model.Attachments.Count > 1 ? $" on a {BusSection.Word(attachment.Kind)} bus" : "")}", "remove it");
        }

        return 0;
    }

    private string AddressText(DeviceOptions device) =>
        AttachmentOf(device)?.Addresses?.Text(device.Address) ?? device.Address.ToString(CultureInfo.InvariantCulture);

    private Attachment? AttachmentOf(DeviceOptions device) =>
        kinds.TryGetValue(device.Bus, out var kind) ? models.GetValueOrDefault(device.Model)?.On(kind) : null;

    private void RefuseCompanyOnPrivateLines(List<Located<DeviceOptions>> devices)
    {
        foreach (var bus in devices.Where(device => device.Value.Bus.Length > 0).GroupBy(device => device.Value.Bus))
        {
            foreach (var (device, section) in bus.Where(_ => bus.Count() > 1))
            {
                if (AttachmentOf(device) is { Addresses: null })
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

using System.Globalization;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[device]]</c>.</summary>
/// <param name="stations">Stations there are.</param>
/// <param name="names">Names of the buses there are.</param>
/// <param name="buses">The buses by name, but for those of which the kind is what is wrong.</param>
/// <param name="known">Models there are.</param>
internal sealed class DeviceSection(
    IReadOnlyCollection<string> stations,
    IReadOnlyCollection<string> names,
    IReadOnlyDictionary<string, BusOptions> buses,
    KnownModels known)
{
    private static readonly TimeSpan IntervalMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromDays(1);

    private readonly IReadOnlyDictionary<string, SensorModel> models = known.Models;
    private readonly IReadOnlySet<string> wrongProfiles = known.Wrong;

    /// <summary>Reads all devices and what holds between them, but for the load of their buses.</summary>
    /// <param name="top">The file.</param>
    public List<Located<DeviceOptions>> ReadAll(TomlSection top)
    {
        List<Located<DeviceOptions>> devices = [];
        List<Located<DeviceOptions>> addressed = [];
        foreach (var section in top.Tables("device"))
        {
            var (device, hasAddress) = Read(section);
            devices.Add(new Located<DeviceOptions>(device, section));
            addressed.AddRange(hasAddress && device.Bus.Length > 0 ? devices[^1..] : []);
        }

        if (devices.Count == 0)
        {
            top.Report(null, "there is no [[device]]", "add one for each sensor");
        }

        Findings.RefuseTwice(
            devices, device => device.Id, "id", device => $"device {device.Id} stands here twice", "rename one");
        Findings.RefuseTwice(
            addressed,
            device => FormattableString.Invariant($"{device.Bus} {device.Address}"),
            "address",
            device => $"two devices on bus {device.Bus} have the address {AddressText(device)}",
            "give the newer one a free address, in the probe and here");
        RefuseCompanyOnPrivateLines(devices);
        RefuseLinesOfRelays(addressed);
        return devices;
    }

    // Whether it has an address that could be read.
    private (DeviceOptions Device, bool HasAddress) Read(TomlSection section)
    {
        var modelName = ModelName(section);
        var model = models.GetValueOrDefault(modelName);
        var bus = Findings.Reference(section, "bus", names);
        var settings = model?.ReadSettings?.Invoke(section);
        var interval = section.Duration("interval", IntervalMin, IntervalMax, required: true);
        var address = Address(section, model, AttachmentOf(section, model, bus));
        var device = new DeviceOptions
        {
            Id = Findings.Name(section, "id"),
            Station = Findings.Reference(section, "station", stations),
            Bus = bus,
            Model = modelName,
            Address = address ?? 0,
            Interval = interval ?? TimeSpan.Zero,
            Label = Findings.Label(section, "label"),
            Serial = Serial(section, model),
            Settings = settings,
            Channels = ChannelSection.ReadAll(section, model, settings, interval),
        };

        // Which keys there are depends on the model too.
        if (model is not null)
        {
            section.RefuseUnknownKeys();
        }

        return (device, address is not null);
    }

    // A profile with a mistake is a model that is known: the mistake is what is to be mended.
    private string ModelName(TomlSection section) =>
        section.Text("model") is { } name && wrongProfiles.Contains(name) && !models.ContainsKey(name)
            ? ""
            : Findings.Reference(section, "model", [.. models.Keys]);

    private static string? Serial(TomlSection section, SensorModel? model)
    {
        const string key = "serial";
        var serial = Findings.Label(section, key);
        if (serial is not null && model is { TellsSerial: false })
        {
            section.Report(
                key,
                $"a {model.Id} does not tell its serial number, so another piece at its place would not be found out",
                "remove it; note the number in label");
        }

        return serial;
    }

    // Null where it cannot be said: then the model or the bus is reported.
    private Attachment? AttachmentOf(TomlSection section, SensorModel? model, string bus)
    {
        if (model is null || !buses.TryGetValue(bus, out var known))
        {
            return model is { Attachments: [var only] } ? only : null;
        }

        var kind = known.Line.Kind;
        if (model.On(kind) is { } attachment)
        {
            return attachment;
        }

        var wanted = string.Join(" or ", model.Attachments.Select(each => BusSection.Word(each.Kind)));
        section.Report(
            "bus", $"a {model.Id} cannot hang on bus {bus}, which is {BusSection.Word(kind)}", $"name a bus of kind {wanted}");
        return null;
    }

    // Null where it has none, or where what is wrong with it was reported.
    private static long? Address(TomlSection section, SensorModel? model, Attachment? attachment)
    {
        const string key = "address";
        if (attachment is { Addresses: { } rule })
        {
            return rule.Read(section, key);
        }

        // Asked for in any case, so that it is not called unknown where the model or the bus is what is wrong.
        if (section.Integer(key, long.MinValue, long.MaxValue) is not null && attachment is not null)
        {
            section.Report(key, $"a {model!.Id} has no address{(model.Attachments.Count > 1 ? $" on a {BusSection.Word(attachment.Kind)} bus" : "")}", "remove it");
        }

        return null;
    }

    private string AddressText(DeviceOptions device) =>
        AttachmentOf(device)?.Addresses?.Text(device.Address) ?? device.Address.ToString(CultureInfo.InvariantCulture);

    private Attachment? AttachmentOf(DeviceOptions device) =>
        buses.TryGetValue(device.Bus, out var bus) ? models.GetValueOrDefault(device.Model)?.On(bus.Line.Kind) : null;

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

    private void RefuseLinesOfRelays(List<Located<DeviceOptions>> addressed)
    {
        foreach (var (device, section) in addressed)
        {
            var line = buses.GetValueOrDefault(device.Bus)?.Line;
            if (line is GpioSettings chip && buses.Values.FirstOrDefault(bus => bus.SupplyRelay is { } relay
                && relay.Chip == chip && relay.Line == device.Address) is { } fed)
            {
                section.Report(
                    "address",
                    $"line {AddressText(device)} of {chip.Place} is that of the relay in the supply of bus {fed.Id}",
                    "connect one of the two to another line, and write its number here or as gpio of supply_relay");
            }
        }
    }
}

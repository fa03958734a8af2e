using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[derived]]</c>: virtual devices, of which each channel is computed from others.</summary>
internal static class DerivedSection
{
    private static readonly TimeSpan IntervalMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromDays(1);

    /// <summary>Reads all of them. Each may compute from the devices, and from those of its kind that stand before it.</summary>
    /// <param name="top">The file.</param>
    /// <param name="stations">Stations there are.</param>
    /// <param name="devices">The devices that measure, and where they stand.</param>
    /// <param name="buses">Names of the buses there are.</param>
    /// <param name="models">The models there are.</param>
    public static IReadOnlyList<Located<DeviceOptions>> ReadAll(
        TomlSection top,
        IReadOnlyCollection<string> stations,
        IReadOnlyList<Located<DeviceOptions>> devices,
        IReadOnlyCollection<string> buses,
        IReadOnlyDictionary<string, SensorModel> models)
    {
        var sources = Measured(devices, models);
        List<Located<DeviceOptions>> derived = [];
        foreach (var section in top.Tables("derived"))
        {
            var device = Read(section, stations, new Dictionary<string, Measurand>(sources, StringComparer.Ordinal));
            derived.Add(new Located<DeviceOptions>(device, section));
            foreach (var output in device.Settings?.Outputs ?? [])
            {
                sources.TryAdd(LatestNumbers.Reference(device.Id, output.Name), output.Measurand);
            }
        }

        if (derived.Count > 0 && buses.Contains(DerivedDevice.Name))
        {
            top.Report(null, $"a bus is called {DerivedDevice.Name}, as what is computed is thought of as hanging on", "rename the bus");
        }

        Findings.RefuseTwice(
            devices.Concat(derived).Where(device => device.Value.Id.Length > 0 && derived.Any(other => other.Value.Id == device.Value.Id)),
            device => device.Id,
            "id",
            device => $"device {device.Id} stands here twice",
            "rename one");
        return derived;
    }

    private static DeviceOptions Read(TomlSection section, IReadOnlyCollection<string> stations, Dictionary<string, Measurand> sources)
    {
        var interval = section.Duration("interval", IntervalMin, IntervalMax, required: true);
        List<DerivedChannelOptions> computed = [];
        List<Located<ChannelOptions>> channels = [];
        foreach (var table in section.Tables("channel"))
        {
            var id = table.Text("id") ?? "";
            var formula = FormulaSection.Read(table, id, sources, interval);
            channels.Add(new(ChannelSection.Read(table, id, formula?.Formula.Output, interval), table));
            if (formula is not null)
            {
                computed.Add(formula);

                // Which keys there are depends on the formula too.
                table.RefuseUnknownKeys();
            }
        }

        if (channels.Count == 0)
        {
            section.Report(null, "this virtual device computes nothing", "add a [[derived.channel]] for each value to compute");
        }

        Findings.RefuseTwice(channels, channel => channel.Id, "id", channel => $"channel {channel.Id} stands in its device twice", "rename one");
        var device = new DeviceOptions
        {
            Id = Findings.Name(section, "id"),
            Station = Findings.Reference(section, "station", stations),
            Bus = DerivedDevice.Name,
            Model = DerivedDevice.Name,
            Interval = interval ?? TimeSpan.Zero,
            Label = Findings.Label(section, "label"),
            Settings = new DerivedSettings(computed, sources),
            Channels = [.. channels.Select(channel => channel.Value)],
        };
        section.RefuseUnknownKeys();
        return device;
    }

    private static Dictionary<string, Measurand> Measured(
        IReadOnlyList<Located<DeviceOptions>> devices, IReadOnlyDictionary<string, SensorModel> models)
    {
        Dictionary<string, Measurand> measured = new(StringComparer.Ordinal);
        foreach (var (device, _) in devices)
        {
            foreach (var channel in device.Channels)
            {
                if (models.GetValueOrDefault(device.Model)?.OutputsWith(device.Settings).FirstOrDefault(output => output.Name == channel.Output) is { } kept)
                {
                    measured.TryAdd(LatestNumbers.Reference(device.Id, channel.Id), kept.Measurand);
                }
            }
        }

        return measured;
    }
}

using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[device.channel]]</c>.</summary>
internal static class ChannelSection
{
    private const double DepthMetresMax = 1000;
    private static readonly TimeSpan CalibrateEveryMin = TimeSpan.FromDays(1);
    private static readonly TimeSpan CalibrateEveryMax = TimeSpan.FromDays(3650);

    /// <summary>Reads all channels of a device and what holds between them.</summary>
    /// <param name="device">The device's table.</param>
    /// <param name="model">Its model, where that is known.</param>
    /// <param name="settings">What only its model knows of it.</param>
    /// <param name="interval">Time between its polls; null where that is not known.</param>
    public static IReadOnlyList<ChannelOptions> ReadAll(TomlSection device, SensorModel? model, SensorSettings? settings, TimeSpan? interval)
    {
        // Where the settings are what is wrong, nothing can be said of the outputs.
        var outputs = settings is null && model is { ReadSettings: not null } ? null : model?.OutputsWith(settings);
        List<Located<ChannelOptions>> channels =
            [.. device.Tables("channel").Select(section => new Located<ChannelOptions>(Read(section, model, outputs, interval), section))];
        if (channels.Count == 0)
        {
            device.Report(null, "this device keeps nothing", "add a [[device.channel]] for each output to keep");
        }

        Findings.RefuseTwice(
            channels, channel => channel.Id, "id", channel => $"channel {channel.Id} stands in its device twice", "rename one");
        Findings.RefuseTwice(
            channels,
            channel => channel.Output,
            "output",
            channel => $"two channels keep the output {channel.Output}",
            "remove one");
        return [.. channels.Select(channel => channel.Value)];
    }

    private static ChannelOptions Read(
        TomlSection section, SensorModel? model, IReadOnlyList<SensorOutput>? outputs, TimeSpan? interval)
    {
        var name = Output(section, model, outputs);
        var channel = Read(section, name, outputs?.FirstOrDefault(output => output.Name == name)?.Measurand, interval) with
        {
            CalibrateEvery = section.Duration("calibrate_every", CalibrateEveryMin, CalibrateEveryMax),
        };
        section.RefuseUnknownKeys();
        RefuseFalseName(section, channel, outputs ?? []);
        return channel;
    }

    /// <summary>Reads what all channels have, measured or computed.</summary>
    /// <param name="section">The channel's table.</param>
    /// <param name="output">The output that it keeps.</param>
    /// <param name="measurand">What that measures; null where it is not known.</param>
    /// <param name="interval">Time between its values; null where it is not known.</param>
    internal static ChannelOptions Read(TomlSection section, string output, Measurand? measurand, TimeSpan? interval)
    {
        var tests = QualitySection.Read(section, measurand, interval);
        var (cross, confirmedBy) = CrossSection.Read(section, measurand);
        return new ChannelOptions
        {
            Id = Findings.Name(section, "id"),
            Output = output,
            Label = Findings.Label(section, "label"),
            Fail = tests.GrossRange?.Fail,
            Suspect = tests.GrossRange?.Suspect,
            Urgent = QualitySection.Band(section, "urgent"),
            Tests = tests with { GrossRange = null },
            Cross = cross,
            ConfirmedBy = confirmedBy,
            DepthMetres = section.Number("depth_m", 0, DepthMetresMax),
        };
    }

    private static string Output(TomlSection section, SensorModel? model, IReadOnlyList<SensorOutput>? outputs)
    {
        if (model is null || outputs is null)
        {
            // The model or its settings are reported; without them nothing can be said of the output.
            return section.Text("output", required: true) ?? "";
        }

        var names = outputs.Select(output => output.Name).ToList();
        var name = section.Text("output", required: true);
        if (name is null || names.Contains(name))
        {
            return name ?? "";
        }

        var possible = model.Outputs.Any(output => output.Name == name);
        section.Report(
            "output",
            $"a {model.Id} has no output \"{name}\"{(possible ? " with these settings" : "")}",
            possible ? $"use one of: {string.Join(", ", names)}, or change what [[device]] says" : Findings.Meant(name, names));
        return "";
    }

    // A channel's name is for ever and people read it as what it measures: "ph" that is a temperature would be believed.
    private static void RefuseFalseName(
        TomlSection section, ChannelOptions channel, IReadOnlyList<SensorOutput> outputs)
    {
        if (outputs.FirstOrDefault(output => output.Name == channel.Output) is not { } kept || channel.Id.Length == 0)
        {
            return;
        }

        var asOutput = outputs.FirstOrDefault(output => SameWord(output.Name, channel.Id))?.Measurand;
        var asMeasurand = MeasurandNames.All.Where(measurand => SameWord(measurand.WireName, channel.Id))
            .Select(measurand => (Measurand?)measurand)
            .FirstOrDefault();
        if ((asOutput ?? asMeasurand) is { } named && named != kept.Measurand)
        {
            section.Report(
                "id",
                $"channel {channel.Id} keeps {kept.Measurand.WireName}, but its name says {named.WireName}",
                "name it after what it keeps");
        }
    }

    private static bool SameWord(string name, string id) =>
        string.Equals(name.Replace('_', '-'), id, StringComparison.Ordinal);
}

using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Sensors;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads the table <c>cross</c> of a channel: what its values are held against.</summary>
internal static class CrossSection
{
    /// <summary>Its key.</summary>
    public const string Key = "cross";

    private static readonly Measurand[] Conductivities = [Measurand.Conductivity, Measurand.SpecificConductance];
    private static readonly Measurand[] Humidities = [Measurand.AirHumidity, Measurand.HousingHumidity];
    private static readonly Measurand[] Dust = [Measurand.Pm1, Measurand.Pm25, Measurand.Pm10];

    private static readonly Dictionary<Measurand, double> NitrogenShares = new()
    {
        [Measurand.AmmoniumNitrogen] = 1,
        [Measurand.TotalAmmoniaNitrogen] = 1,
        [Measurand.AmmoniumIon] = 1 / AmmoniumIon.PerNitrogen,
    };

    private static readonly Measurand[] Electrodes =
        [.. NitrogenShares.Keys, Measurand.Potassium, Measurand.AmmoniumElectrode, Measurand.PotassiumElectrode];

    /// <summary>Reads it.</summary>
    /// <param name="channel">The channel's table.</param>
    /// <param name="measurand">What it measures; null where that is not known.</param>
    public static (IReadOnlyList<CrossReference> Checks, Confirmation? ConfirmedBy) Read(TomlSection channel, Measurand? measurand)
    {
        if (channel.Table(Key) is not { } cross)
        {
            return ([], null);
        }

        IReadOnlyList<Measurand> same = measurand is { } own ? [own] : [];
        CrossReference?[] checks =
        [
            Reference(cross, "agrees_with", same, section => new AgreementCheck(section.Number("apart", required: true) ?? 1)),
            Reference(cross, "conductivity", Conductivities, section => new ConductivityCheck(
                section.Number("per_mg_l") ?? ConductivityCheck.PerMilligramUsual, NitrogenShares.GetValueOrDefault(measurand ?? Measurand.AmmoniumNitrogen, 1))),
            Reference(cross, "humidity", Humidities, section => new ConditionCheck(
                double.NegativeInfinity, section.Number("high") ?? ConditionCheck.HumidityMaxUsual, Why.Fog)),
            Reference(cross, "ph", [Measurand.Ph], section => new ConditionCheck(
                section.Number("low") ?? ConditionCheck.ElectrodePhMinUsual, section.Number("high") ?? ConditionCheck.ElectrodePhMaxUsual, Why.OutOfWindow)),
            Reference(cross, "undervoltage", [Measurand.Undervoltage], _ => new ConditionCheck(double.NegativeInfinity, 0.5, Why.Undervoltage)),
        ];
        RefuseOfOthers(cross, measurand, "conductivity", [.. NitrogenShares.Keys], "ammonium");
        RefuseOfOthers(cross, measurand, "humidity", Dust, "dust");
        RefuseOfOthers(cross, measurand, "ph", Electrodes, "ammonium or potassium");
        var confirmation = ReadConfirmation(cross);
        cross.RefuseUnknownKeys();
        return ([.. checks.OfType<CrossReference>()], confirmation);
    }

    /// <summary>Reports what names a channel that is not there, or that measures something else.</summary>
    /// <param name="devices">The devices, and where they stand.</param>
    /// <param name="models">The models there are.</param>
    public static void Judge(IReadOnlyList<Located<DeviceOptions>> devices, IReadOnlyDictionary<string, SensorModel> models)
    {
        var measurands = devices.SelectMany(device => device.Value.Channels.Select(channel => (
                Reference: Acquisition.LatestNumbers.Reference(device.Value.Id, channel.Id), Measurand: MeasurandOf(device.Value, channel, models))))
            .DistinctBy(channel => channel.Reference, StringComparer.Ordinal)
            .ToDictionary(channel => channel.Reference, channel => channel.Measurand, StringComparer.Ordinal);
        foreach (var (device, section) in devices)
        {
            foreach (var channel in device.Channels)
            {
                var reference = Acquisition.LatestNumbers.Reference(device.Id, channel.Id);
                foreach (var check in channel.Cross)
                {
                    Judge(section, reference, check.Key, check.Channel, check.Measurands, measurands);
                }

                if (channel.ConfirmedBy is { } confirmation && measurands[reference] is { } own)
                {
                    Judge(section, reference, "confirmed_by", confirmation.Channel, [own], measurands);
                }
            }
        }
    }

    private static void Judge(
        TomlSection section,
        string reference,
        string key,
        string other,
        IReadOnlyList<Measurand> wanted,
        Dictionary<string, Measurand?> measurands)
    {
        List<string> possible =
        [
            .. measurands.Where(known => known.Key != reference && known.Value is { } measured && (wanted.Count == 0 || wanted.Contains(measured)))
                .Select(known => known.Key),
        ];
        if (!possible.Contains(other, StringComparer.Ordinal))
        {
            section.Report(
                null,
                $"{key} of {reference} names no other channel that measures {string.Join(" or ", wanted.Select(measurand => measurand.WireName))}: \"{other}\"",
                Findings.Meant(other, possible));
        }
    }

    private static Measurand? MeasurandOf(DeviceOptions device, ChannelOptions channel, IReadOnlyDictionary<string, SensorModel> models) =>
        models.GetValueOrDefault(device.Model)?.OutputsWith(device.Settings).FirstOrDefault(output => output.Name == channel.Output)?.Measurand;

    private static void RefuseOfOthers(TomlSection cross, Measurand? measurand, string key, Measurand[] possible, string words)
    {
        if (cross.Has(key) && measurand is { } known && !possible.Contains(known))
        {
            cross.Report(key, $"{key} of [{cross.Name}] is for channels of {words}, and this one is {known.WireName}", "remove it");
        }
    }

    private static CrossReference? Reference(
        TomlSection cross, string key, IReadOnlyList<Measurand> measurands, Func<TomlSection, CrossCheck> read)
    {
        if (cross.Table(key) is not { } section)
        {
            return null;
        }

        var channel = section.Text("channel", required: true);
        var check = read(section);
        section.RefuseUnknownKeys();
        if (check.Fault is { } fault)
        {
            section.Report(fault.Key, $"{fault.Key} of [{section.Name}] {fault.What}", fault.Mend);
        }

        return channel is null ? null : new CrossReference(key, channel, measurands, check);
    }

    private static Confirmation? ReadConfirmation(TomlSection cross)
    {
        if (cross.Table("confirmed_by") is not { } section)
        {
            return null;
        }

        var channel = section.Text("channel", required: true);
        var within = section.Number("within", required: true);
        section.RefuseUnknownKeys();
        if (within is <= 0)
        {
            section.Report("within", $"within of [{section.Name}] must be above 0", "write for example within = 0.3");
        }

        return channel is null || within is not { } near ? null : new Confirmation(channel, near);
    }
}

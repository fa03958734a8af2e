using PondSentinel.Alerting;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Measurements;
using PondSentinel.Rules;
using PondSentinel.Sensors;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[alarm]]</c>: limits that the gateway watches by itself.</summary>
/// <param name="devices">All devices.</param>
/// <param name="models">The models there are.</param>
/// <param name="relays">The relays there are.</param>
/// <param name="warnings">Receives what is unwise.</param>
internal sealed class AlarmSection(
    IReadOnlyList<Located<DeviceOptions>> devices,
    IReadOnlyDictionary<string, SensorModel> models,
    IReadOnlyList<Located<RelayOptions>> relays,
    List<Problem> warnings)
{
    private readonly Dictionary<string, (DeviceOptions Device, ChannelOptions Channel, Measurand Measurand)> channels = ChannelsOf(devices, models);

    /// <summary>Reads all alarms, and says what is wrong between them and the relays.</summary>
    /// <param name="top">The file.</param>
    public IReadOnlyList<AlarmOptions> ReadAll(TomlSection top)
    {
        List<Located<string>> names = [];
        List<Located<AlarmOptions>> alarms = [];
        foreach (var section in top.Tables("alarm"))
        {
            names.Add(new Located<string>(Findings.Name(section, "id"), section));
            alarms.AddRange(Read(section).Select(alarm => new Located<AlarmOptions>(alarm, section)));
            section.RefuseUnknownKeys();
        }

        Findings.RefuseTwice(names, name => name, "id", name => $"alarm {name} stands here twice", "rename one");
        foreach (var (relay, section) in relays)
        {
            Judge(relay, section, [.. alarms.Select(alarm => alarm.Value).Where(alarm => alarm.Relays.Contains(relay.Id, StringComparer.Ordinal))]);
        }

        return [.. alarms.Select(alarm => alarm.Value)];
    }

    // Two where the limit is a band: what is above it is another alarm than what is below.
    private List<AlarmOptions> Read(TomlSection section)
    {
        var id = section.Text("id") ?? "";
        var reference = Findings.Reference(section, "channel", [.. channels.Keys]);
        var limits = LimitSection.Read(section);
        var (side, silence) = limits is [var first, ..] ? (first.Threshold.Side, first.Threshold.SilenceMax) : (LimitSide.Above, LimitSection.SilenceDefault);
        var measurand = channels.TryGetValue(reference, out var watched) ? watched.Measurand : (Measurand?)null;
        var statistic = StatisticSection.Read(section, measurand, side, silence);
        RefuseByClock(section, statistic);
        StatisticSection.RefuseEmpty(section, measurand, statistic, limits);
        var severity = section.Word("severity", Severities.ByWord, required: true);
        var (text, textZh) = (Text(section, "text"), Text(section, "text_zh"));
        var (instruction, instructionZh) = (Text(section, "do"), Text(section, "do_zh"));
        var trips = Relays(section);
        if (limits.Select(limit => limit.Suffix.Length).DefaultIfEmpty(0).Max() + id.Length is var length && length > GatewayAlarm.NameLengthMax)
        {
            section.Report("id", $"alarm {id} has too long a name", $"use at most {GatewayAlarm.NameLengthMax - (length - id.Length)} characters");
        }

        if (!channels.TryGetValue(reference, out var channel))
        {
            return [];
        }

        var alarms = limits.ConvertAll(limit =>
        {
            var made = statistic is null ? null : StatisticSection.On(limit.Threshold, statistic);
            return new AlarmOptions
            {
                Id = $"{id}{limit.Suffix}",
                Device = channel.Device.Id,
                Channel = channel.Channel.Id,
                Station = channel.Device.Station,
                Measurand = channel.Measurand,
                Threshold = made is null ? limit.Threshold : made.Judging(limit.Threshold),
                Statistic = made,
                Severity = severity ?? Severity.High,
                Text = text,
                TextZh = textZh,
                Do = instruction,
                DoZh = instructionZh,
                Relays = trips,
            };
        });
        if (alarms.Exists(alarm => alarm.RaisesByOneValue))
        {
            warnings.Add(section.At(
                "hold_raise",
                $"one value alone raises alarm {id}, be it a spike",
                "write a hold longer than what lies between two values, or statistic = { count = [2, 2] }"));
        }

        foreach (var (_, threshold) in limits)
        {
            if (ClearLimit.Doubt(channel.Measurand, statistic, threshold) is var (what, mend))
            {
                var key = ClearLimit.KeyOf(threshold.Side);
                warnings.Add(section.At(section.Has(key) ? key : "clear_inside", what, mend));
            }
        }

        return alarms;
    }

    private static string? Text(TomlSection section, string key)
    {
        var text = section.Text(key);
        if (text is null || (text.Length is > 0 and <= GatewayAlarm.TextLengthMax && !text.Any(char.IsControl)))
        {
            return text;
        }

        section.Report(key, $"{key} of [{section.Name}] must be one line of 1 to {GatewayAlarm.TextLengthMax} characters", "shorten or fill it");
        return null;
    }

    private IReadOnlyList<string> Relays(TomlSection section)
    {
        var named = section.Texts("relays") ?? [];
        List<string> known = [.. relays.Select(relay => relay.Value.Id).Where(id => id.Length > 0)];
        foreach (var name in named.Where(name => !known.Contains(name, StringComparer.Ordinal)))
        {
            section.Report("relays", $"relays of [{section.Name}] names no [[relay]]: \"{name}\"", Findings.Meant(name, known));
        }

        return named;
    }

    // Boot time, which alarms go by, knows no days.
    private static void RefuseByClock(TomlSection section, Statistic? statistic)
    {
        if (statistic is MeanStatistic { IsByClock: true } or ProjectedMeanStatistic
            || (statistic is ChainStatistic chain && chain.Parts.Any(part => part is MeanStatistic { IsByClock: true } or ProjectedMeanStatistic)))
        {
            section.Report(
                "statistic",
                "a mean by the clock is the backend's: a gateway does not always know the time of day",
                "use a rolling mean, or make it a [[rule]] of the backend");
        }
    }

    private void Judge(RelayOptions relay, TomlSection section, IReadOnlyList<AlarmOptions> alarms)
    {
        if (alarms.Count == 0)
        {
            warnings.Add(section.At("id", $"no alarm trips relay {relay.Id}", "name it in relays of an [[alarm]], or remove it"));
        }

        if (relay is { Kind: RelayKind.Stop, OnMax: { } most })
        {
            warnings.Add(section.At(
                "max_on", $"relay {relay.Id} lets go after {Units.Text(most)} although the alarm goes on", "remove max_on where it must stay tripped until the alarm is over"));
        }

        if (relay is { Kind: RelayKind.Stop, IsForOffline: true })
        {
            warnings.Add(section.At(
                "while", $"relay {relay.Id} stops nothing while there is a link: the backend stops nothing either", "remove while"));
        }

        foreach (var alarm in relay.OnFault == OnFault.Keep ? [] : alarms)
        {
            var interval = channels[alarm.Reference].Device.Interval;
            if (relay.FaultAfter < 2 * interval)
            {
                section.Report(
                    "fault_after",
                    $"relay {relay.Id} takes {alarm.Reference} for silent after {Units.Text(relay.FaultAfter)}, and it is asked every {Units.Text(interval)}",
                    $"make fault_after at least {Units.Text(2 * interval)}");
            }
        }
    }

    private static Dictionary<string, (DeviceOptions, ChannelOptions, Measurand)> ChannelsOf(
        IReadOnlyList<Located<DeviceOptions>> devices, IReadOnlyDictionary<string, SensorModel> models)
    {
        Dictionary<string, (DeviceOptions, ChannelOptions, Measurand)> channels = new(StringComparer.Ordinal);
        foreach (var device in devices.Select(device => device.Value))
        {
            var outputs = models.GetValueOrDefault(device.Model)?.OutputsWith(device.Settings) ?? [];
            foreach (var channel in device.Channels)
            {
                // A channel whose output is what is wrong is reported there.
                if (outputs.FirstOrDefault(output => output.Name == channel.Output) is { } output)
                {
                    channels.TryAdd(LatestNumbers.Reference(device.Id, channel.Id), (device, channel, output.Measurand));
                }
            }
        }

        return channels;
    }
}

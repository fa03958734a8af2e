using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reports devices that need a number which no other device measures.</summary>
internal static class NeededChannels
{
    /// <summary>Reports them.</summary>
    /// <param name="devices">The devices, and where they stand.</param>
    /// <param name="models">The models there are.</param>
    /// <param name="warnings">Receives what is unwise.</param>
    public static void Judge(IReadOnlyList<Located<DeviceOptions>> devices, IReadOnlyDictionary<string, SensorModel> models, List<Problem> warnings)
    {
        foreach (var (device, section) in devices)
        {
            foreach (var need in device.Settings?.Needs ?? [])
            {
                List<string> possible =
                [
                    .. devices.Where(other => other.Value.Id != device.Id).SelectMany(other => other.Value.Channels
                        .Where(channel => models.GetValueOrDefault(other.Value.Model)?.OutputsWith(other.Value.Settings)
                            .Any(output => output.Name == channel.Output && output.Measurand == need.Measurand) is true)
                        .Select(channel => LatestNumbers.Reference(other.Value.Id, channel.Id))),
                ];
                if (!possible.Contains(need.Channel))
                {
                    section.Report(
                        need.Key,
                        $"{need.Key} of {device.Id} names no channel of another device that measures {need.Measurand.WireName}: \"{need.Channel}\"",
                        Findings.Meant(need.Channel, possible));
                }
                else if (devices.First(other => need.Channel.StartsWith($"{other.Value.Id}.", StringComparison.Ordinal)).Value is var source
                    && source.Interval > LatestNumbers.HoldsMax)
                {
                    warnings.Add(section.At(
                        need.Key,
                        $"{source.Id} is polled every {Units.Text(source.Interval)}, and its numbers hold for {Units.Text(LatestNumbers.HoldsMax)}: in between {device.Id} is uncompensated",
                        $"shorten the interval of {source.Id} to 1h or less"));
                }
            }
        }
    }
}

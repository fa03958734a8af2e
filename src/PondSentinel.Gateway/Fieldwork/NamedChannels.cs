using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Fieldwork;

/// <summary>Channels that somebody names: one as <c>device.channel</c>, all of a device by its name alone.</summary>
internal static class NamedChannels
{
    /// <summary>Finds them.</summary>
    /// <param name="names">The names, at least one.</param>
    /// <param name="devices">The devices there are.</param>
    /// <param name="unknown">What is wrong and what to do, where one of them is not known; else null.</param>
    /// <returns>The devices in the order in which they were named, each with the channels that are meant.</returns>
    public static IReadOnlyList<(DeviceOptions Device, IReadOnlyList<string> Channels)> Find(
        IEnumerable<string> names, IReadOnlyList<DeviceOptions> devices, out string? unknown)
    {
        unknown = null;
        List<(DeviceOptions Device, List<string> Channels)> found = [];
        foreach (var name in names)
        {
            var (device, channels) = Find(name, devices);
            if (device is null)
            {
                string[] known =
                [
                    .. devices.Select(each => each.Id),
                    .. devices.SelectMany(each => each.Channels.Select(channel => LatestNumbers.Reference(each.Id, channel.Id))),
                ];
                unknown = $"there is no device or channel {name}; {Findings.Meant(name, known)}";
                return [];
            }

            if (found.FirstOrDefault(each => each.Device == device).Channels is not { } already)
            {
                found.Add((device, already = []));
            }

            already.AddRange(channels.Except(already, StringComparer.Ordinal));
        }

        return [.. found.Select(each => (each.Device, (IReadOnlyList<string>)each.Channels))];
    }

    private static (DeviceOptions? Device, IEnumerable<string> Channels) Find(string name, IReadOnlyList<DeviceOptions> devices)
    {
        if (devices.FirstOrDefault(device => device.Id == name) is { } whole)
        {
            return (whole, whole.Channels.Select(channel => channel.Id));
        }

        foreach (var device in devices)
        {
            if (device.Channels.FirstOrDefault(channel => LatestNumbers.Reference(device.Id, channel.Id) == name) is { } one)
            {
                return (device, [one.Id]);
            }
        }

        return (null, []);
    }
}

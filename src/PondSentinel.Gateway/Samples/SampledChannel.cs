using PondSentinel.Gateway.Acquisition;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Samples;

/// <summary>A channel beside which a grab sample may stand.</summary>
/// <param name="Station">Its station.</param>
/// <param name="Device">Its device.</param>
/// <param name="Channel">Its name.</param>
/// <param name="Measurand">What it measures.</param>
/// <param name="Possible">Outside is impossible; null where nobody says.</param>
internal sealed record SampledChannel(string Station, string Device, string Channel, Measurand Measurand, Band? Possible)
{
    /// <summary>What people call it: <c>device.channel</c>.</summary>
    public string Reference => LatestNumbers.Reference(Device, Channel);

    /// <summary>All channels of some devices, by what people call them.</summary>
    /// <param name="devices">The devices.</param>
    public static IReadOnlyDictionary<string, SampledChannel> Of(IEnumerable<PolledDevice> devices) =>
        devices.SelectMany(device => device.Channels.Select(channel => new SampledChannel(
                device.Options.Station, device.Options.Id, channel.Options.Id, channel.Measurand, channel.Options.Fail)))
            .ToDictionary(channel => channel.Reference, StringComparer.Ordinal);
}

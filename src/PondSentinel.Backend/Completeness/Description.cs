using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>What a gateway said of its devices, from a time on.</summary>
/// <param name="FromMs">From when on it holds, UTC ms since 1970.</param>
/// <param name="Site">The site.</param>
/// <param name="Devices">The devices that are polled.</param>
internal sealed record Description(long FromMs, string Site, IReadOnlyList<DescribedDevice> Devices)
{
    // The gateway's own bounds: below, nobody polls; above, no schedule.
    private const long IntervalMinMs = 100;
    private const long IntervalMaxMs = DayGrid.DayMs;

    /// <summary>The devices that are described, as far as a ledger can be kept of them.</summary>
    public static IReadOnlyList<DescribedDevice> DevicesOf(MetaMessage meta)
    {
        var room = CompletenessOptions.ChannelsMax;
        List<DescribedDevice> devices = [];
        foreach (var device in meta.Devices.Where(device => device.IntervalMs is >= IntervalMinMs and <= IntervalMaxMs))
        {
            List<DescribedChannel> channels =
            [
                .. device.Channels.Where(channel => channel.Measurand is not null).DistinctBy(channel => channel.Id)
                    .Take(room).Select(channel => new DescribedChannel(channel.Id, channel.Measurand!.Value)),
            ];
            if (channels.Count > 0 && devices.Count < CompletenessOptions.DevicesMax && !devices.Exists(known => known.Id == device.Id))
            {
                room -= channels.Count;
                devices.Add(new DescribedDevice(device.Id, device.Station, device.IntervalMs, channels));
            }
        }

        return devices;
    }
}

/// <summary>A device that is polled.</summary>
internal sealed record DescribedDevice(string Id, string Station, long IntervalMs, IReadOnlyList<DescribedChannel> Channels)
{
    /// <summary>Whether the same slots are expected of the same channels.</summary>
    public bool IsAs(DescribedDevice other) => Id == other.Id
        && Station == other.Station
        && IntervalMs == other.IntervalMs
        && Channels.SequenceEqual(other.Channels);
}

/// <summary>A channel of it.</summary>
internal readonly record struct DescribedChannel(string Id, Measurand Measurand);

/// <summary>A time in which a device was described in one way.</summary>
/// <param name="Site">The site.</param>
/// <param name="Device">The device.</param>
/// <param name="FromMs">Where its first slot begins.</param>
/// <param name="ToMs">Its slots begin before this.</param>
internal sealed record Segment(string Site, DescribedDevice Device, long FromMs, long ToMs)
{
    /// <summary>From descriptions to segments.</summary>
    /// <param name="descriptions">In the order of their times.</param>
    /// <param name="endMs">The end of the last.</param>
    public static IReadOnlyList<Segment> Of(IReadOnlyList<Description> descriptions, long endMs)
    {
        List<Segment> segments = [];
        Dictionary<string, int> open = new(StringComparer.Ordinal);
        foreach (var description in descriptions)
        {
            foreach (var gone in open.Keys.Except(description.Devices.Select(device => device.Id)).ToList())
            {
                open.Remove(gone, out var at);
                segments[at] = segments[at] with { ToMs = description.FromMs };
            }

            foreach (var device in description.Devices)
            {
                var fromMs = Slots.FirstStart(description.FromMs, device.IntervalMs);
                if (open.TryGetValue(device.Id, out var at))
                {
                    if (segments[at].Device.IsAs(device) && segments[at].Site == description.Site)
                    {
                        continue;
                    }

                    segments[at] = segments[at] with { ToMs = Math.Max(fromMs, segments[at].FromMs) };
                    fromMs = segments[at].ToMs;
                    fromMs = Slots.Ceiling(fromMs, device.IntervalMs) * device.IntervalMs;
                }

                open[device.Id] = segments.Count;
                segments.Add(new Segment(description.Site, device, fromMs, endMs));
            }
        }

        return segments;
    }
}

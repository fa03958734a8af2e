using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>A channel for ever: its device may move to another station, and is the same channel there.</summary>
/// <param name="Gateway">Its gateway.</param>
/// <param name="Device">Device.</param>
/// <param name="Channel">Channel within the device.</param>
internal readonly record struct ChannelName(GatewayName Gateway, string Device, string Channel)
{
    /// <summary>The channel of a point.</summary>
    /// <param name="point">The point.</param>
    public static ChannelName Of(Point point) =>
        new(new GatewayName(point.Site, point.Gateway), point.Device, point.Channel);
}

/// <summary>The newest value of a channel by its own time.</summary>
internal sealed record LiveValue
{
    public required ChannelName Name { get; init; }

    public required string Station { get; init; }

    public required Measurand Measurand { get; init; }

    /// <summary>Its key in time, ns since 1970.</summary>
    public required long TimeNs { get; init; }

    /// <summary>The number; null where it was due and is missing.</summary>
    public required double? Value { get; init; }

    public required QualityFlag Flag { get; init; }

    public required Why Why { get; init; }

    public required ClockSource Clock { get; init; }

    /// <summary>The newest number there has been and its time, ms since 1970: told apart from the present value, which may
    /// be missing. Null before any.</summary>
    public required (double Value, long TimeMs)? LastNumber { get; init; }

    public long TimeMs => TimeNs / 1_000_000;

    /// <summary>What a point makes of a channel.</summary>
    /// <param name="known">The channel's newest value so far, or null.</param>
    /// <param name="point">The point.</param>
    /// <returns>The newest value now; null where the point changes nothing, since it is older.</returns>
    public static LiveValue? After(LiveValue? known, Point point)
    {
        if (known is not null
            && (point.TimeNs < known.TimeNs || (point.TimeNs == known.TimeNs && !point.IsRevision)))
        {
            return null;
        }

        return new LiveValue
        {
            Name = ChannelName.Of(point),
            Station = point.Station,
            Measurand = point.Measurand,
            TimeNs = point.TimeNs,
            Value = point.Value.Value,
            Flag = point.Value.Flag,
            Why = point.Value.Why,
            Clock = point.Clock,
            LastNumber = point.Value.Value is { } number ? (number, point.TimeMs) : known?.LastNumber,
        };
    }
}

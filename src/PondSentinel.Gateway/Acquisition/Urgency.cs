using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Decides which records of one device cannot wait for the commit window: those with a value outside its
/// channel's urgent band, and those in which a flag changed. Not thread-safe.</summary>
/// <param name="channels">The device's channels.</param>
public sealed class Urgency(IReadOnlyList<PolledChannel> channels)
{
    private readonly QualityFlag?[] last = new QualityFlag?[channels.Count];

    /// <summary>Whether the next record of the device is urgent. The first ever is only by its values: nothing changed.
    /// </summary>
    /// <param name="values">The record's channels, in the order of the device's.</param>
    public bool IsUrgent(IReadOnlyList<ChannelValue> values)
    {
        var urgent = false;
        for (var i = 0; i < values.Count; i++)
        {
            var outside = values[i].Value is { } value && channels[i].Options.Urgent is { } band && !band.Contains(value);
            urgent |= outside || (last[i] is { } before && before != values[i].Flag);
            last[i] = values[i].Flag;
        }

        return urgent;
    }
}

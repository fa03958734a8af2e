using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Holds a device's values against what other channels measure. Not thread-safe.</summary>
/// <remarks>A channel of the same device is taken from the same record; one of another device while its number still holds, see
/// <see cref="LatestNumbers"/>. Where there is no number the check says nothing. What is missing, or was taken in maintenance or in a
/// solution, is neither held against anything nor is anything held against it.</remarks>
/// <param name="device">The device.</param>
/// <param name="channels">Its channels.</param>
/// <param name="latest">What all channels said last; null where nobody else is known.</param>
internal sealed class CrossJudge(string device, IReadOnlyList<PolledChannel> channels, LatestNumbers? latest)
{
    private readonly bool isNeeded = channels.Any(channel => channel.Options.Cross.Count > 0);

    /// <summary>The channels of a record, the suspect ones flagged.</summary>
    /// <param name="values">The channels, in the order of the device's.</param>
    public IReadOnlyList<ChannelValue> Judge(IReadOnlyList<ChannelValue> values) =>
        isNeeded ? [.. values.Select((value, i) => Judge(value, channels[i].Options.Cross, values))] : values;

    /// <summary>What the channel said last that bears a channel's value out.</summary>
    /// <param name="channel">The channel's place.</param>
    /// <param name="values">The record at hand.</param>
    /// <returns>The number; null where there is none.</returns>
    public double? Beside(int channel, IReadOnlyList<ChannelValue> values) =>
        channels[channel].Options.ConfirmedBy is { } confirmation ? Number(confirmation.Channel, values) : null;

    private ChannelValue Judge(ChannelValue value, IReadOnlyList<CrossReference> references, IReadOnlyList<ChannelValue> values)
    {
        if (value.Value is not { } number || !IsOfTheWater(value))
        {
            return value;
        }

        foreach (var reference in references)
        {
            if (Number(reference.Channel, values) is { } other && reference.Check.IsSuspect(number, other))
            {
                value = value with
                {
                    Flag = Quality.FlagPrecedence.Aggregate(value.Flag, QualityFlag.Suspect),
                    Why = value.Why | reference.Check.Why,
                };
            }
        }

        return value;
    }

    private double? Number(string reference, IReadOnlyList<ChannelValue> values)
    {
        foreach (var own in values)
        {
            if (string.Equals(LatestNumbers.Reference(device, own.Channel), reference, StringComparison.Ordinal))
            {
                return LatestNumbers.IsSaid(own) ? own.Value : null;
            }
        }

        return latest?.SaidBy(reference);
    }

    private static bool IsOfTheWater(ChannelValue value) => (value.Why & (Why.Maintenance | Why.Calibrating)) == 0;
}

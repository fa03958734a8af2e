using System.Collections.Concurrent;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>The last good numbers of all channels, for devices that need what others measure. Thread-safe: each bus has a worker
/// of its own.</summary>
/// <remarks>Good is what nothing is said against: flag good, or not evaluated where a channel has no bands. A number holds for
/// <see cref="IntervalsMax"/> intervals of its device, <see cref="HoldsMax"/> at the most: longer ago, the water was another. A doubted or missing one neither replaces nor renews it.</remarks>
/// <param name="time">For their age.</param>
internal sealed class LatestNumbers(TimeProvider time)
{
    /// <summary>How many of its device's intervals a number holds.</summary>
    public const int IntervalsMax = 2;

    /// <summary>How long a number holds at the most: the daily swing of a pond is some 1 °C in that time, 0.02 pH at the slope of an
    /// electrode and 2 % of conductivity. Longer than an hour, so that a device polled each hour leaves no gap.</summary>
    public static readonly TimeSpan HoldsMax = TimeSpan.FromMinutes(90);

    private readonly ConcurrentDictionary<string, (double Number, long At, TimeSpan Holds)> numbers = new(StringComparer.Ordinal);

    /// <summary>What a channel is called.</summary>
    /// <param name="device">Its device.</param>
    /// <param name="channel">The channel.</param>
    public static string Reference(string device, string channel) => $"{device}.{channel}";

    /// <summary>How long a number of a device holds.</summary>
    /// <param name="interval">Time between its polls.</param>
    public static TimeSpan HoldsFor(TimeSpan interval) => interval < HoldsMax / IntervalsMax ? interval * IntervalsMax : HoldsMax;

    /// <summary>Takes note of a record.</summary>
    /// <param name="device">The device.</param>
    /// <param name="interval">Time between its polls.</param>
    /// <param name="values">Its channels.</param>
    public void Note(string device, TimeSpan interval, IReadOnlyList<ChannelValue> values)
    {
        foreach (var value in values)
        {
            if (value is { Value: { } number, Flag: QualityFlag.Good or QualityFlag.NotEvaluated })
            {
                numbers[Reference(device, value.Channel)] = (number, time.GetTimestamp(), HoldsFor(interval));
            }
        }
    }

    /// <summary>The number of a channel; null where there is none, or none that still holds.</summary>
    /// <param name="reference">The channel, as <c>device.channel</c>.</param>
    public double? Of(string reference) =>
        numbers.TryGetValue(reference, out var latest) && time.GetElapsedTime(latest.At) <= latest.Holds ? latest.Number : null;
}

using System.Collections.Concurrent;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>The last numbers of all channels: good ones for devices that need what others measure, what was said for checks, and all for what is
/// computed from them.
/// Thread-safe: each bus has a worker of its own.</summary>
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

    // Those that a late verdict may reach, and the newest.
    private const int RevisableMax = Quality.SeriesJudge.SamplesLateMax + 1;

    private const Why NothingToBearOut =
        Why.Maintenance | Why.Calibrating | Why.OverRange | Why.Flat | Why.DeviceFault | Why.NotReady | Why.WrongDevice;

    private readonly ConcurrentDictionary<string, (double Number, long At, TimeSpan Holds)> numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (double Number, long At, TimeSpan Holds)> said = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, (ChannelValue Value, RecordId? Id, long At, TimeSpan Holds)> newest = new(StringComparer.Ordinal);

    // Of each channel those that can still be revised, the newest first: what stands in an array is never changed.
    private readonly ConcurrentDictionary<string, (RecordId Id, ChannelValue Value)[]> told = new(StringComparer.Ordinal);

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
    /// <param name="id">Its number; null where it is none that could be revised.</param>
    public void Note(string device, TimeSpan interval, IReadOnlyList<ChannelValue> values, RecordId? id = null)
    {
        foreach (var value in values)
        {
            var reference = Reference(device, value.Channel);
            if (id is { } record)
            {
                told.AddOrUpdate(reference, [(record, value)], (_, known) => [(record, value), .. known.Take(RevisableMax - 1)]);
            }

            newest[reference] = (value, id, time.GetTimestamp(), HoldsFor(interval));
            if (IsSaid(value))
            {
                var number = (value.Value!.Value, time.GetTimestamp(), HoldsFor(interval));
                said[reference] = number;
                if (IsGood(value))
                {
                    numbers[reference] = number;
                }
            }
        }
    }

    /// <summary>Takes note of what is known of an earlier record by now. What computes with it sees it so.</summary>
    /// <param name="device">The device.</param>
    /// <param name="id">The record.</param>
    /// <param name="values">Its channels.</param>
    public void Revise(string device, RecordId id, IReadOnlyList<ChannelValue> values)
    {
        foreach (var value in values)
        {
            if (told.TryGetValue(Reference(device, value.Channel), out var known))
            {
                told[Reference(device, value.Channel)] = [.. known.Select(one => one.Id == id ? (id, value) : one)];
            }
        }
    }

    /// <summary>What is known by now of what a channel said in a record; null where that is too long ago to change.</summary>
    /// <param name="reference">The channel, as <c>device.channel</c>.</param>
    /// <param name="id">The record.</param>
    public ChannelValue? As(string reference, RecordId id) =>
        told.TryGetValue(reference, out var known) && Array.FindIndex(known, one => one.Id == id) is >= 0 and var place ? known[place].Value : null;

    /// <summary>What a channel said last, whatever its quality, or that it was missing, and in which record; null where that is too long
    /// ago.</summary>
    /// <param name="reference">The channel, as <c>device.channel</c>.</param>
    public (ChannelValue Value, RecordId? Id)? Newest(string reference) =>
        newest.TryGetValue(reference, out var latest) && time.GetElapsedTime(latest.At) <= latest.Holds ? (latest.Value, latest.Id) : null;

    /// <summary>The number of a channel; null where there is none, or none that still holds.</summary>
    /// <param name="reference">The channel, as <c>device.channel</c>.</param>
    public double? Of(string reference) => In(numbers, reference);

    /// <summary>The number of a channel though it may be doubted itself, see <see cref="IsSaid"/>.</summary>
    /// <param name="reference">The channel, as <c>device.channel</c>.</param>
    public double? SaidBy(string reference) => In(said, reference);

    /// <summary>Whether nothing is said against a value.</summary>
    /// <param name="value">The value.</param>
    public static bool IsGood(ChannelValue value) => value is { Value: not null, Flag: QualityFlag.Good or QualityFlag.NotEvaluated };

    /// <summary>Whether a value may bear another out though it may be doubted itself: it is of the water and possible.</summary>
    /// <param name="value">The value.</param>
    public static bool IsSaid(ChannelValue value) =>
        value.Value is not null && (value.Why & NothingToBearOut) == 0 && !IsImpossible(value);

    // What is only unusual has the same reason; and what failed for its leap may be unusual besides.
    private static bool IsImpossible(ChannelValue value) =>
        value.Flag == QualityFlag.Fail && (value.Why & Why.OutOfBounds) != 0 && (value.Why & (Why.Rate | Why.Spike)) == 0;

    private double? In(ConcurrentDictionary<string, (double Number, long At, TimeSpan Holds)> known, string reference) =>
        known.TryGetValue(reference, out var latest) && time.GetElapsedTime(latest.At) <= latest.Holds ? latest.Number : null;
}

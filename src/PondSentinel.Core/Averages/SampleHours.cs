using System.Runtime.InteropServices;

namespace PondSentinel.Averages;

/// <summary>Makes hourly means of samples that arrive in any order, some late, some again: what is said last of a time holds.</summary>
/// <remarks>
/// <para>An hour is open at its beginning and closed at its end. A sample speaks for the time since the one before it, at most for the interval.
/// An hour is valid where 45 of its minutes are spoken for (GB 3095-2012 Table 4, HJ 212-2017 App. D); its mean is weighted by
/// time.</para>
/// <para>Memory: 16 bytes a sample, at most <see cref="SamplesMax"/> an hour, for the hours that are kept. Not thread-safe.</para>
/// </remarks>
public sealed class SampleHours
{
    /// <summary>Most samples of an hour; one more is refused.</summary>
    public const int SamplesMax = 3_600;

    private readonly int kept;
    private readonly long offsetMs;
    private readonly TimeSpan? interval;
    private readonly SortedList<long, List<HourSample>> hours = [];

    /// <summary>Makes an empty one.</summary>
    /// <param name="interval">Usual time between samples, 1 ms to 1 h; null where the samples tell, as <see cref="HourMean.Of"/>
    /// says.</param>
    /// <param name="utcOffset">What the time that hours go by is ahead of UTC.</param>
    /// <param name="kept">How many hours are kept, 2 or more, the newest one included.</param>
    public SampleHours(TimeSpan? interval, TimeSpan utcOffset, int kept)
    {
        (this.interval, this.kept) = (interval, kept);
        offsetMs = (long)utcOffset.TotalMilliseconds;
    }

    /// <summary>How many samples are kept.</summary>
    public int Samples => hours.Values.Sum(samples => samples.Count);

    /// <summary>The hour that an instant belongs to, counted from midnight of 1970-01-01.</summary>
    /// <param name="atMs">UTC ms.</param>
    public long HourOf(long atMs) => HourMean.HourOf(atMs, TimeSpan.FromMilliseconds(offsetMs));

    /// <summary>When an hour ends, UTC ms.</summary>
    /// <param name="hour">The hour.</param>
    public long EndMs(long hour) => HourMean.EndMs(hour, TimeSpan.FromMilliseconds(offsetMs));

    /// <summary>Takes a sample.</summary>
    /// <param name="atMs">When the time ends that it speaks for, UTC ms.</param>
    /// <param name="value">The value; null where it is missing, failed, or taken back.</param>
    /// <returns>False where it is too late, or one too many.</returns>
    public bool Take(long atMs, double? value)
    {
        var hour = HourOf(atMs);
        if (hours.Count > 0 && hour <= hours.Keys[^1] - kept)
        {
            return false;
        }

        if (!hours.TryGetValue(hour, out var samples))
        {
            hours[hour] = samples = [];
        }

        var sample = new HourSample(atMs, value is { } number && double.IsFinite(number) ? number : double.NaN);
        var place = samples.Count > 0 && samples[^1].AtMs >= atMs ? samples.BinarySearch(sample, ByTime.Order) : ~samples.Count;
        if (place >= 0)
        {
            samples[place] = sample;
        }
        else if (samples.Count == SamplesMax)
        {
            return false;
        }
        else
        {
            samples.Insert(~place, sample);
        }

        while (hours.Keys[0] <= hours.Keys[^1] - kept)
        {
            hours.RemoveAt(0);
        }

        return true;
    }

    /// <summary>The mean of an hour.</summary>
    /// <param name="hour">The hour.</param>
    /// <returns>The mean; null where too little of it is spoken for. Of an hour that is still going on, what is known of it so
    /// far.</returns>
    public double? MeanOf(long hour) => HourMean.Of(
        hour,
        TimeSpan.FromMilliseconds(offsetMs),
        hours.TryGetValue(hour, out var samples) ? CollectionsMarshal.AsSpan(samples) : [],
        Edge(hour - 1, newest: true),
        Edge(hour + 1, newest: false),
        interval);

    private HourSample? Edge(long hour, bool newest) =>
        hours.GetValueOrDefault(hour) is { Count: > 0 } samples ? newest ? samples[^1] : samples[0] : null;

    private sealed class ByTime : IComparer<HourSample>
    {
        public static ByTime Order { get; } = new();

        public int Compare(HourSample x, HourSample y) => x.AtMs.CompareTo(y.AtMs);
    }
}

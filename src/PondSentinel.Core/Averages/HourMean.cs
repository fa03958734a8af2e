using PondSentinel.Alerting;

namespace PondSentinel.Averages;

/// <summary>A sample as an hour takes it.</summary>
/// <param name="AtMs">When the time ends that it speaks for, UTC ms.</param>
/// <param name="Value">The value; NaN where it is missing, failed, or taken back.</param>
/// <param name="CoveredMs">Time a thinned sample stands for, ms, ending at <paramref name="AtMs"/>; 0 where it is not thinned.</param>
public readonly record struct HourSample(long AtMs, double Value, long CoveredMs = 0);

/// <summary>The mean of an hour, a pure function of its samples and of those that stand next to it.</summary>
/// <remarks>An hour is open at its beginning and closed at its end, and valid where 45 of its minutes are spoken for (GB 3095-2012
/// Table 4, HJ 212-2017 App. D). Its mean is weighted by time. A sample speaks for the time since the one before it, at most for the
/// interval.</remarks>
public static class HourMean
{
    /// <summary>Length of an hour, ms.</summary>
    public const long HourMs = 3_600_000;

    private const double HourCovered = 0.75;

    // What is further apart than an hour and its jitter is an outage, and tells nothing of how often is measured.
    private const long ApartMaxMs = HourMs + (5 * 60_000);

    /// <summary>The hour that an instant belongs to, counted from midnight of 1970-01-01.</summary>
    /// <param name="atMs">UTC ms.</param>
    /// <param name="utcOffset">What the time that hours go by is ahead of UTC.</param>
    public static long HourOf(long atMs, TimeSpan utcOffset) => FloorOf(atMs + (long)utcOffset.TotalMilliseconds - 1, HourMs);

    /// <summary>When an hour ends, UTC ms.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="utcOffset">As of <see cref="HourOf"/>.</param>
    public static long EndMs(long hour, TimeSpan utcOffset) => ((hour + 1) * HourMs) - (long)utcOffset.TotalMilliseconds;

    /// <summary>The mean of an hour.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="utcOffset">As of <see cref="HourOf"/>.</param>
    /// <param name="samples">Its samples, rising in time.</param>
    /// <param name="before">The last sample of the hour before it; null where that has none.</param>
    /// <param name="after">The first sample of the hour after it; null where that has none.</param>
    /// <param name="interval">Usual time between samples, 1 ms to 1 h; null where the samples tell: twice the lower quartile of the
    /// times between them, so that one that is missing is bridged and an outage is not.</param>
    /// <returns>The mean; null where too little of the hour is spoken for.</returns>
    public static double? Of(
        long hour, TimeSpan utcOffset, ReadOnlySpan<HourSample> samples, HourSample? before, HourSample? after, TimeSpan? interval = null)
    {
        double? mean = null;
        var endMs = EndMs(hour, utcOffset);
        var longest = (long?)interval?.TotalMilliseconds ?? LongestMs(samples, before, after);
        var slots = new SlotMeans(TimeSpan.FromMilliseconds(HourMs), kept: 1, utcOffset, TimeSpan.Zero, HourCovered, []);
        if (before is { } first)
        {
            Add(first);
        }

        foreach (var sample in samples)
        {
            Add(sample);
        }

        // The first of the next hour may speak for the end of this one; whether it does or not, this one is over.
        Add(after is { } next && next.AtMs - endMs < Math.Max(longest, next.CoveredMs) ? next : new HourSample(endMs, double.NaN));
        return mean;

        void Add(HourSample sample) => slots.Add(
            new AlertSample(
                DateTimeOffset.FromUnixTimeMilliseconds(sample.AtMs),
                double.IsNaN(sample.Value) ? null : sample.Value,
                Covered: TimeSpan.FromMilliseconds(sample.CoveredMs > 0 ? sample.CoveredMs : longest)),
            closed => mean = closed == hour ? slots.MeanOf(closed) : mean);
    }

    // How long a sample may speak for, by how far the samples around it are apart.
    private static long LongestMs(ReadOnlySpan<HourSample> samples, HourSample? before, HourSample? after)
    {
        var apart = new List<long>(samples.Length + 1);
        var last = before?.AtMs;
        foreach (var sample in samples)
        {
            Note(sample.AtMs);
        }

        if (after is { } next)
        {
            Note(next.AtMs);
        }

        apart.Sort();
        return apart.Count == 0 ? 0 : Math.Min(2 * apart[(apart.Count - 1) / 4], HourMs);

        void Note(long atMs)
        {
            if (atMs - last is > 0 and <= ApartMaxMs and var step)
            {
                apart.Add(step);
            }

            last = atMs;
        }
    }

    private static long FloorOf(long number, long by) => (number / by) - (number % by < 0 ? 1 : 0);
}

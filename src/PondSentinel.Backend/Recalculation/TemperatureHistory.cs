namespace PondSentinel.Backend.Recalculation;

/// <summary>How warm the water was: the newest number of a channel at or before a time, as long as it is not older than an hour.
/// </summary>
/// <param name="points">Times, ns since 1970, rising, and °C.</param>
internal sealed class TemperatureHistory(IReadOnlyList<(long TimeNs, double Celsius)> points)
{
    // The last digits of a key are the number of its record, not time.
    private const long NsPerMs = 1_000_000;
    private const long AgeMaxMs = 3_600_000;

    private readonly long[] times = [.. points.Select(point => point.TimeNs)];

    /// <summary>The temperature at a time; null where nobody measured it.</summary>
    /// <param name="timeNs">The time, ns since 1970.</param>
    public double? At(long timeNs)
    {
        var found = Array.BinarySearch(times, timeNs);
        var index = found >= 0 ? found : ~found - 1;
        return index >= 0 && (timeNs / NsPerMs) - (times[index] / NsPerMs) <= AgeMaxMs ? points[index].Celsius : null;
    }
}

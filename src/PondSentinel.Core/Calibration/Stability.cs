namespace PondSentinel.Calibration;

/// <summary>Whether a reading in a standard has come to rest: the trend of the last readings by least squares, and how they scatter about
/// it. Pure; no numbers make it throw.</summary>
/// <param name="IsSteady">Whether both are within the limits, over the whole window.</param>
/// <param name="Readings">Of how many readings; of none and of one there is no trend.</param>
/// <param name="Span">Time from the first of them to the last.</param>
/// <param name="Mean">Their mean: what is taken.</param>
/// <param name="SlopePerMinute">The trend, raw units a minute.</param>
/// <param name="Spread">Standard deviation about the trend, raw units.</param>
public readonly record struct Stability(
    bool IsSteady, int Readings, TimeSpan Span, double Mean, double SlopePerMinute, double Spread)
{
    /// <summary>Least readings that can be steady.</summary>
    public const int ReadingsMin = 6;

    /// <summary>Judges readings.</summary>
    /// <param name="readings">When each was taken, and what it was: in the order of time.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="window">How long it has to be steady; of slow readings as long as <see cref="ReadingsMin"/> of them take.</param>
    public static Stability Of(IReadOnlyList<(TimeSpan At, double Raw)> readings, StabilityLimits limits, TimeSpan window)
    {
        if (readings.Count == 0)
        {
            return default;
        }

        // The least of the last readings that reach back over the window.
        var last = readings[^1].At;
        var from = readings.Count - 1;
        while (from > 0 && (last - readings[from].At < window || readings.Count - from < ReadingsMin))
        {
            from--;
        }

        var count = readings.Count - from;
        double meanTime = 0, mean = 0;
        for (var i = from; i < readings.Count; i++)
        {
            meanTime += (readings[i].At - last).TotalMinutes / count;
            mean += readings[i].Raw / count;
        }

        double timeSquares = 0, products = 0;
        for (var i = from; i < readings.Count; i++)
        {
            var minutes = (readings[i].At - last).TotalMinutes - meanTime;
            timeSquares += minutes * minutes;
            products += minutes * (readings[i].Raw - mean);
        }

        var slope = timeSquares > 0 ? products / timeSquares : 0;
        double squares = 0;
        for (var i = from; i < readings.Count; i++)
        {
            var off = readings[i].Raw - mean - (slope * ((readings[i].At - last).TotalMinutes - meanTime));
            squares += off * off;
        }

        var span = last - readings[from].At;
        var spread = count > 2 ? Math.Sqrt(squares / (count - 2)) : 0;
        return new Stability(
            count >= ReadingsMin && span >= window && Math.Abs(slope) <= limits.SlopePerMinute && spread <= limits.Spread,
            count, span, mean, slope, spread);
    }
}

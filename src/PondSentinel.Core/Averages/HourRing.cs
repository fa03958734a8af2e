namespace PondSentinel.Averages;

/// <summary>The means of the newest hours, in any order of arrival: what a hour says last is what holds.</summary>
/// <remarks>Memory: 8 bytes an hour. Hours are counted from midnight of 1970-01-01 in whatever time the caller goes by. Not
/// thread-safe.</remarks>
public sealed class HourRing
{
    private readonly double[] means;

    /// <summary>Makes an empty one.</summary>
    /// <param name="hours">How many hours are kept, 1 or more.</param>
    public HourRing(int hours)
    {
        means = new double[hours];
        Array.Fill(means, double.NaN);
    }

    /// <summary>How many hours are kept.</summary>
    public int Kept => means.Length;

    /// <summary>The newest hour that was told of, with a mean or without; null before the first.</summary>
    public long? Newest { get; private set; }

    /// <summary>The mean of an hour; null where it has none, or is not kept.</summary>
    /// <param name="hour">The hour.</param>
    public double? this[long hour] => IsKept(hour) && means[Place(hour)] is var mean && !double.IsNaN(mean) ? mean : null;

    /// <summary>Tells of an hour, anew or again.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="mean">Its mean, finite; null where too little of it was measured.</param>
    /// <returns>False where it is older than what is kept, and so nothing changed.</returns>
    public bool Set(long hour, double? mean)
    {
        if (Newest is { } newest && hour <= newest - means.Length)
        {
            return false;
        }

        if (Newest is not { } last || hour - last >= means.Length)
        {
            Array.Fill(means, double.NaN);
            Newest = hour;
        }

        for (var skipped = Newest.Value + 1; skipped <= hour; skipped++)
        {
            means[Place(skipped)] = double.NaN;
        }

        Newest = Math.Max(Newest.Value, hour);
        means[Place(hour)] = mean is { } value && double.IsFinite(value) ? value : double.NaN;
        return true;
    }

    /// <summary>The mean of the hours that have one.</summary>
    /// <param name="lastHour">The last hour.</param>
    /// <param name="hours">How many, 1 to <see cref="Kept"/>.</param>
    /// <param name="needed">Least number with a mean.</param>
    public WindowMean Over(long lastHour, int hours, int needed)
    {
        var (sum, valid) = (0.0, 0);
        if (Newest is { } newest)
        {
            // Sums run from the oldest hour, so that the same hours give the same digits whatever came when.
            var first = Math.Max(lastHour - hours + 1, newest - means.Length + 1);
            for (var hour = first; hour <= Math.Min(lastHour, newest); hour++)
            {
                var mean = means[Place(hour)];
                if (!double.IsNaN(mean))
                {
                    sum += mean;
                    valid++;
                }
            }
        }

        return new WindowMean(lastHour, valid, valid > 0 && valid >= needed ? sum / valid : null);
    }

    private bool IsKept(long hour) => Newest is { } newest && hour <= newest && hour > newest - means.Length;

    private int Place(long hour) => (int)(((hour % means.Length) + means.Length) % means.Length);
}

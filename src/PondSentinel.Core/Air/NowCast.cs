namespace PondSentinel.Air;

/// <summary>The US EPA's NowCast of PM10: a mean of the last 12 hours that follows the newest the closer the more they change.</summary>
/// <remarks>
/// <para>Source: AirNow, "NowCast for PM2.5 and PM10", read in a program that cites EPA's fact sheet. w = lowest / highest hour, at least 0.5; the mean
/// is weighted by w to the power of the hour's age in whole hours. Missing hours keep their power.</para>
/// <para>Two of the newest three hours are needed. Hourly means of 0 and above; the result is not cut off to a whole number, which
/// <see cref="IndexScale.Us2018"/> does.</para>
/// </remarks>
public static class NowCast
{
    /// <summary>How many hours count.</summary>
    public const int Hours = 12;

    private const int NewestHours = 3;
    private const int NewestNeeded = 2;
    private const double WeightMin = 0.5;

    /// <summary>The NowCast.</summary>
    /// <param name="hours">Hourly means, the newest first, null where there is none; what is older than <see cref="Hours"/> is not
    /// looked at.</param>
    /// <returns>µg/m³; null where too many hours are missing.</returns>
    public static double? Of(ReadOnlySpan<double?> hours)
    {
        var (low, high, newest) = (double.PositiveInfinity, double.NegativeInfinity, 0);
        hours = hours[..Math.Min(hours.Length, Hours)];
        for (var age = 0; age < hours.Length; age++)
        {
            if (hours[age] is { } mean)
            {
                low = Math.Min(low, mean);
                high = Math.Max(high, mean);
                newest += age < NewestHours ? 1 : 0;
            }
        }

        return newest < NewestNeeded ? null : Weighted(hours, high > 0 ? Math.Max(low / high, WeightMin) : 1);
    }

    private static double Weighted(ReadOnlySpan<double?> hours, double weight)
    {
        var (sum, weights, power) = (0.0, 0.0, 1.0);
        foreach (var hour in hours)
        {
            if (hour is { } mean)
            {
                sum += power * mean;
                weights += power;
            }

            power *= weight;
        }

        return sum / weights;
    }
}

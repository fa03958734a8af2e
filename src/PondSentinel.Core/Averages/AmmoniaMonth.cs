using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Averages;

/// <summary>What 30 days of total ammonia are against their chronic criterion.</summary>
/// <param name="LastHour">Their last hour, counted from midnight of 1970-01-01 in the time that hours go by.</param>
/// <param name="Valid">How many hours have total ammonia, pH and temperature.</param>
/// <param name="Total">Mean total ammonia nitrogen.</param>
/// <param name="Ph">Mean pH, arithmetic.</param>
/// <param name="Water">Mean temperature.</param>
/// <param name="Criterion">The chronic criterion at these.</param>
/// <param name="HighestFourDays">The highest mean of four days in them, mg/L as N; null where no four days are complete.</param>
public readonly record struct AmmoniaMonth(
    long LastHour,
    int Valid,
    TotalAmmoniaNitrogen Total,
    PhValue Ph,
    WaterCelsius Water,
    Computed<TotalAmmoniaNitrogen> Criterion,
    double? HighestFourDays)
{
    /// <summary>The highest mean of four days as a multiple of what it may be; null where no four days are complete.</summary>
    public double? FourDayRatio => HighestFourDays is { } highest ? AmmoniaCriteria.FourDayRatio(highest, Criterion).Value : null;

    /// <summary>Whether the mean of 30 days, or the highest of four, is above what it may be, at two figures.</summary>
    public bool IsExceeded => AmmoniaCriteria.Ratio(Total, Criterion).Value > 1 || FourDayRatio > 1;
}

/// <summary>Holds hourly means against the chronic criterion for ammonia. Memory: <see cref="WindowRule.HoursMax"/> hours of three
/// numbers.</summary>
/// <remarks>pH and temperature are averaged over the hours that also have ammonia, and the criterion is computed from their means, as
/// <see cref="AmmoniaCriteria"/> says. Not thread-safe.</remarks>
public sealed class AmmoniaMonths
{
    private readonly HourRing total = new(WindowRule.HoursMax);
    private readonly HourRing ph = new(WindowRule.HoursMax);
    private readonly HourRing water = new(WindowRule.HoursMax);

    /// <summary>Takes an hour, anew or again. One that lacks a mean counts as missing.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="totalMilligramsPerLitre">Mean total ammonia nitrogen, mg/L as N.</param>
    /// <param name="meanPh">Mean pH.</param>
    /// <param name="celsius">Mean temperature of the water, °C.</param>
    /// <returns>False where it is older than what is kept.</returns>
    public bool Take(long hour, double? totalMilligramsPerLitre, double? meanPh, double? celsius)
    {
        var isWhole = totalMilligramsPerLitre is not null && meanPh is not null && celsius is not null;
        return total.Set(hour, isWhole ? totalMilligramsPerLitre : null)
            && ph.Set(hour, isWhole ? meanPh : null)
            && water.Set(hour, isWhole ? celsius : null);
    }

    /// <summary>The 30 days that end with an hour.</summary>
    /// <param name="lastHour">The hour.</param>
    /// <returns>Null where they have too few hours.</returns>
    public AmmoniaMonth? Until(long lastHour)
    {
        var month = Over(total, lastHour, WindowRule.Days30);
        if (month.Mean is not { } mean)
        {
            return null;
        }

        var meanPh = new PhValue(Over(ph, lastHour, WindowRule.Days30).Mean!.Value);
        var meanWater = new WaterCelsius(Over(water, lastHour, WindowRule.Days30).Mean!.Value);
        double? highest = null;
        for (var end = lastHour - WindowRule.Days30.Hours + WindowRule.Days4.Hours; end <= lastHour; end++)
        {
            highest = Over(total, end, WindowRule.Days4).Mean is { } four && !(four <= highest) ? four : highest;
        }

        return new AmmoniaMonth(
            lastHour, month.Valid, new TotalAmmoniaNitrogen(mean), meanPh, meanWater, AmmoniaCriteria.Chronic(meanPh, meanWater), highest);
    }

    private static WindowMean Over(HourRing ring, long lastHour, WindowRule rule) => ring.Over(lastHour, rule.Hours, rule.Needed);
}

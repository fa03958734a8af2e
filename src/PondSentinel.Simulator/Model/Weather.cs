namespace PondSentinel.Simulator.Model;

/// <summary>Rain, evaporation, temperature and wind as functions of simulated time. Pure.</summary>
/// <param name="seed">The world.</param>
internal sealed class Weather(ulong seed)
{
    private const ulong ForGusts = 0x201;

    // Pond evaporation of the wet season, 1.5 (January) to 5 (July) mm a day: README.md, sources.
    private const double EvaporationMillimetresPerDay = 5;
    private const double WaterCelsiusMean = 20;
    private const double WaterCelsiusSwing = 2.5;
    private const double WindMetresPerSecond = 3;
    private const double GustMetresPerSecond = 0.25;

    /// <summary>Local time of day at the beginning of the simulation.</summary>
    public static TimeSpan DayBegins { get; } = TimeSpan.FromHours(8);

    /// <summary>Rain, mm/h.</summary>
    /// <param name="time">Simulated time.</param>
    public double RainMillimetresPerHour(TimeSpan time)
    {
        var (story, intoDay) = Today(time);
        return story.RainMillimetresPerHour * Story.Extent(intoDay, Story.RainStart, Story.RainEnd);
    }

    /// <summary>Evaporation of open water, mm/h; the mean of the day, at every hour.</summary>
    public static double EvaporationMillimetresPerHour => EvaporationMillimetresPerDay / 24;

    /// <summary>Temperature of the stream, °C: highest in the afternoon.</summary>
    /// <param name="time">Simulated time.</param>
    public static double WaterCelsius(TimeSpan time) => WaterCelsiusMean + (WaterCelsiusSwing * Afternoon(time));

    /// <summary>Where the day stands, -1 at 3 o'clock at night to 1 at 15 o'clock.</summary>
    /// <param name="time">Simulated time.</param>
    public static double Afternoon(TimeSpan time) =>
        Math.Sin(2 * Math.PI * (((time + DayBegins) / TimeSpan.FromDays(1)) - 0.375));

    /// <summary>Wind, m/s.</summary>
    /// <param name="time">Simulated time.</param>
    public double WindSpeedMetresPerSecond(TimeSpan time)
    {
        var (story, intoDay) = Today(time);
        var gust = GustMetresPerSecond * Chance.Noise(seed, ForGusts, (long)Math.Floor(time.TotalMinutes)) / 3;
        return WindMetresPerSecond + gust
            + ((story.WindPeakMetresPerSecond - WindMetresPerSecond) * Story.Extent(intoDay, Story.DustStart, Story.DustEnd));
    }

    /// <summary>The day's story and the time since the day's beginning.</summary>
    /// <param name="time">Simulated time.</param>
    public (Story Story, TimeSpan IntoDay) Today(TimeSpan time)
    {
        var day = (long)Math.Floor(time / Story.Period);
        return (Story.Of(seed, day), time - (day * Story.Period));
    }
}

namespace PondSentinel.Averages;

/// <summary>Over which hours a mean is taken, and how many of them have to be there.</summary>
/// <param name="Hours">Length, h, 1 to <see cref="HoursMax"/>.</param>
/// <param name="Needed">Least number of valid hours, 1 to <paramref name="Hours"/>.</param>
/// <param name="IsByClock">Whether there is one mean for each whole period by the clock, the first of which begins at midnight of 1970-01-01, and not one
/// at the end of each hour.</param>
public sealed record WindowRule(int Hours, int Needed, bool IsByClock)
{
    /// <summary>Longest window, h: 31 days.</summary>
    public const int HoursMax = 31 * HoursOfDay;

    private const int HoursOfDay = 24;

    /// <summary>Each hour by itself.</summary>
    public static WindowRule Hour { get; } = new(1, 1, IsByClock: true);

    /// <summary>A calendar day by EPA: 18 of 24 hours, 75 % (40 CFR 50 Appendix N 3.0(c), for PM2.5; continuous PM10 is treated
    /// alike).</summary>
    public static WindowRule DayUs { get; } = new(HoursOfDay, 18, IsByClock: true);

    /// <summary>A calendar day by GB 3095-2012 Table 4: 20 of 24 hours. What GB 3095-2026 asks for was not to be had.</summary>
    public static WindowRule DayGb { get; } = new(HoursOfDay, 20, IsByClock: true);

    /// <summary>The last 24 hours, 18 of them.</summary>
    public static WindowRule Rolling24 { get; } = new(HoursOfDay, 18, IsByClock: false);

    /// <summary>The last 30 days, for the chronic criterion of ammonia: 540 of 720 hours. That 75 % are enough is our choice; EPA
    /// 822-R-13-001 says nothing of it.</summary>
    public static WindowRule Days30 { get; } = new(30 * HoursOfDay, 540, IsByClock: false);

    /// <summary>The last 4 days, of which none in 30 may be above 2.5 times the chronic criterion: 72 of 96 hours, by our choice.</summary>
    public static WindowRule Days4 { get; } = new(4 * HoursOfDay, 72, IsByClock: false);
}

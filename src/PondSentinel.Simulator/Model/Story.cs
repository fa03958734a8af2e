namespace PondSentinel.Simulator.Model;

/// <summary>What happens at the site in one simulated day. The same happens every day; how strongly, the seed and the day
/// decide. Times are the same for all seeds, so that a person can be told in advance.</summary>
/// <remarks>The strengths are engineering choices, such that the levels of <c>README.md</c> come out; the margins to the
/// limits of the demo's rules are tested over many seeds.</remarks>
internal sealed record Story
{
    private const ulong ForLeak = 0x101;
    private const ulong ForRain = 0x102;
    private const ulong ForWind = 0x103;

    private static readonly TimeSpan RampDuration = TimeSpan.FromMinutes(4);

    /// <summary>After this the story begins again.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromHours(24);

    /// <summary>When the liner tears, counted from the day's beginning.</summary>
    public static TimeSpan LeakStart { get; } = TimeSpan.FromMinutes(60);

    /// <summary>When the leak is closed.</summary>
    public static TimeSpan LeakEnd { get; } = TimeSpan.FromMinutes(130);

    /// <summary>When it begins to rain.</summary>
    public static TimeSpan RainStart { get; } = TimeSpan.FromMinutes(150);

    /// <summary>When the rain stops.</summary>
    public static TimeSpan RainEnd { get; } = TimeSpan.FromMinutes(190);

    /// <summary>When a front comes over the hill and the wind rises.</summary>
    public static TimeSpan DustStart { get; } = TimeSpan.FromMinutes(230);

    /// <summary>When the wind has died down.</summary>
    public static TimeSpan DustEnd { get; } = TimeSpan.FromMinutes(300);

    /// <summary>Water that leaves through the torn liner, m³/s.</summary>
    public required double LeakCubicMetresPerSecond { get; init; }

    /// <summary>Intensity of the rain, mm/h.</summary>
    public required double RainMillimetresPerHour { get; init; }

    /// <summary>Highest wind of the dust episode, m/s.</summary>
    public required double WindPeakMetresPerSecond { get; init; }

    /// <summary>The story of a day.</summary>
    /// <param name="seed">The world.</param>
    /// <param name="day">Days since the beginning, 0 or more.</param>
    public static Story Of(ulong seed, long day) => new()
    {
        LeakCubicMetresPerSecond = 1.30e-3 * (1 + (0.05 * Chance.Noise(seed, ForLeak, day) / 3)),
        RainMillimetresPerHour = 12 + (3 * Chance.Noise(seed, ForRain, day) / 3),
        WindPeakMetresPerSecond = 11 + (0.4 * Chance.Noise(seed, ForWind, day) / 3),
    };

    /// <summary>How far an event is on, 0 to 1: rises and falls over some minutes.</summary>
    /// <param name="intoDay">Time since the day's beginning.</param>
    /// <param name="start">Beginning of the event.</param>
    /// <param name="end">End of the event.</param>
    public static double Extent(TimeSpan intoDay, TimeSpan start, TimeSpan end)
    {
        var rising = (intoDay - start) / RampDuration;
        var falling = (end - intoDay) / RampDuration;
        return Math.Clamp(Math.Min(rising, falling), 0, 1);
    }
}

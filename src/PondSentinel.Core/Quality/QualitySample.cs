namespace PondSentinel.Quality;

/// <summary>One sample of a series: what the tests look at.</summary>
/// <param name="TimeMs">UTC ms since 1970; null where it is not known. One outside the years 1 to 9999 counts as unknown.</param>
/// <param name="Value">The value in the channel's unit; NaN where it is missing. An infinite one fails the gross range and
/// is missing to every other test.</param>
/// <param name="DepthMetres">Depth of the sample, m, positive down; null where it is not known. Only climatology asks.</param>
public readonly record struct QualitySample(long? TimeMs, double Value, double? DepthMetres = null)
{
    // Many are kept at once, so that what is not known costs no room of its own.
    private const long NoTime = long.MinValue;

    private static readonly long FirstMs = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long LastMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private readonly long time = TimeMs ?? NoTime;
    private readonly long calendar = TimeMs ?? NoTime;
    private readonly double depth = DepthMetres ?? double.NaN;

    /// <summary>UTC ms since 1970; null where it is not known. One outside the years 1 to 9999 counts as unknown.</summary>
    public long? TimeMs
    {
        get => Known(time);
        init => time = value ?? NoTime;
    }

    /// <summary>Depth of the sample, m, positive down; null where it is not known.</summary>
    public double? DepthMetres
    {
        get => double.IsNaN(depth) ? null : depth;
        init => depth = value ?? double.NaN;
    }

    /// <summary>UTC ms since 1970 by which the season is told, where differences of time are taken from a clock that tells no
    /// season; null where it is not known. Else the same as <see cref="TimeMs"/>.</summary>
    public long? CalendarMs
    {
        get => Known(calendar);
        init => calendar = value ?? NoTime;
    }

    /// <summary>Whether there is a number to judge.</summary>
    internal bool HasValue => double.IsFinite(Value);

    /// <summary>The same, without a time that no calendar has.</summary>
    internal QualitySample Sane => this with { TimeMs = Sound(TimeMs), CalendarMs = Sound(CalendarMs) };

    private static long? Known(long ms) => ms == NoTime ? null : ms;

    private static long? Sound(long? ms) => ms < FirstMs || ms > LastMs ? null : ms;
}

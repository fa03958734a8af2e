namespace PondSentinel.Simulator;

/// <summary>Simulated time: real time, faster. Thread-safe; never steps back, whatever is done to the wall clock.</summary>
/// <param name="time">The real clock.</param>
/// <param name="start">Simulated time at the moment of making.</param>
/// <param name="speed">Simulated seconds in a real second, above zero.</param>
internal sealed class SiteClock(TimeProvider time, TimeSpan start, double speed)
{
    private readonly long begun = time.GetTimestamp();
    private readonly DateTimeOffset wallBegun = time.GetUtcNow();

    /// <summary>Simulated time at the moment of making.</summary>
    public TimeSpan Start => start;

    /// <summary>Simulated time since the site's beginning.</summary>
    public TimeSpan Now => start + (time.GetElapsedTime(begun) * speed);

    /// <summary>Simulated time of a wall-clock time, for showing: a step of the wall clock shifts it. What is older than
    /// this clock is from before the site was switched off, so it gets the time at which the site stood then.</summary>
    /// <param name="wall">The wall-clock time.</param>
    public TimeSpan At(DateTimeOffset wall) => wall > wallBegun ? start + ((wall - wallBegun) * speed) : start;

    /// <summary>How long something takes in real time, to the millisecond, at least one.</summary>
    /// <param name="simulated">How long it takes at the site.</param>
    /// <param name="speed">Simulated seconds in a real second.</param>
    public static TimeSpan Real(TimeSpan simulated, double speed) =>
        TimeSpan.FromMilliseconds(Math.Max(1, Math.Round(simulated.TotalMilliseconds / speed)));
}

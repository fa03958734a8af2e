namespace PondSentinel.Simulator;

/// <summary>Simulated time: real time, faster. Thread-safe; never steps back, whatever is done to the wall clock.</summary>
/// <param name="time">The real clock.</param>
/// <param name="start">Simulated time at the moment of making.</param>
/// <param name="speed">Simulated seconds in a real second, above zero.</param>
internal sealed class SiteClock(TimeProvider time, TimeSpan start, double speed)
{
    private readonly long begun = time.GetTimestamp();

    /// <summary>Simulated seconds in a real second.</summary>
    public double Speed => speed;

    /// <summary>Simulated time since the site's beginning.</summary>
    public TimeSpan Now => start + (time.GetElapsedTime(begun) * speed);

    /// <summary>How long something takes in real time, to the millisecond, at least one.</summary>
    /// <param name="simulated">How long it takes at the site.</param>
    public TimeSpan Real(TimeSpan simulated) =>
        TimeSpan.FromMilliseconds(Math.Max(1, Math.Round(simulated.TotalMilliseconds / speed)));
}

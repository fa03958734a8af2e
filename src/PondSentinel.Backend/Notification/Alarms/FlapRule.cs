namespace PondSentinel.Backend.Notification.Alarms;

/// <summary>When an alarm comes and goes too often to be told each time, and when it stands still again.</summary>
/// <remarks>One window for a contact that chatters and for a pump that cycles all night. What is in between stands still once it has stayed
/// as it is for clearly longer than it ever did while it came and went: so a quick one is over after an hour, and a slow one is not over
/// in each of its own pauses.</remarks>
internal static class FlapRule
{
    /// <summary>It may begin so often within <see cref="Window"/>.</summary>
    public const int RaisesMax = 3;

    /// <summary>Of so many notices at most it is found out how it came and went.</summary>
    public const int ChangesMax = 1000;

    // Half as long again: a cycle is never quite the same.
    private const double Longer = 1.5;

    /// <summary>What begins four times within it has pauses shorter than <see cref="StillMax"/> on average: what has longer ones all along
    /// is told each time, which is no more messages.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(9);

    /// <summary>It has to stand still for so long at least.</summary>
    public static readonly TimeSpan StillMin = TimeSpan.FromHours(1);

    /// <summary>It never has to stand still for longer: nothing that has come to stay waits for more.</summary>
    public static readonly TimeSpan StillMax = TimeSpan.FromHours(3);

    /// <summary>While it is gone it explains others for so long: each gap of a storm is not a page for each pond.</summary>
    public static readonly TimeSpan ExplainsFor = TimeSpan.FromMinutes(10);

    /// <summary>How long it has to stay as it is to stand still.</summary>
    /// <param name="longest">For how long it has stayed so at most since it comes and goes.</param>
    public static TimeSpan Still(TimeSpan longest) =>
        TimeSpan.FromTicks(Math.Clamp((longest * Longer).Ticks, StillMin.Ticks, StillMax.Ticks));
}

/// <summary>How an alarm comes and goes.</summary>
/// <param name="Fired">For how long it has fired at most.</param>
/// <param name="Paused">For how long it was gone at most.</param>
internal readonly record struct FlapPace(TimeSpan Fired, TimeSpan Paused)
{
    /// <summary>It was so for a while.</summary>
    /// <param name="fires">Whether it fired.</param>
    /// <param name="span">For how long; less than nothing where a clock was set back meanwhile.</param>
    public FlapPace With(bool fires, TimeSpan span) =>
        fires ? this with { Fired = Longest(Fired, span) } : this with { Paused = Longest(Paused, span) };

    /// <summary>How long it has to stay as it is now to stand still.</summary>
    /// <param name="fires">Whether it fires now.</param>
    public TimeSpan Still(bool fires) => FlapRule.Still(fires ? Fired : Paused);

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) =>
        TimeSpan.FromTicks(Math.Min(Math.Max(one.Ticks, other.Ticks), FlapRule.StillMax.Ticks));
}

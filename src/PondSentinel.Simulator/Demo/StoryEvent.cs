using PondSentinel.Simulator.Model;

namespace PondSentinel.Simulator.Demo;

/// <summary>Something that happens at the site.</summary>
/// <param name="At">When, counted from the day's beginning in simulated time.</param>
/// <param name="Id">Name for programs.</param>
/// <param name="Text">What, for people.</param>
internal sealed record StoryEvent(TimeSpan At, string Id, string Text)
{
    /// <summary>What happens in a day, in its order.</summary>
    public static IReadOnlyList<StoryEvent> OfDay { get; } =
    [
        new(Story.LeakStart, "leak-begins", "the liner tears: the pond leaks into the stream"),
        new(Story.LeakEnd, "leak-ends", "the leak is closed"),
        new(Story.RainStart, "rain-begins", "rain: the stream rises, dilutes and turns muddy"),
        new(Story.RainEnd, "rain-ends", "the rain stops"),
        new(Story.DustStart, "dust-begins", "a front comes through: wind lifts dust over the yard"),
        new(Story.DustEnd, "dust-ends", "the wind dies down"),
    ];

    /// <summary>What follows from it in probes and alerts, in its order; some minutes earlier or later, by the seed.</summary>
    public static IReadOnlyList<StoryEvent> Expected { get; } =
    [
        new(TimeSpan.FromMinutes(76), "leak-seen", "ammonium is up and pH falling below the pond"),
        new(TimeSpan.FromMinutes(87), "leak-alarm", "the alarm goes out; a second one for acid water follows"),
        new(TimeSpan.FromMinutes(174), "leak-over", "both alarms are over, by themselves"),
        new(TimeSpan.FromMinutes(243), "dust-alarm", "the dust alarm goes out"),
        new(TimeSpan.FromMinutes(318), "dust-over", "the dust alarm is over"),
    ];

    /// <summary>What happens in a span of simulated time.</summary>
    /// <param name="after">Beginning, not part of it.</param>
    /// <param name="until">End, part of it.</param>
    /// <returns>What, and when in simulated time since the site's beginning.</returns>
    public static IEnumerable<(TimeSpan At, StoryEvent What)> Between(TimeSpan after, TimeSpan until) =>
        Between(OfDay, after, until);

    /// <summary>What is to be expected in a span of simulated time, site and alerts together.</summary>
    /// <param name="after">Beginning, not part of it.</param>
    /// <param name="until">End, part of it.</param>
    /// <returns>What, when in simulated time since the site's beginning, and whether that is only about when.</returns>
    public static IEnumerable<(TimeSpan At, StoryEvent What, bool IsAbout)> Foreseen(TimeSpan after, TimeSpan until) =>
        Between(OfDay, after, until).Select(item => (item.At, item.What, false))
            .Concat(Between(Expected, after, until).Select(item => (item.At, item.What, true)))
            .OrderBy(item => item.At);

    private static IEnumerable<(TimeSpan At, StoryEvent What)> Between(
        IReadOnlyList<StoryEvent> everyDay, TimeSpan after, TimeSpan until)
    {
        for (var day = (long)Math.Floor(after / Story.Period); day * Story.Period <= until; day++)
        {
            foreach (var what in everyDay)
            {
                var at = (day * Story.Period) + what.At;
                if (at > after && at <= until)
                {
                    yield return (at, what);
                }
            }
        }
    }
}

using PondSentinel.Simulator.Devices;

namespace PondSentinel.Simulator.Demo;

/// <summary>Tells what happens at the site as its time goes by. Not thread-safe.</summary>
/// <param name="options">What was chosen.</param>
/// <param name="folder">Tells the world.</param>
/// <param name="clock">The site's clock.</param>
/// <param name="report">Where it is told.</param>
internal sealed class Narrator(DemoOptions options, DemoFolder folder, SiteClock clock, IDemoReport report)
{
    // Values are told every 10 simulated minutes, but neither more often than people read nor less often than they look.
    private static readonly TimeSpan ValuesInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ValuesRealMin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ValuesRealMax = TimeSpan.FromMinutes(1);

    private readonly SiteSenses senses = new(folder.Start.Seed, clock);
    private readonly TimeSpan between = Between(options.Speed);
    private TimeSpan told = clock.Start;
    private TimeSpan valuesDue = clock.Start;

    /// <summary>How often it looks at the clock.</summary>
    public static TimeSpan TickInterval { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether the simulated time that was asked for has come.</summary>
    public bool IsOver => options.Until is { } until && clock.Now >= until;

    /// <summary>Tells what has happened since the last time.</summary>
    public void Tick()
    {
        var now = clock.Now;
        foreach (var (at, what) in StoryEvent.Between(told, now))
        {
            report.Happens(at, what);
        }

        told = now;
        if (now >= valuesDue)
        {
            report.Senses(
                now,
                senses.Water("upstream-nh4", SiteLayout.Upstream, now),
                senses.Water("downstream-nh4", SiteLayout.Downstream, now),
                senses.Air("yard-dust", now).Pm10);
            valuesDue = (Math.Floor(now / between) + 1) * between;
        }
    }

    private static TimeSpan Between(double speed)
    {
        var real = ValuesInterval / speed;
        return (real < ValuesRealMin ? ValuesRealMin : real > ValuesRealMax ? ValuesRealMax : real) * speed;
    }
}

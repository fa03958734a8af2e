using PondSentinel.Backend.Alerting;

namespace PondSentinel.Simulator.Demo;

/// <summary>Reports every step of an alert, and counts them. Called from the backend's thread; returns at once.</summary>
/// <param name="report">Where it goes.</param>
internal sealed class AlertTeller(IDemoReport report) : IAlertWatcher
{
    private volatile SiteClock? clock;
    private int announced;
    private int over;

    /// <summary>Alerts that were announced.</summary>
    public int Announced => Volatile.Read(ref announced);

    /// <summary>Alerts that are over.</summary>
    public int Over => Volatile.Read(ref over);

    /// <summary>The site's time begins.</summary>
    /// <param name="siteClock">Its clock.</param>
    public void Begin(SiteClock siteClock) => clock = siteClock;

    /// <inheritdoc/>
    public void Changed(IReadOnlyList<AlertTransition> transitions, IReadOnlyList<AlertStatus> statuses)
    {
        // By rule and channel they come; by time people want them. A stable sort, so equal times keep their order.
        foreach (var transition in transitions.OrderBy(transition => transition.Change.At))
        {
            Volatile.Write(ref announced, announced + (transition.Change.IsRaised ? 1 : 0));
            Volatile.Write(ref over, over + (transition.Change.IsCleared ? 1 : 0));
            report.Changes(clock?.At(transition.Change.At) ?? TimeSpan.Zero, transition);
        }
    }
}

using PondSentinel.Measurements;

namespace PondSentinel.Alerting;

/// <summary>All that a rule remembers about one channel; small enough to store at every step.</summary>
/// <param name="Phase">Where the rule stands.</param>
/// <param name="Since">When the exceedance began: first value over the raise limit. Kept until the alert is over;
/// without meaning while normal.</param>
/// <param name="Held">How much of the present hold has been shown by values, in whole milliseconds; zero where nothing
/// waits.</param>
/// <param name="Peak">The worst value since <paramref name="Since"/>; zero while normal.</param>
/// <param name="AsOf">Time of the latest value taken into account.</param>
/// <param name="IsPeakBound">Whether all that is known is that the worst was <paramref name="Peak"/> or worse: a value since
/// <paramref name="Since"/> was beyond what its probe can measure.</param>
public readonly record struct AlertState(
    AlertPhase Phase, DateTimeOffset Since, TimeSpan Held, double Peak, DateTimeOffset AsOf, bool IsPeakBound = false)
{
    /// <summary>The state before any value.</summary>
    public static AlertState Initial => Normal(DateTimeOffset.MinValue);

    /// <summary>Nothing to tell.</summary>
    /// <param name="asOf">Time of the latest value taken into account.</param>
    public static AlertState Normal(DateTimeOffset asOf) =>
        new(AlertPhase.Normal, DateTimeOffset.MinValue, TimeSpan.Zero, 0, asOf);
}

/// <summary>A step from one phase to another.</summary>
/// <param name="From">Phase before.</param>
/// <param name="To">Phase after, another.</param>
/// <param name="At">Time of the value that made the step.</param>
/// <param name="Value">That value: for a thinned record its worst.</param>
/// <param name="Since">When the exceedance began.</param>
/// <param name="Peak">The worst value of the exceedance, up to and with this one.</param>
public readonly record struct AlertChange(
    AlertPhase From, AlertPhase To, DateTimeOffset At, double Value, DateTimeOffset Since, double Peak)
{
    /// <summary>Quality of the value that made the step.</summary>
    public QualityFlag Flag { get; init; } = QualityFlag.Good;

    /// <summary>Reasons for that flag.</summary>
    public Why Why { get; init; }

    /// <summary>Of a mean, how much of its period had values, 0 to 1; null where nobody has said.</summary>
    public double? Complete { get; init; }

    /// <summary>Whether all that is known is that the truth is at the value or worse.</summary>
    public bool IsBound { get; init; }

    /// <summary>Whether all that is known is that the worst was <see cref="Peak"/> or worse.</summary>
    public bool IsPeakBound { get; init; }

    /// <summary>Whether an alert is over because it has lasted so long that it counts as usual: the value need not have come back.</summary>
    public bool IsOutlasted { get; init; }

    /// <summary>Whether people are told that it is at least so much: it is a bound for being beyond its probe, and for nothing else.</summary>
    public bool IsAtLeast => IsBound && (Why & Why.OverRange) != 0;

    /// <summary>Whether an alert begins here.</summary>
    public bool IsRaised => !From.IsAnnounced && To == AlertPhase.Firing;

    /// <summary>Whether an alert is over here.</summary>
    public bool IsCleared => From.IsAnnounced && To == AlertPhase.Normal;
}

namespace PondSentinel.Alerting;

/// <summary>Where a rule stands for one channel. The numbers are stored: never renumber, only add.</summary>
public enum AlertPhase : byte
{
    /// <summary>Nothing to tell.</summary>
    Normal = 0,

    /// <summary>Over the raise limit, not yet for long enough.</summary>
    Pending = 1,

    /// <summary>Announced and still over the clear limit.</summary>
    Firing = 2,

    /// <summary>Announced and back under the clear limit, not yet for long enough.</summary>
    Clearing = 3,
}

/// <summary>Words for <see cref="AlertPhase"/>. A contract with those who read messages: never rename, only add.</summary>
public static class AlertPhases
{
    extension(AlertPhase phase)
    {
        /// <summary>The word in messages and on the page.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined phase.</exception>
        public string Word => phase switch
        {
            AlertPhase.Normal => "normal",
            AlertPhase.Pending => "pending",
            AlertPhase.Firing => "firing",
            AlertPhase.Clearing => "clearing",
            _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "Not a defined phase."),
        };

        /// <summary>Whether people have been told, and not yet told that it is over.</summary>
        public bool IsAnnounced => phase is AlertPhase.Firing or AlertPhase.Clearing;
    }
}

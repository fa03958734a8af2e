namespace PondSentinel.Gateway.Time;

/// <summary>Whom the gateway believes about the time, section <c>[clock]</c>.</summary>
public sealed record ClockOptions
{
    /// <summary>Who may vouch for the wall clock. Default <see cref="ClockPolicy.Auto"/>.</summary>
    public ClockPolicy Source { get; init; } = ClockPolicy.Auto;
}

/// <summary>Who may vouch for the wall clock.</summary>
public enum ClockPolicy
{
    /// <summary>An NTP daemon by way of the kernel, else the backend.</summary>
    Auto,

    /// <summary>As <see cref="Auto"/>, and where neither has spoken the owner: the machine has a battery-backed clock.
    /// </summary>
    System,
}

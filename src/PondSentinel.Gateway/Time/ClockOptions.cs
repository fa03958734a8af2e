using PondSentinel.Wire;

namespace PondSentinel.Gateway.Time;

/// <summary>Whom the gateway believes about the time, section <c>[clock]</c>.</summary>
public sealed record ClockOptions
{
    /// <summary>No clock of any gateway is right before: 2025-01-01, UTC ms since 1970.</summary>
    public const long FirstMs = 1_735_689_600_000;

    /// <summary>Who may vouch for the wall clock. Default <see cref="ClockPolicy.Auto"/>.</summary>
    public ClockPolicy Source { get; init; } = ClockPolicy.Auto;

    /// <summary>What the daemon that disciplines the kernel goes by: <see cref="ClockSource.Ntp"/>, the default, or
    /// <see cref="ClockSource.Gps"/>. The kernel does not know, so the owner says so.</summary>
    public ClockSource Discipline { get; init; } = ClockSource.Ntp;

    /// <summary>How far the battery-backed clock may be wrong when the machine starts: the owner's word. Default 1 s.
    /// </summary>
    public TimeSpan RtcError { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whoever says an earlier time is wrong: UTC ms since 1970. The program gives the date of its own build; the
    /// default is <see cref="FirstMs"/>.</summary>
    public long EarliestMs { get; init; } = FirstMs;
}

/// <summary>Who may vouch for the wall clock.</summary>
public enum ClockPolicy
{
    /// <summary>A daemon by way of the kernel, else the backend.</summary>
    Auto,

    /// <summary>As <see cref="Auto"/>, and where neither has spoken the battery-backed clock that the kernel set the time
    /// from, as long as both agree.</summary>
    Rtc,

    /// <summary>As <see cref="Auto"/>, and where neither has spoken the owner: the wall clock is right, whoever sets it.
    /// </summary>
    System,
}

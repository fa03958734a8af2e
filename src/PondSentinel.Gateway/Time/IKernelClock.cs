namespace PondSentinel.Gateway.Time;

/// <summary>What the kernel knows about time: all that the gateway asks it, so that a test can be the kernel.</summary>
public interface IKernelClock
{
    /// <summary>The kernel's boot id: the same for one life of the machine, random for the next.</summary>
    Guid BootId { get; }

    /// <summary>Time since boot by the quartz alone, sleep included. Never steps, and nobody steers it: an NTP daemon that
    /// corrects the wall clock by letting it run fast or slow makes CLOCK_BOOTTIME run alike, by up to a tenth.</summary>
    TimeSpan BootTime { get; }

    /// <summary>Time since boot as it is steered together with the wall clock (CLOCK_BOOTTIME). Never steps: what the wall
    /// clock moves against it is a step.</summary>
    TimeSpan SteeredTime { get; }

    /// <summary>What the kernel says of the wall clock's discipline (adjtimex, read only).</summary>
    Discipline Discipline { get; }

    /// <summary>What the battery-backed clock says from which the kernel set the wall clock at boot: UTC ms since 1970,
    /// whole seconds. Null where there is none.</summary>
    long? HardwareClockMs { get; }
}

/// <summary>Whether something keeps the wall clock right.</summary>
/// <param name="Synchronised">Whether a daemon vouches for it: not STA_UNSYNC.</param>
/// <param name="ErrorMax">Bound of the error: the kernel's, which grows 500 ppm while nobody corrects it, and what it has
/// still to correct.</param>
public readonly record struct Discipline(bool Synchronised, TimeSpan ErrorMax);

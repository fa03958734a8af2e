namespace PondSentinel.Gateway.Time;

/// <summary>What the kernel knows about time. The only three things the gateway asks it, so that a test can be the
/// kernel.</summary>
public interface IKernelClock
{
    /// <summary>The kernel's boot id: the same for one life of the machine, random for the next.</summary>
    Guid BootId { get; }

    /// <summary>Time since boot, sleep included (CLOCK_BOOTTIME). Never steps.</summary>
    TimeSpan BootTime { get; }

    /// <summary>What the kernel says of the wall clock's discipline (adjtimex, read only).</summary>
    Discipline Discipline { get; }
}

/// <summary>Whether something keeps the wall clock right.</summary>
/// <param name="Synchronised">Whether an NTP daemon vouches for it: not STA_UNSYNC.</param>
/// <param name="ErrorMax">The kernel's bound of the error; grows 500 ppm while nobody corrects it.</param>
public readonly record struct Discipline(bool Synchronised, TimeSpan ErrorMax);

using PondSentinel.Wire;

namespace PondSentinel.Gateway.Time;

/// <summary>What the machine's clocks said at one instant.</summary>
/// <param name="Boot">The kernel's boot id (<c>/proc/sys/kernel/random/boot_id</c>): tells apart two lives of the machine.</param>
/// <param name="BootTime">Time since boot, sleep included, by the quartz: never steps and is not steered.</param>
/// <param name="WallMs">The machine's wall clock, UTC ms since 1970; right only where <paramref name="Trust"/> says so.</param>
/// <param name="Trust">How good the wall clock is, or null while nobody vouches for it.</param>
public readonly record struct ClockReading(Guid Boot, TimeSpan BootTime, long WallMs, ClockStamp? Trust);

/// <summary>A fixed relation between the boot-time clock and the wall clock in one life of the machine.</summary>
/// <param name="Boot">The life it holds for.</param>
/// <param name="BootTime">An instant on the boot-time clock.</param>
/// <param name="WallMs">The same instant: UTC ms since 1970.</param>
/// <param name="Stamp">How good it is.</param>
public readonly record struct ClockAnchor(Guid Boot, TimeSpan BootTime, long WallMs, ClockStamp Stamp)
{
    // A quartz of a Raspberry Pi keeps within about 50 ppm over its range of temperature; twice that is the bound.
    private const double DriftPerUnit = 100e-6;

    // A time is told in whole milliseconds.
    private const double RoundingMs = 0.5;

    /// <summary>How far the quartz may be wrong after some time, ms, not rounded.</summary>
    /// <param name="duration">The time.</param>
    public static double DriftMs(TimeSpan duration) => Math.Abs(duration.TotalMilliseconds) * DriftPerUnit;

    /// <summary>The wall time of another instant in the same life of the machine, and how good it is.</summary>
    /// <param name="bootTime">The instant on the boot-time clock.</param>
    public (long WallMs, ClockStamp Stamp) At(TimeSpan bootTime)
    {
        var apart = bootTime - BootTime;
        if (apart == TimeSpan.Zero)
        {
            return (WallMs, Stamp);
        }

        var errorMs = Stamp.ErrorMs + (long)Math.Ceiling(DriftMs(apart) + RoundingMs);
        return (WallMs + (long)Math.Round(apart.TotalMilliseconds), Stamp with { ErrorMs = errorMs });
    }
}

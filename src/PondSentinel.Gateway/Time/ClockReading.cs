using PondSentinel.Wire;

namespace PondSentinel.Gateway.Time;

/// <summary>What the machine's clocks said at one instant.</summary>
/// <param name="Boot">The kernel's boot id (<c>/proc/sys/kernel/random/boot_id</c>): tells apart two lives of the machine.</param>
/// <param name="BootTime">Time since boot, sleep included (CLOCK_BOOTTIME): never steps.</param>
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

    /// <summary>The wall time of another instant in the same life of the machine, and how good it is.</summary>
    /// <param name="bootTime">The instant on the boot-time clock.</param>
    public (long WallMs, ClockStamp Stamp) At(TimeSpan bootTime)
    {
        var apartMs = (bootTime - BootTime).TotalMilliseconds;
        var errorMs = Stamp.ErrorMs + (long)Math.Ceiling(Math.Abs(apartMs) * DriftPerUnit);
        return (WallMs + (long)Math.Round(apartMs), Stamp with { ErrorMs = errorMs });
    }
}

using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A life of the machine, as far as the items found of it tell.</summary>
/// <param name="boot">The kernel's boot id.</param>
internal sealed class FoundBoot(Guid boot)
{
    private TimeSpan latest;
    private long latestWallMs;
    private BootEnd trustedEnd = new(long.MinValue, long.MinValue);

    /// <summary>The kernel's boot id.</summary>
    public Guid Boot => boot;

    /// <summary>The relation of its clocks; null while nobody knows it.</summary>
    public ClockAnchor? Anchor { get; set; }

    /// <summary>Those that a stream shows just before it.</summary>
    public List<FoundBoot> Before { get; } = [];

    /// <summary>Those that a stream shows just after it.</summary>
    public List<FoundBoot> After { get; } = [];

    /// <summary>It began no earlier: UTC ms since 1970.</summary>
    public double LowMs { get; set; }

    /// <summary>It began no later: UTC ms since 1970.</summary>
    public double HighMs { get; set; }

    /// <summary>Whether it has items without a time of their own.</summary>
    public bool HasWaiting { get; private set; }

    /// <summary>From its beginning to its latest item by its quartz, ms, rounded up.</summary>
    public long LengthMs => (long)Math.Ceiling(latest.TotalMilliseconds);

    /// <summary>The same, where the quartz ran as fast as it may, ms.</summary>
    public double ShortestMs => latest.TotalMilliseconds - ClockAnchor.DriftMs(latest);

    /// <summary>When it began by its own wall clock, as that stood at its latest item, UTC ms since 1970.</summary>
    public long WallAtStartMs => latestWallMs - (long)latest.TotalMilliseconds;

    /// <summary>Its end, where it has a time.</summary>
    public BootEnd End
    {
        get
        {
            if (Anchor is not { } anchor)
            {
                return trustedEnd;
            }

            var (timeMs, stamp) = anchor.At(latest);
            return new BootEnd(Math.Max(timeMs, trustedEnd.TimeMs), Math.Max(timeMs - stamp.ErrorMs, trustedEnd.AtLeastMs));
        }
    }

    /// <summary>Takes note of one of its items.</summary>
    /// <param name="clock">The clocks of the item.</param>
    public void Note(ClockReading clock)
    {
        if (clock.BootTime >= latest)
        {
            (latest, latestWallMs) = (clock.BootTime, clock.WallMs);
        }

        if (clock.Trust is not { } stamp)
        {
            HasWaiting = true;
            return;
        }

        Anchor ??= new ClockAnchor(boot, clock.BootTime, clock.WallMs, stamp);
        trustedEnd = new BootEnd(
            Math.Max(trustedEnd.TimeMs, clock.WallMs), Math.Max(trustedEnd.AtLeastMs, clock.WallMs - stamp.ErrorMs));
    }
}

/// <summary>The end of a life of the machine.</summary>
/// <param name="TimeMs">The time given to its latest item, UTC ms since 1970.</param>
/// <param name="AtLeastMs">It was no earlier than this.</param>
internal readonly record struct BootEnd(long TimeMs, long AtLeastMs);

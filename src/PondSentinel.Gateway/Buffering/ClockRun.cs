using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What the clocks of items in a row say, where they agree in boot and in being trusted: all that
/// <see cref="BootHistory"/> would learn from reading each of them.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ClockRun
{
    private readonly ClockReading first;
    private ClockReading highest;
    private ClockReading surest;
    private ClockReading latest;

    /// <summary>Begins with an item.</summary>
    /// <param name="clock">Its clocks.</param>
    public ClockRun(ClockReading clock) => (first, highest, surest, latest) = (clock, clock, clock, clock);

    /// <summary>The readings that stand for all: the first, the one of the highest wall time, the one whose wall time less its
    /// error is highest, and the latest of the boot-time clock. They are often the same.</summary>
    public IEnumerable<ClockReading> Readings => new[] { first, highest, surest, latest }.Distinct();

    /// <summary>Takes note of the next item, where it agrees.</summary>
    /// <param name="clock">Its clocks.</param>
    public bool TryNote(ClockReading clock)
    {
        if (clock.Boot != first.Boot || (clock.Trust is null) != (first.Trust is null))
        {
            return false;
        }

        highest = clock.WallMs > highest.WallMs ? clock : highest;
        surest = AtLeastMs(clock) > AtLeastMs(surest) ? clock : surest;
        latest = clock.BootTime >= latest.BootTime ? clock : latest;
        return true;
    }

    private static long AtLeastMs(ClockReading clock) => clock.WallMs - (clock.Trust?.ErrorMs ?? 0);
}

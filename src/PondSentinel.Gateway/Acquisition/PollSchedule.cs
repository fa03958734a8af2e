namespace PondSentinel.Gateway.Acquisition;

/// <summary>When a device is due: on the grid of the wall clock, counted on the monotonic clock.</summary>
/// <remarks>
/// <para>Promise: whatever is done to the wall clock, two polls begin at least half an interval apart, and a worker in time
/// begins the next one less than one and a half intervals after the last.</para>
/// <para>How: after each poll the next one is put on that point of the grid which lies nearest to one interval later. There
/// is always exactly one in that window of one interval, wherever a step has moved the grid to. A slot that passed while the
/// bus was busy is counted, never made up for.</para>
/// <para>Pure: not a clock among its members. Not thread-safe.</para>
/// </remarks>
public sealed class PollSchedule
{
    private readonly TimeSpan interval;
    private readonly TimeSpan phase;

    /// <summary>A device that is due at once.</summary>
    /// <param name="interval">Time between polls, above zero.</param>
    /// <param name="now">The monotonic clock.</param>
    /// <param name="phase">How much later than the grid it is due, below an interval: the time that those before it on its bus
    /// take. On a bus that is nearly full, who waits for half an interval behind the others would lose every other slot.</param>
    public PollSchedule(TimeSpan interval, TimeSpan now, TimeSpan phase = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        this.interval = interval;
        this.phase = phase;
        Due = now;
    }

    /// <summary>When the device is due next, on the monotonic clock.</summary>
    public TimeSpan Due { get; private set; }

    /// <summary>Slots that passed without a poll.</summary>
    public long Missed { get; private set; }

    /// <summary>Notes the beginning of a poll and sets <see cref="Due"/> to the next one.</summary>
    /// <param name="start">When the poll began, on the monotonic clock.</param>
    /// <param name="wall">The same instant on the wall clock: time since 1970, UTC.</param>
    public void Begin(TimeSpan start, TimeSpan wall)
    {
        // Where the grid lies relative to the start, 0 up to one interval.
        var intoSlot = Modulo(wall - phase, interval);
        var next = start - intoSlot + interval;
        if (next - start < interval / 2)
        {
            next += interval;
        }

        Missed += Math.Max(0, (long)Math.Round((next - Due) / interval) - 1);
        Due = next;
    }

    private static TimeSpan Modulo(TimeSpan dividend, TimeSpan divisor)
    {
        var remainder = dividend.Ticks % divisor.Ticks;
        return TimeSpan.FromTicks(remainder < 0 ? remainder + divisor.Ticks : remainder);
    }
}

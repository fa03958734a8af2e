using PondSentinel.Backend.Ingest;

namespace PondSentinel.Backend.Alerting;

/// <summary>What one minute of waiting is told by.</summary>
/// <param name="Now">The backend's time.</param>
/// <param name="Step">By how much its clock was set since the minute before: forward, or back where it is negative.</param>
/// <param name="ListeningSince">Since when the broker has been listened to, by the clock as it is now.</param>
/// <param name="SetForwardAt">When the clock was last set forward; null where it never was.</param>
internal readonly record struct HearingMinute(DateTimeOffset Now, TimeSpan Step, DateTimeOffset ListeningSince, DateTimeOffset? SetForwardAt);

/// <summary>Measures silence by time that never steps: a clock that is set makes nobody silent and nobody heard.</summary>
/// <param name="time">The backend's clock.</param>
internal sealed class HearingClock(TimeProvider time)
{
    // What a clock is slewed by within a minute is less.
    private static readonly TimeSpan StepMin = TimeSpan.FromSeconds(2);

    private readonly Dictionary<GatewayName, (long First, long Last)> heard = [];
    private Mark kept = new(time.GetUtcNow(), time.GetTimestamp(), default, TimeSpan.Zero, null);
    private Mark next;

    /// <summary>Something came of a gateway itself.</summary>
    /// <param name="gateway">The gateway.</param>
    public void Hear(GatewayName gateway)
    {
        var now = time.GetTimestamp();
        heard[gateway] = (heard.TryGetValue(gateway, out var hearing) ? hearing.First : now, now);
    }

    /// <summary>A minute has passed. Told again it says the same, until <see cref="Keep"/>.</summary>
    /// <param name="listeningSince">Since when the broker has been listened to, by the clock of that time.</param>
    public HearingMinute Minute(DateTimeOffset listeningSince)
    {
        var (now, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        var step = now - kept.At - time.GetElapsedTime(kept.Timestamp, timestamp);
        step = step.Duration() < StepMin ? TimeSpan.Zero : step;

        // A connection that began in the very minute of a step began by one clock or the other: as if it began now.
        var moved = kept.ListeningSince == listeningSince ? kept.Moved + step
            : step == TimeSpan.Zero ? TimeSpan.Zero
            : now - listeningSince;
        next = new Mark(now, timestamp, listeningSince, moved, step > TimeSpan.Zero ? now : kept.SetForwardAt + step);
        var since = listeningSince + moved;
        return new HearingMinute(now, step, since < now ? since : now, next.SetForwardAt);
    }

    /// <summary>What was heard since <see cref="Keep"/>, by the clock as it is now.</summary>
    public IEnumerable<(GatewayName Gateway, Hearing Hearing)> Heard() => heard.Select(pair => (pair.Key, new Hearing(At(pair.Value.First), At(pair.Value.Last))));

    /// <summary>What the last minute has told is durable.</summary>
    public void Keep()
    {
        kept = next;
        heard.Clear();
    }

    private DateTimeOffset At(long timestamp) => next.At - time.GetElapsedTime(timestamp, next.Timestamp);

    // The wall clock and the other one at the same moment, and by how much the beginning of listening has moved by steps since.
    private readonly record struct Mark(
        DateTimeOffset At, long Timestamp, DateTimeOffset ListeningSince, TimeSpan Moved, DateTimeOffset? SetForwardAt);
}

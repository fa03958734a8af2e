using PondSentinel.Gateway.Time;

namespace PondSentinel.Benchmarks.EndToEnd;

/// <summary>A clock that stands still until it is told to leap to the next moment at which a timer is due: a day without its
/// waiting. Wall clock, boot-time clock and timers agree, and the wall clock is vouched for. Thread-safe.</summary>
internal sealed class LeapingClock : TimeProvider, IKernelClock
{
    private static readonly TimeSpan BootBefore = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly PriorityQueue<(LeapingTimer Timer, int Setting), TimeSpan> due = new();
    private readonly DateTimeOffset start;
    private readonly TimeSpan answerWithin;
    private TimeSpan elapsed;
    private int awaited;

    /// <summary>Makes one.</summary>
    /// <param name="start">Its time at first.</param>
    /// <param name="answerWithin">A length that only timers have which wait for the broker's answer.</param>
    public LeapingClock(DateTimeOffset start, TimeSpan answerWithin) => (this.start, this.answerWithin) = (start, answerWithin);

    /// <summary>Whether somebody waits for an answer: then no time may pass that the answer does not take.</summary>
    public bool IsAnswerAwaited
    {
        get
        {
            lock (gate)
            {
                return awaited > 0;
            }
        }
    }

    /// <summary>Time since it was made.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (gate)
            {
                return elapsed;
            }
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public Guid BootId { get; } = Guid.Parse("6f1d6c1e-2b65-4c2c-9a0e-0c7f2f3f8a11");

    /// <inheritdoc/>
    public TimeSpan BootTime => BootBefore + Elapsed;

    /// <inheritdoc/>
    public TimeSpan SteeredTime => BootTime;

    /// <inheritdoc/>
    public Discipline Discipline { get; } = new(Synchronised: true, TimeSpan.FromMilliseconds(12));

    /// <inheritdoc/>
    public long? HardwareClockMs => null;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LeapingTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Leaps to the next moment at which something is due, and does all that is due then.</summary>
    public void Leap()
    {
        List<LeapingTimer> ripe = [];
        lock (gate)
        {
            while (due.TryPeek(out var next, out var at) && (ripe.Count == 0 || at <= elapsed))
            {
                due.Dequeue();
                if (next.Timer.Setting == next.Setting)
                {
                    elapsed = at > elapsed ? at : elapsed;
                    ripe.Add(next.Timer);
                    next.Timer.Rearm(at);
                }
            }
        }

        foreach (var timer in ripe)
        {
            timer.Ring();
        }
    }

    private sealed class LeapingTimer(LeapingClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period = Timeout.InfiniteTimeSpan;
        private bool awaitsAnswer;

        // Guarded by the clock's gate; another number than that of an entry in the queue makes the entry void.
        public int Setting { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                Setting++;
                this.period = period;
                AwaitsAnswer(dueTime == clock.answerWithin);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    clock.due.Enqueue((this, Setting), clock.elapsed + dueTime);
                }
            }

            return true;
        }

        public void Rearm(TimeSpan at)
        {
            Setting++;
            AwaitsAnswer(false);
            if (period > TimeSpan.Zero)
            {
                clock.due.Enqueue((this, Setting), at + period);
            }
        }

        public void Ring() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void AwaitsAnswer(bool does)
        {
            clock.awaited += (does ? 1 : 0) - (awaitsAnswer ? 1 : 0);
            awaitsAnswer = does;
        }
    }
}

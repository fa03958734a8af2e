namespace PondSentinel.Tests.Sensors;

/// <summary>A clock on which whoever waits has waited: the time passes at once, and all the code in between takes none. For
/// what waits for one thing after the other.</summary>
internal sealed class HastyTime : TimeProvider
{
    private long ticks;

    public TimeSpan Elapsed => TimeSpan.FromTicks(ticks);

    public void Advance(TimeSpan by) => ticks += by.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ticks += dueTime.Ticks;
        callback(state);
        return new Spent();
    }

    private sealed class Spent : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}

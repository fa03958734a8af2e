namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>No timer ever elapses.</summary>
internal sealed class StoppedTime : TimeProvider
{
    public static StoppedTime Instance { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Stopped();

    private sealed class Stopped : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace PondSentinel.Tests.Backend.Retention;

/// <summary>A clock that tells when somebody begins to wait, so that it passes then alone and never while somebody works.</summary>
/// <param name="start">Where it begins.</param>
internal sealed class WaitedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Channel<TimeSpan> waits = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>For how long each wanted to wait, in the order of their beginning.</summary>
    public ChannelReader<TimeSpan> Waits => waits.Reader;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        waits.Writer.TryWrite(dueTime);
        return timer;
    }
}

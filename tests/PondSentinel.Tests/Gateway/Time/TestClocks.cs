using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Time;

/// <summary>A machine's clocks in the hands of a test: one flow of time, a wall clock that can be set without it.</summary>
internal sealed class TestClocks : TimeProvider, IKernelClock
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 6, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider flow = new(Start);

    public Guid BootId { get; set; } = new("0f7b8c52-55a1-4b0f-9a53-3a8f5b0c1d2e");

    public TimeSpan Elapsed => flow.GetUtcNow() - Start;

    public TimeSpan BootTime
    {
        get
        {
            BeforeBootTime?.Invoke();
            return TimeSpan.FromHours(1) + Elapsed;
        }
    }

    public Discipline Discipline { get; set; } = new(Synchronised: false, TimeSpan.FromSeconds(16));

    public Action? BeforeBootTime { get; set; }

    public TimeSpan SteeredTime => TimeSpan.FromHours(1) + Elapsed;

    public long? HardwareClockMs { get; set; }

    public TimeSpan WallOffset { get; private set; }

    public long WallMs => GetUtcNow().ToUnixTimeMilliseconds();

    public override long TimestampFrequency => flow.TimestampFrequency;

    public void Advance(TimeSpan by) => flow.Advance(by);

    /// <summary>Advances in small steps, so that whatever waits wakes at its time and not at the end.</summary>
    public void Run(TimeSpan duration, TimeSpan step)
    {
        for (var done = TimeSpan.Zero; done < duration; done += step)
        {
            flow.Advance(step);
        }
    }

    public void SetWall(TimeSpan by) => WallOffset += by;

    public override DateTimeOffset GetUtcNow() => flow.GetUtcNow() + WallOffset;

    public override long GetTimestamp() => flow.GetTimestamp();

    /// <summary>Told of each wait that has begun.</summary>
    public Action<TimeSpan>? WaitBegun { get; set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = flow.CreateTimer(callback, state, dueTime, period);
        WaitBegun?.Invoke(dueTime);
        return timer;
    }
}

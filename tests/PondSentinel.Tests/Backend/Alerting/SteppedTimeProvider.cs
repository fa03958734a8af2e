using Microsoft.Extensions.Time.Testing;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>A clock that can be set, while the time that never steps goes on.</summary>
internal sealed class SteppedTimeProvider(DateTimeOffset start) : FakeTimeProvider(start)
{
    private TimeSpan ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    /// <summary>Sets it.</summary>
    /// <param name="by">By how much: forward, or back where it is negative.</param>
    public void Step(TimeSpan by) => ahead += by;
}

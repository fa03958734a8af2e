using CsCheck;

namespace PondSentinel.Tests.Gateway.Time;

/// <summary>The promises about time, in random histories: years back and forward, drift, no time for days, restarts before
/// trust, boot loops.</summary>
public sealed class TimeHistoryTests
{
    [Fact]
    public void Intervals_hold_errors_are_as_stated_and_times_are_final_in_every_history() =>
        Gen.Int.Sample(seed => new TimeHistory(seed).Run(), iter: TestDepth.Cases(200));
}

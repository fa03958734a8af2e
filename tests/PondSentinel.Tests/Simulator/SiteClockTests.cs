using Microsoft.Extensions.Time.Testing;
using PondSentinel.Simulator;

namespace PondSentinel.Tests.Simulator;

public sealed class SiteClockTests
{
    private static readonly DateTimeOffset Noon = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider time = new(Noon);

    [Fact]
    public void Time_goes_on_from_its_start_faster_than_real_time()
    {
        var clock = new SiteClock(time, Hour, speed: 60);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(Hour * 1.5, clock.Now);
        Assert.Equal(Hour * 1.5, clock.At(Noon.AddSeconds(30)));
    }

    [Fact]
    public void What_was_measured_before_the_start_stands_where_the_site_had_stopped() =>
        Assert.Equal(Hour, new SiteClock(time, Hour, speed: 60).At(Noon.AddDays(-1)));

    [Fact]
    public void Real_time_is_whole_milliseconds_and_never_nothing()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(397), SiteClock.Real(TimeSpan.FromMinutes(1), speed: 151));
        Assert.Equal(TimeSpan.FromMilliseconds(1), SiteClock.Real(TimeSpan.FromMilliseconds(1), speed: 1000));
    }
}

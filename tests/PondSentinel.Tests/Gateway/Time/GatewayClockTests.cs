using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Time;

public sealed class GatewayClockTests
{
    private readonly TestClocks clocks = new();
    private readonly List<ClockChange> changes = [];

    [Fact]
    public void Nobody_is_believed_before_anybody_has_spoken()
    {
        var reading = Clock(ClockPolicy.Auto).Now();

        Assert.Null(reading.Trust);
        Assert.Equal(new ClockReading(clocks.BootId, clocks.BootTime, clocks.WallMs, null), reading);
        Assert.Empty(changes);
    }

    [Fact]
    public void Kernel_discipline_gives_trust_with_its_error_rounded_up()
    {
        Synchronise(11.2);

        Assert.Equal(new ClockStamp(ClockSource.Ntp, 12), Clock(ClockPolicy.Auto).Now().Trust);
    }

    [Fact]
    public void Owners_word_is_good_for_one_second() =>
        Assert.Equal(new ClockStamp(ClockSource.Rtc, 1000), Clock(ClockPolicy.System).Now().Trust);

    [Fact]
    public void Discipline_is_better_than_the_owners_word()
    {
        Synchronise(12);

        Assert.Equal(ClockSource.Ntp, Clock(ClockPolicy.System).Now().Trust!.Value.Source);
    }

    [Fact]
    public void Backends_time_stands_at_the_middle_of_the_round_trip_and_errs_by_half_of_it()
    {
        var clock = Clock(ClockPolicy.Auto);
        var asked = clock.BootTime;
        clocks.Advance(TimeSpan.FromMilliseconds(300));
        const long Server = 1_800_000_000_000;

        Assert.True(clock.AcceptServerTime(asked, clock.BootTime, Server));

        var reading = clock.Now();
        Assert.Equal(Server + 150, reading.WallMs);
        Assert.Equal(ClockSource.Srv, reading.Trust!.Value.Source);
        Assert.InRange(reading.Trust.Value.ErrorMs, 150, 151);
        Assert.Equal(
            Server + 150, Assert.IsType<ClockChange.Anchored>(Assert.Single(changes)).Anchor.WallMs);
    }

    [Fact]
    public void Error_of_the_backends_time_grows_with_the_drift_of_the_quartz()
    {
        var clock = Clock(ClockPolicy.Auto);
        clock.AcceptServerTime(clock.BootTime, clock.BootTime, 1_800_000_000_000);
        clocks.Advance(TimeSpan.FromHours(10));

        // 100 ppm of 36,000 s.
        Assert.Equal(new ClockStamp(ClockSource.Srv, 3600), clock.Now().Trust);
    }

    [Theory]
    [InlineData(0, 10_001, 1_800_000_000_000)]
    [InlineData(1, 0, 1_800_000_000_000)]
    [InlineData(0, 1, 1_735_689_599_999)]
    [InlineData(0, 1, 7_258_118_400_001)]
    [InlineData(0, 1, long.MinValue)]
    [InlineData(0, 1, long.MaxValue)]
    public void Answer_that_is_late_or_impossible_is_refused(int askedMs, int answeredMs, long serverMs)
    {
        var clock = Clock(ClockPolicy.Auto);

        Assert.False(clock.AcceptServerTime(
            TimeSpan.FromMilliseconds(askedMs), TimeSpan.FromMilliseconds(answeredMs), serverMs));
        Assert.Null(clock.Now().Trust);
    }

    [Fact]
    public void Answer_after_ten_seconds_is_still_taken()
    {
        var clock = Clock(ClockPolicy.Auto);

        Assert.True(clock.AcceptServerTime(TimeSpan.Zero, TimeSpan.FromSeconds(10), 1_800_000_000_000));
    }

    [Fact]
    public void Worse_word_of_the_backend_does_not_replace_a_better_one()
    {
        var clock = Clock(ClockPolicy.Auto);
        clock.AcceptServerTime(clock.BootTime, clock.BootTime + TimeSpan.FromMilliseconds(20), 1_800_000_000_000);

        Assert.False(clock.AcceptServerTime(
            clock.BootTime, clock.BootTime + TimeSpan.FromMilliseconds(2000), 1_800_000_009_000));
        Assert.Equal(1_800_000_000_000 - 10, clock.Now().WallMs);
    }

    [Fact]
    public void Anchor_is_raised_when_trust_is_gained_and_not_again_at_every_reading()
    {
        var clock = Clock(ClockPolicy.Auto);
        clock.Now();
        Synchronise(20);
        var gained = clock.Now();
        clocks.Advance(TimeSpan.FromSeconds(5));
        clock.Now();

        var anchor = Assert.IsType<ClockChange.Anchored>(Assert.Single(changes)).Anchor;
        Assert.Equal(new ClockAnchor(gained.Boot, gained.BootTime, gained.WallMs, gained.Trust!.Value), anchor);
    }

    [Fact]
    public void Anchor_is_raised_again_when_the_error_has_halved_or_a_better_source_speaks()
    {
        Synchronise(20);
        var clock = Clock(ClockPolicy.System);
        clock.Now();
        Synchronise(11);
        clock.Now();
        Synchronise(10);
        clock.Now();

        Assert.Equal([20L, 10L], changes.OfType<ClockChange.Anchored>().Select(change => change.Anchor.Stamp.ErrorMs));
    }

    [Theory]
    [InlineData(-3_600_000)]
    [InlineData(-100)]
    [InlineData(100)]
    [InlineData(86_400_000)]
    public void Step_of_the_wall_clock_is_told_and_ends_its_trust_until_it_has_kept_still(int byMs)
    {
        Synchronise(5);
        var clock = Clock(ClockPolicy.Auto);
        clock.Now();
        clocks.SetWall(TimeSpan.FromMilliseconds(byMs));

        Assert.Null(clock.Now().Trust);
        Assert.Equal(byMs, Assert.Single(changes.OfType<ClockChange.Stepped>()).ByMs);
        Assert.Equal(ClockSource.Ntp, Assert.Single(changes.OfType<ClockChange.Lost>()).Last);

        clocks.Advance(GatewayClock.Settling - TimeSpan.FromMilliseconds(1));
        Assert.Null(clock.Now().Trust);
        clocks.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ClockSource.Ntp, clock.Now().Trust!.Value.Source);
        Assert.Equal(2, changes.OfType<ClockChange.Anchored>().Count());
    }

    [Fact]
    public void Wandering_below_the_limit_is_no_step()
    {
        var clock = Clock(ClockPolicy.System);
        clock.Now();
        clocks.SetWall(TimeSpan.FromMilliseconds(99));

        Assert.NotNull(clock.Now().Trust);
        Assert.Empty(changes.OfType<ClockChange.Stepped>());
    }

    [Fact]
    public void Backends_time_outlives_a_step()
    {
        var clock = Clock(ClockPolicy.Auto);
        clock.AcceptServerTime(clock.BootTime, clock.BootTime, 1_800_000_000_000);
        clocks.SetWall(TimeSpan.FromDays(-400));

        var reading = clock.Now();
        Assert.Equal(1_800_000_000_000, reading.WallMs);
        Assert.Equal(ClockSource.Srv, reading.Trust!.Value.Source);
        Assert.Empty(changes.OfType<ClockChange.Lost>());
    }

    [Fact]
    public void Reading_torn_apart_by_the_scheduler_is_no_step()
    {
        var clock = Clock(ClockPolicy.System);
        clock.Now();

        // The process sleeps 300 ms between its two looks at the boot-time clock, once.
        var looks = 0;
        clocks.BeforeBootTime = () =>
        {
            if (++looks == 2)
            {
                clocks.Advance(TimeSpan.FromMilliseconds(300));
            }
        };

        Assert.NotNull(clock.Now().Trust);
        Assert.Empty(changes.OfType<ClockChange.Stepped>());
    }

    [Fact]
    public void Linux_tells_a_boot_id_a_boot_time_that_moves_on_and_a_bounded_error()
    {
        var kernel = new LinuxKernelClock();
        var first = kernel.BootTime;

        Assert.NotEqual(Guid.Empty, kernel.BootId);
        Assert.True(first > TimeSpan.Zero);
        Assert.True(kernel.BootTime >= first);

        // NTP_PHASE_LIMIT of the kernel: 16 s is the largest error it ever states.
        Assert.InRange(kernel.Discipline.ErrorMax, TimeSpan.Zero, TimeSpan.FromSeconds(16));

        // /proc/uptime counts from boot, sleep included, in hundredths of a second.
        var uptime = double.Parse(
            File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(uptime - first.TotalSeconds, -0.02, 5);
    }

    private GatewayClock Clock(ClockPolicy policy)
    {
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = policy });
        clock.Changed += changes.Add;
        return clock;
    }

    private void Synchronise(double errorMs) =>
        clocks.Discipline = new Discipline(Synchronised: true, TimeSpan.FromMilliseconds(errorMs));
}

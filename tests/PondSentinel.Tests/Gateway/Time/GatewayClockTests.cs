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
        // And a millisecond, because the wall clock is cut off to whole ones.
        Synchronise(11.2);

        Assert.Equal(new ClockStamp(ClockSource.Ntp, 13), Clock(ClockPolicy.Auto).Now().Trust);
    }

    [Fact]
    public void Owners_word_is_good_for_one_second_at_boot_and_for_less_with_every_hour() =>
        Assert.Equal(new ClockStamp(ClockSource.Rtc, 1000 + 360 + 1), Clock(ClockPolicy.System).Now().Trust);

    [Fact]
    public void Owner_goes_on_vouching_however_often_the_clock_is_read()
    {
        var clock = Clock(ClockPolicy.System);
        for (var i = 0; i < 500; i++)
        {
            Assert.Equal(ClockSource.Rtc, clock.Now().Trust!.Value.Source);
            Assert.True(clock.IsVouchedFor, $"reading {i}");
            clocks.Advance(TimeSpan.FromMilliseconds(i % 7 * 100));
        }

        Assert.Single(changes);
    }

    [Fact]
    public void Owner_says_what_his_clock_is_good_for_and_what_disciplines_the_kernel()
    {
        var options = new ClockOptions
        {
            Source = ClockPolicy.System, RtcError = TimeSpan.FromSeconds(5), Discipline = ClockSource.Gps,
        };
        Assert.Equal(new ClockStamp(ClockSource.Rtc, 5361), Clock(options).Now().Trust);

        Synchronise(0.1);
        Assert.Equal(new ClockStamp(ClockSource.Gps, 2), Clock(options).Now().Trust);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1700, true)]
    [InlineData(-1700, true)]
    [InlineData(4000, false)]
    [InlineData(-86_400_000, false)]
    public void Battery_backed_clock_vouches_only_for_what_it_says_itself(long apartMs, bool isBelieved)
    {
        clocks.HardwareClockMs = clocks.WallMs + apartMs;

        var trust = Clock(ClockPolicy.Rtc).Now().Trust;
        Assert.Equal(isBelieved, trust is { Source: ClockSource.Rtc });
        Assert.True(trust is null || trust.Value.ErrorMs > Math.Abs(apartMs) + 1000);
    }

    [Fact]
    public void Battery_backed_clock_that_is_not_there_vouches_for_nothing() =>
        Assert.Null(Clock(ClockPolicy.Rtc).Now().Trust);

    [Fact]
    public void Battery_backed_clock_is_asked_again_when_somebody_has_set_the_wall_clock()
    {
        clocks.HardwareClockMs = clocks.WallMs;
        var clock = Clock(ClockPolicy.Rtc);
        var before = clock.Now().WallMs;
        clocks.SetWall(TimeSpan.FromDays(100));
        clocks.Advance(GatewayClock.Settling);
        clocks.HardwareClockMs += (long)GatewayClock.Settling.TotalMilliseconds;

        // Carried on by the quartz, as it was before.
        Assert.Equal(before, clock.Now().WallMs - (long)GatewayClock.Settling.TotalMilliseconds);
    }

    [Theory]
    [InlineData(ClockPolicy.System)]
    [InlineData(ClockPolicy.Rtc)]
    public void Nobody_is_believed_who_says_that_the_program_is_not_built_yet(ClockPolicy policy)
    {
        clocks.HardwareClockMs = clocks.WallMs;
        Synchronise(1);
        var clock = Clock(new ClockOptions { Source = policy, EarliestMs = clocks.WallMs + 1 });

        Assert.Null(clock.Now().Trust);
        Assert.False(clock.AcceptServerTime(clock.BootTime, clock.BootTime, clocks.WallMs));
        clocks.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(ClockSource.Ntp, clock.Now().Trust!.Value.Source);
    }

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
        Assert.InRange(reading.Trust.Value.ErrorMs, 151, 152);
        Assert.Equal(
            Server + 150, Assert.IsType<ClockChange.Anchored>(Assert.Single(changes)).Anchor.WallMs);
    }

    [Fact]
    public void Clock_is_compared_with_the_backends_answer_unless_it_goes_by_it_or_by_nothing()
    {
        var clock = Clock(ClockPolicy.Auto);
        Assert.Null(clock.AgainstBackend(clock.Now()));
        Synchronise(12);
        Assert.Null(clock.AgainstBackend(clock.Now()));
        var asked = clock.BootTime;
        clocks.Advance(TimeSpan.FromMilliseconds(300));
        Assert.True(clock.AcceptServerTime(asked, clock.BootTime, clocks.WallMs - 30_150));
        var first = clock.AgainstBackend(clock.Now())!.Value;
        Assert.Equal((30_000, 0), (first.OffMs, first.AgeSeconds));
        Assert.InRange(first.ErrorMs, 151, 152);

        clocks.Advance(TimeSpan.FromHours(1));
        var later = clock.AgainstBackend(clock.Now())!.Value;
        Assert.Equal((30_000, 3600), (later.OffMs, later.AgeSeconds));
        Assert.InRange(later.ErrorMs, 511, 513);
    }

    [Fact]
    public void Clock_that_goes_by_the_backend_is_not_compared_with_it()
    {
        var clock = Clock(ClockPolicy.Auto);
        Assert.True(clock.AcceptServerTime(clock.BootTime, clock.BootTime, 1_800_000_000_000));
        Assert.Equal(ClockSource.Srv, clock.Now().Trust!.Value.Source);
        Assert.Null(clock.AgainstBackend(clock.Now()));
    }

    [Fact]
    public void Error_of_the_backends_time_grows_with_the_drift_of_the_quartz()
    {
        var clock = Clock(ClockPolicy.Auto);
        clock.AcceptServerTime(clock.BootTime, clock.BootTime, 1_800_000_000_000);
        clocks.Advance(TimeSpan.FromHours(10));

        // 100 ppm of 36,000 s, and two roundings.
        Assert.Equal(new ClockStamp(ClockSource.Srv, 3602), clock.Now().Trust);
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
        Synchronise(19);
        var clock = Clock(ClockPolicy.System);
        clock.Now();
        Synchronise(10);
        clock.Now();
        Synchronise(9);
        clock.Now();

        Assert.Equal([20L, 10L], changes.OfType<ClockChange.Anchored>().Select(change => change.Anchor.Stamp.ErrorMs));
    }

    [Theory]
    [InlineData(-3_600_000)]
    [InlineData(-100)]
    [InlineData(100)]
    [InlineData(86_400_000)]
    public void Step_of_the_wall_clock_is_told_and_not_believed_until_it_has_kept_still(int byMs)
    {
        Synchronise(5);
        var clock = Clock(ClockPolicy.Auto);
        var before = clock.Now();
        clocks.SetWall(TimeSpan.FromMilliseconds(byMs));

        Assert.Equal((before.WallMs, before.Trust), (clock.Now().WallMs, clock.Now().Trust));
        Assert.Equal(byMs, Assert.Single(changes.OfType<ClockChange.Stepped>()).ByMs);
        Assert.Equal(ClockSource.Ntp, Assert.Single(changes.OfType<ClockChange.Lost>()).Last);

        clocks.Advance(GatewayClock.Settling - TimeSpan.FromMilliseconds(1));
        Assert.Equal(before.WallMs + 9_999, clock.Now().WallMs);
        clocks.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(clocks.WallMs, clock.Now().WallMs);
        Assert.Equal([null, byMs], changes.OfType<ClockChange.Anchored>().Select(change => change.ShiftMs));
    }

    [Fact]
    public void What_the_kernel_said_is_carried_on_by_the_quartz_when_it_falls_silent()
    {
        Synchronise(9);
        var clock = Clock(ClockPolicy.Auto);
        clock.Now();
        clocks.Discipline = new Discipline(Synchronised: false, TimeSpan.FromSeconds(16));
        clocks.Advance(TimeSpan.FromHours(1));

        Assert.Equal(new ClockStamp(ClockSource.Ntp, 10 + 360 + 1), clock.Now().Trust);
        Assert.Equal(ClockSource.Ntp, Assert.Single(changes.OfType<ClockChange.Lost>()).Last);
    }

    [Fact]
    public void Backend_is_believed_rather_than_a_kernel_that_grows_worse()
    {
        var clock = Clock(ClockPolicy.Auto);
        clock.AcceptServerTime(clock.BootTime, clock.BootTime + TimeSpan.FromMilliseconds(100), clocks.WallMs + 7_000);
        Synchronise(900);
        Assert.Equal(ClockSource.Ntp, clock.Now().Trust!.Value.Source);
        Synchronise(1000);
        Assert.Equal(ClockSource.Srv, clock.Now().Trust!.Value.Source);

        // Records jump each time, so each time somebody is told how far.
        Assert.Equal([null, -6_950, 6_950], changes.OfType<ClockChange.Anchored>().Select(change => change.ShiftMs));
    }

    [Fact]
    public async Task Nobody_reads_the_clock_before_the_step_that_another_has_seen_is_told()
    {
        var clock = Clock(ClockPolicy.System);
        clock.Now();
        clocks.SetWall(TimeSpan.FromDays(1));
        using var told = new ManualResetEventSlim();
        Task<ClockReading>? other = null;
        clock.Changed += change =>
        {
            if (change is ClockChange.Stepped)
            {
                other = Task.Run(clock.Now);
                Assert.False(other.Wait(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken));
                told.Set();
            }
        };
        clock.Now();

        Assert.True(told.IsSet);
        Assert.NotNull((await other!).Trust);
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
        Assert.True(kernel.SteeredTime > TimeSpan.Zero);

        // NTP_PHASE_LIMIT of the kernel: 16 s is the largest error it ever states.
        // What is still to be slewed, and what timesyncd does not tell, come on top.
        Assert.InRange(kernel.Discipline.ErrorMax, TimeSpan.Zero, TimeSpan.FromSeconds(17));

        // /proc/uptime counts from boot, sleep included, in hundredths of a second, and is steered.
        var uptime = double.Parse(
            File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(uptime - kernel.SteeredTime.TotalSeconds, -5, 0.02);
        Assert.InRange(Math.Abs(uptime - first.TotalSeconds), 0, 5 + (uptime * 500e-6));
    }

    private GatewayClock Clock(ClockPolicy policy) => Clock(new ClockOptions { Source = policy });

    private GatewayClock Clock(ClockOptions options)
    {
        var clock = new GatewayClock(clocks, clocks, options);
        clock.Changed += changes.Add;
        return clock;
    }

    private void Synchronise(double errorMs) =>
        clocks.Discipline = new Discipline(Synchronised: true, TimeSpan.FromMilliseconds(errorMs));
}

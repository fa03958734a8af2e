using CsCheck;
using PondSentinel.Gateway.Acquisition;

namespace PondSentinel.Tests.Gateway.Acquisition;

public sealed class PollScheduleTests
{
    private static readonly TimeSpan Wall = TimeSpan.FromMilliseconds(1_782_885_600_123);

    private static readonly Gen<TimeSpan> Intervals =
        Gen.Long[100, 86_400_000].Select(ms => TimeSpan.FromMilliseconds(ms));

    [Fact]
    public void Device_is_due_at_once() =>
        Assert.Equal(TimeSpan.FromSeconds(7), new PollSchedule(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(7)).Due);

    [Fact]
    public void Polls_come_to_lie_on_the_grid_of_the_wall_clock()
    {
        var schedule = new PollSchedule(TimeSpan.FromSeconds(10), TimeSpan.Zero);
        List<TimeSpan> walls = [];
        for (var poll = 0; poll < 4; poll++)
        {
            walls.Add(Wall + schedule.Due);
            schedule.Begin(schedule.Due, Wall + schedule.Due);
        }

        Assert.Equal(Wall, walls[0]);
        Assert.All(walls[1..], wall => Assert.Equal(0, wall.Ticks % TimeSpan.FromSeconds(10).Ticks));
    }

    [Fact]
    public void Device_behind_others_is_due_when_they_are_done()
    {
        var schedule = new PollSchedule(TimeSpan.FromSeconds(10), TimeSpan.Zero, TimeSpan.FromSeconds(4));
        schedule.Begin(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7));

        Assert.Equal((TimeSpan.FromSeconds(14), 0L), (schedule.Due, schedule.Missed));
    }

    [Fact]
    public void Steps_of_the_wall_clock_cause_neither_burst_nor_gap_and_the_grid_is_found_again_at_once()
    {
        var steps = Gen.Long[-100_000_000, 100_000_000].Array[1, 40];
        Gen.Select(Intervals, steps).Sample((interval, stepsMs) =>
        {
            var schedule = new PollSchedule(interval, TimeSpan.Zero);
            var wall = Wall;
            foreach (var stepMs in stepsMs)
            {
                var start = schedule.Due;
                wall += TimeSpan.FromMilliseconds(stepMs);
                schedule.Begin(start, wall + start);
                var apart = schedule.Due - start;
                Assert.InRange(apart, interval / 2, interval * 1.5);
                Assert.Equal(0, (wall + schedule.Due).Ticks % interval.Ticks);
            }

            Assert.Equal(0, schedule.Missed);
        });
    }

    [Fact]
    public void Busy_bus_causes_no_burst_and_every_slot_is_polled_or_counted()
    {
        var lateness = Gen.Double[0, 12].Array[1, 40];
        Gen.Select(Intervals, lateness).Sample((interval, late) =>
        {
            var schedule = new PollSchedule(interval, TimeSpan.Zero);
            schedule.Begin(TimeSpan.Zero, Wall);
            var first = schedule.Due;
            foreach (var intervals in late)
            {
                var start = schedule.Due + (interval * intervals);
                schedule.Begin(start, Wall + start);
                Assert.InRange(schedule.Due - start, interval / 2, interval * 1.5);
            }

            Assert.Equal((long)Math.Round((schedule.Due - first) / interval), late.Length + schedule.Missed);
        });
    }

    [Fact]
    public void Stall_of_ten_intervals_is_one_poll_and_nine_missed_slots()
    {
        var interval = TimeSpan.FromSeconds(10);
        var schedule = new PollSchedule(interval, TimeSpan.Zero);
        schedule.Begin(TimeSpan.Zero, TimeSpan.Zero);

        // Due at 10 s; the worker comes at 101 s, which is the slot of 100 s.
        schedule.Begin(TimeSpan.FromSeconds(101), TimeSpan.FromSeconds(101));

        Assert.Equal(TimeSpan.FromSeconds(110), schedule.Due);
        Assert.Equal(9, schedule.Missed);
    }
}

using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Rules;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>Rules are tuned while a leak goes on: nobody is told that it is none, and no rule is blind for a week after it.</summary>
public sealed class ChangedLimitTests
{
    private const int Leak = 3 * 24 * 60;
    private const int Step = 5;

    [Fact]
    public void Limit_changed_within_a_leak_takes_nothing_back_and_goes_on_with_what_is_usual()
    {
        using var bench = Leaking(RuleOf(3));
        bench.Restart(RuleOf(3.5));
        Assert.Equal([NoticeKind.Firing], Told(bench));
        Assert.Equal(AlertPhase.Firing, Assert.Single(bench.Engine.Statuses).Phase);

        // Late values rewind it to where it begins, which is not before the change.
        Store(bench, Leak + (12 * 60), Leak + (18 * 60), 9);
        bench.Store((Leak + (17 * 60) + 1, 9));
        Assert.Equal([NoticeKind.Firing], Told(bench));

        Store(bench, Leak + (18 * 60), Leak + (20 * 60), 2);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], Told(bench));
        Assert.Equal(7, bench.Told[^1].Peak, 6);
    }

    [Fact]
    public void Limit_above_all_that_was_takes_the_alarm_back_and_knows_what_is_usual_all_the_same()
    {
        using var bench = Leaking(RuleOf(3));
        bench.Restart(RuleOf(20));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], Told(bench));
        bench.Store((Leak + (12 * 60), 30), (Leak + (12 * 60) + 20, 30));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn, NoticeKind.Firing], Told(bench));
    }

    [Theory]
    [InlineData(1, 12, 0)]
    [InlineData(3, 12, 10)]
    public void Holds_and_clear_limit_are_no_reason_to_forget_either(double clear, int holdRaise, int holdClear)
    {
        using var bench = Leaking(RuleOf(3));
        bench.Restart(RuleOf(3) with
        {
            Threshold = RuleOf(3).Threshold with
            {
                ClearLimit = clear, HoldRaise = TimeSpan.FromMinutes(holdRaise), HoldClear = TimeSpan.FromMinutes(holdClear),
            },
            Validity = new Validity(AlertBench.Start.AddYears(-1), null),
        });
        Store(bench, Leak + (12 * 60), Leak + (30 * 60), 9);
        Assert.Equal([NoticeKind.Firing], Told(bench));
    }

    // It needs a day of values before it can say anything.
    [Fact]
    public void Alarm_is_not_taken_back_by_another_statistic_that_cannot_judge_yet()
    {
        using var bench = Leaking(RuleOf(3));
        var other = RuleOf(3) with { Statistic = new DeviationStatistic { Period = TimeSpan.FromHours(48) } };
        bench.Restart(other);
        Store(bench, Leak + (12 * 60), Leak + (13 * 60), 9);
        bench.Store((Leak + (12 * 60) + 1, 9));
        Assert.Equal([NoticeKind.Firing], Told(bench));
        Assert.Equal(AlertPhase.Firing, Assert.Single(bench.Engine.Statuses).Phase);
    }

    // What it has kept is of other numbers.
    [Fact]
    public void Statistic_of_another_unit_begins_anew()
    {
        using var bench = Leaking(RuleOf(3));
        bench.Restart(RuleOf(3) with { Statistic = new DeviationStatistic { Period = TimeSpan.FromHours(48), Scale = DeviationScale.Percent } });
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], Told(bench));
    }

    [Theory]
    [InlineData("*/*/*/* ph Above 3 clear 2 hold 00:00:00 00:00:00 silence 00:30:00", "")]
    [InlineData("*/of/*/* ph Above 3 clear 2 hold 00:00:00 00:00:00 silence 00:30:00 of X { A = 1 }", " of X { A = 1 }")]
    [InlineData("*/*/*/* ph Above 4 clear 2 hold 00:01:00 00:00:00 silence 00:30:00 of X { A = 1 } valid 2026 2027 average day 24", " of X { A = 1 } average day 24")]
    [InlineData("", "")]
    public void Series_of_a_definition_is_all_but_limits_holds_and_validity(string definition, string series) =>
        Assert.Equal(series, AlertRule.SeriesOf(definition));

    private static AlertRule RuleOf(double limit)
    {
        var threshold = AlertBench.Ammonium.Threshold with { RaiseLimit = limit, ClearLimit = 2 };
        return AlertBench.Ammonium with
        {
            Statistic = StatisticSection.On(threshold, new DeviationStatistic { Period = TimeSpan.FromHours(24) }),
            Threshold = threshold,
        };
    }

    // Of three days at 2 and half a day at 9, the last five hours are kept.
    private static AlertBench Leaking(AlertRule rule)
    {
        var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 60, KeptMax: 10_000), rule);
        Store(bench, 0, Leak, 2);
        Store(bench, Leak, Leak + (12 * 60), 9);
        Assert.Equal([NoticeKind.Firing], Told(bench));
        Assert.InRange(bench.Rows("SELECT time_ns FROM alert_sample").Count, 60, 400);
        return bench;
    }

    private static void Store(AlertBench bench, int from, int to, double value)
    {
        for (var minute = from; minute < to; minute += 12 * Step)
        {
            bench.Store([.. Enumerable.Range(0, Math.Min(12, (to - minute) / Step)).Select(i => ((double)(minute + (i * Step)), value))]);
        }
    }

    private static IEnumerable<NoticeKind> Told(AlertBench bench) => bench.Told.Select(notice => notice.Phase);
}

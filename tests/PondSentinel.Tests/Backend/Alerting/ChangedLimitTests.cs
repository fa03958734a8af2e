using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
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

    // As a preset's do from one version to the next: else the rule is blind until its median has been there for half its period again.
    [Fact]
    public void Other_conditions_forget_nothing_of_what_is_usual()
    {
        using var bench = Compared(RuleWhere(100), Leak);
        bench.Restart(RuleWhere(200));
        StoreAll(bench, Leak, Leak + 60, 9);
        Assert.Equal([NoticeKind.Firing], Told(bench));
    }

    [Fact]
    public void Other_conditions_take_back_no_leak_and_end_none()
    {
        using var bench = Compared(RuleWhere(100), Leak);
        StoreAll(bench, Leak, Leak + (20 * 60), 9);
        bench.Restart(RuleWhere(200));
        StoreAll(bench, Leak + (20 * 60), Leak + (60 * 60), 9);
        Assert.Equal([NoticeKind.Firing], Told(bench));
        StoreAll(bench, Leak + (60 * 60), Leak + (62 * 60), 2);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], Told(bench));
        Assert.Null(bench.Told[^1].Outlasted);
    }

    // A month of it, with a pause of ten hours before its end: of its median of a day most is leak.
    [Fact]
    public void End_of_what_has_become_usual_says_so_where_the_last_alarm_was_short()
    {
        using var bench = new AlertBench(AlertBench.Start.AddDays(60), RuleOf(3));
        var (pause, again) = (Leak + (30 * 24 * 60), Leak + (30 * 24 * 60) + (10 * 60));
        Store(bench, 0, Leak, 2);
        Store(bench, Leak, pause, 9);
        Store(bench, pause, again, 2);
        Store(bench, again, again + (2 * 24 * 60), 9);
        Assert.Equal(
            [(NoticeKind.Firing, null), (NoticeKind.Cleared, null), (NoticeKind.Firing, null), (NoticeKind.Cleared, (bool?)true)],
            bench.Told.Select(notice => (notice.Phase, notice.Outlasted)));

        // The value was back before the first end, and not before the second.
        using var copy = bench.Copy();
        using var transaction = copy.BeginTransaction();
        var tables = new AlertTables(transaction);
        Assert.Equal([true, false], bench.Told.Where(notice => notice.Phase == NoticeKind.Cleared).Select(notice => tables.BackMs(notice.Episode) is not null));
        Assert.Equal([null, bench.Told[1].Back], tables.Ended(DateTimeOffset.MinValue, 9).Select(ended => ended.Back));
        Assert.NotNull(bench.Told[1].Back);
    }

    [Theory]
    [InlineData(" of A { B = 1 } against Comparison { C } where D and E", " of A { B = 1 } against Comparison { C }")]
    [InlineData(" of A { B = 1 } against  where ", " of A { B = 1 } against ")]
    [InlineData(" of  against Comparison { C } where D", "")]
    [InlineData(" of A { B = 1 } against  where D average day 24", "")]
    [InlineData(" of A { B = 1 }", "")]
    public void Own_part_of_a_series_is_all_before_its_conditions(string series, string own) => Assert.Equal(own, AlertRule.OwnOf(series));

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

    // Against upstream, which stands at 1, where conductivity is above a limit.
    private static AlertRule RuleWhere(double conductivity) => RuleOf(3) with
    {
        Station = "stream",
        Statistic = new JointStatistic
        {
            Own = StatisticSection.On(RuleOf(3).Threshold, new DeviationStatistic { Period = TimeSpan.FromHours(48) }),
            Against = JointRules.Upstream,
            Conditions = [JointRules.Conductive with { Range = ValueRange.Above(conductivity) }],
        },
    };

    private static AlertBench Compared(AlertRule rule, int until)
    {
        var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 60, KeptMax: 10_000), rule);
        StoreAll(bench, 0, until, 2);
        Assert.Empty(bench.Told);
        Assert.InRange(bench.Rows("SELECT time_ns FROM alert_sample").Count, 60, 600);
        return bench;
    }

    private static void StoreAll(AlertBench bench, int from, int to, double value)
    {
        for (var minute = from; minute < to; minute += 12 * Step)
        {
            bench.Store([.. Enumerable.Range(0, Math.Min(12, (to - minute) / Step)).Select(i => minute + (i * Step)).SelectMany(at => new[]
            {
                AlertBench.OtherOf(at, 1, "spring"), AlertBench.OtherOf(at, 400, "stream", Measurand.Conductivity), AlertBench.PointOf(at, value),
            })]);
        }
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

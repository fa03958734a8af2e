using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Backend.Alerting;

public sealed class JointRuleTests
{
    private static readonly Condition Conductive = JointRules.Conductive;

    [Fact]
    public void Leak_is_told_with_what_it_was_compared_with_and_the_conditions()
    {
        using var bench = new AlertBench(JointRules.Leak);
        bench.Store([Down(0, 20), Up(0, 2), Conductivity(0, 50)]);
        Assert.Empty(bench.Told);
        bench.Store([Down(1, 20), Up(1, 3), Conductivity(1, 400)]);

        var notice = Assert.Single(bench.Told);
        Assert.Equal((17.0, 10.0, "difference to spring"), (notice.Value, notice.Limit, notice.Statistic));
        Assert.Equal((20.0, "stream"), (notice.Own!.Value, notice.Own.Station));
        var against = Assert.Single(notice.Against!);
        Assert.Equal((3.0, "spring", "other", "mg/L as N", At(1)), (against.Value, against.Station, against.Device, against.Unit, against.Time));
        var condition = Assert.Single(notice.Conditions!);
        Assert.Equal("Conductivity above 100 µS/cm at the same station", condition.Text);
        Assert.Equal(400, Assert.Single(condition.Readings).Value);
        Assert.Contains("\"against\":[{\"site\":\"pond\",\"station\":\"spring\"", notice.ToJson(), StringComparison.Ordinal);
    }

    // A probe that is broken or hostile: what cannot be written ends the backend at each delivery.
    [Fact]
    public void Worst_that_is_beyond_all_numbers_is_told_as_the_largest()
    {
        using var bench = new AlertBench(JointRules.With(new JointStatistic
        {
            Against = JointRules.Upstream with { Scale = ComparisonScale.Ratio }, Conditions = [],
        }));
        var thinned = Down(2, 5);
        bench.Store([Down(0, 1)]);
        bench.Store([Up(1, 1e-250)]);
        bench.Store([thinned with { CoveredMs = 20_000, Value = thinned.Value with { Low = -1e99, High = 1e99, Count = 4 } }]);

        Assert.Equal(double.MaxValue, bench.Told[^1].Peak);
    }

    [Fact]
    public void What_is_shown_beside_a_value_decides_nothing()
    {
        var selector = new ChannelSelector(Measurand.AmmoniumNitrogen) { Station = "spring" };
        using var bench = new AlertBench(AlertBench.Ammonium with
        {
            Statistic = JointStatistic.Beside(null, JointSection.Shown(selector), TimeSpan.FromMinutes(30)),
        });
        bench.Store([Down(0, 20), Up(0, 2)]);
        bench.Store([Down(10, 20), Up(10, 3)]);
        bench.Store([Down(20, 2)]);
        bench.Store([Down(30, 2)]);
        bench.Store([Down(100, 20), Down(110, 20)]);

        Assert.Equal([3.0, 3.0, null], bench.Told.Select(notice => notice.Beside?.Single().Value));
        Assert.Null(bench.Told[0].Conditions);
        Assert.Equal((20.0, null), (bench.Told[0].Value, bench.Told[0].Statistic));
    }

    [Fact]
    public void What_is_beyond_its_probe_fulfils_a_condition_and_is_nothing_to_be_compared_with()
    {
        static Point Beyond(Point point) => point with { Value = point.Value with { Flag = QualityFlag.Fail, Why = Why.OverRange } };
        using var bench = new AlertBench(JointRules.Leak);
        bench.Store([Down(0, 2), Up(0, 2), Conductivity(0, 400)]);
        bench.Store([Down(1, 20), Beyond(Up(1, 5)), Conductivity(1, 400)]);
        Assert.Empty(bench.Transitions);

        bench.Store([Beyond(Down(40, 20)), Up(40, 5), Beyond(Conductivity(40, 200_001))]);
        Assert.Equal((15.0, true), (Assert.Single(bench.Told).Value, bench.Told[0].Bound));
    }

    [Fact]
    public void What_upstream_brings_too_is_no_leak()
    {
        using var bench = new AlertBench(JointRules.Leak);
        for (var minute = 0; minute < 30; minute++)
        {
            bench.Store([Down(minute, 40), Up(minute, 38), Conductivity(minute, 400)]);
        }

        Assert.Empty(bench.Transitions);
    }

    [Fact]
    public void Value_has_nothing_to_be_compared_with_where_the_other_is_too_old_failed_or_in_maintenance()
    {
        using var bench = new AlertBench(JointRules.With(JointRules.Leak.Joint! with { Conditions = [] }));
        var up = Up(0, 2);
        bench.Store([Down(0, 2), up]);
        bench.Store([Down(31, 20)]);
        bench.Store([Down(32, 20), Up(32, 2) with { Value = up.Value with { Flag = QualityFlag.Fail } }]);
        bench.Store([Down(33, 20), Up(33, 2) with { Value = up.Value with { Why = Why.Maintenance } }]);
        Assert.Empty(bench.Transitions);

        bench.Store([Down(34, 20), Up(34, 2)]);
        Assert.Single(bench.Told);
    }

    [Fact]
    public void Of_several_channels_it_is_compared_with_their_mean_and_a_condition_holds_where_one_of_them_does()
    {
        using var bench = new AlertBench(JointRules.Leak);
        bench.Store(
        [
            Down(0, 20), Up(0, 2), Up(0, 8, "second"), Conductivity(0, 50), Conductivity(0, 150, "second"),
        ]);

        Assert.Equal(15, Assert.Single(bench.Told).Value);
        Assert.Equal(2, bench.Told[0].Against!.Count);
    }

    [Fact]
    public void Ratio_to_nothing_is_none()
    {
        using var bench = new AlertBench(JointRules.With(new JointStatistic
        {
            Against = JointRules.Upstream with { Scale = ComparisonScale.Ratio }, Conditions = [],
        }));
        bench.Store([Down(0, 20), Up(0, 0)]);
        Assert.Empty(bench.Transitions);
        bench.Store([Down(1, 22), Up(1, 2)]);
        Assert.Equal((11.0, "times"), (Assert.Single(bench.Told).Value, bench.Told[0].Unit));
    }

    [Fact]
    public void Condition_that_stops_holding_ends_the_hold_but_not_what_is_announced()
    {
        var rule = JointRules.Leak with { Threshold = JointRules.Leak.Threshold with { HoldRaise = TimeSpan.FromMinutes(10) } };
        using var bench = new AlertBench(rule);
        void Minutes(int from, int to, double down, double conductivity)
        {
            for (var minute = from; minute < to; minute++)
            {
                bench.Store([Down(minute, down), Up(minute, 1), Conductivity(minute, conductivity)]);
            }
        }

        Minutes(0, 8, 20, 400);
        Minutes(8, 12, 20, 50);
        Minutes(12, 21, 20, 400);
        Assert.Empty(bench.Told);
        Minutes(21, 24, 20, 400);
        Assert.Equal([At(22)], bench.Told.Select(notice => notice.Time));
        Minutes(24, 60, 20, 50);
        Assert.Single(bench.Told);
        Minutes(60, 75, 2, 50);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Condition_without_a_fresh_value_does_not_hold_and_does_not_bar()
    {
        using var bench = new AlertBench(
            JointRules.With(new JointStatistic { Conditions = [Conductive] }),
            JointRules.With(new JointStatistic { Conditions = [JointRules.NotRegional] }) with { Id = "local" });
        bench.Store([Down(0, 20)]);
        Assert.Equal(["local"], bench.Told.Select(notice => notice.Rule));
    }

    [Fact]
    public void Regional_storm_bars()
    {
        using var bench = new AlertBench(JointRules.With(new JointStatistic { Conditions = [JointRules.NotRegional] }));
        bench.Store([Down(0, 20), Up(0, 13)]);
        Assert.Empty(bench.Transitions);
        bench.Store([Down(1, 20), Up(1, 11)]);
        Assert.Equal("not Ammonium (NH4-N) above 12 mg/L as N at spring", Assert.Single(Assert.Single(bench.Told).Conditions!).Text);
    }

    [Theory]
    [InlineData(350, true)]
    [InlineData(0, true)]
    [InlineData(45, true)]
    [InlineData(46, false)]
    [InlineData(180, false)]
    [InlineData(314.9, false)]
    public void Sector_of_the_wind_goes_through_north(double direction, bool isRaised)
    {
        var sector = Conductive with { Of = new ChannelSelector(Measurand.WindDirection), Range = new ValueRange(315, 45, IsOpen: false) };
        using var bench = new AlertBench(JointRules.With(new JointStatistic { Conditions = [sector] }));
        bench.Store([Down(0, 20), AlertBench.OtherOf(0, direction, "stream", Measurand.WindDirection)]);
        Assert.Equal(isRaised, bench.Told.Count == 1);
    }

    // The upstream gateway's outage ends a day later: until then nothing is known, and then it comes to light.
    [Fact]
    public void Leak_in_the_outage_of_the_other_gateway_is_told_when_its_values_come()
    {
        var window = new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 50, KeptMax: 20_000);
        using var bench = new AlertBench(window, JointRules.Leak);

        // The day before the bench's time: what is still to be cleared up must not look as if nothing would come any more.
        const int Day = (29 * 1_440) - 5;
        bench.Store([Down(Day, 1), Up(Day, 1), Conductivity(Day, 400)]);
        List<Point> held = [];
        for (var minute = 1; minute <= 1_440; minute++)
        {
            bench.Store([Down(Day + minute, minute is > 600 and <= 700 ? 30 : 1), Conductivity(Day + minute, 400)]);
            held.Add(Up(Day + minute, 1));
        }

        Assert.Empty(bench.Transitions);
        foreach (var group in held.Chunk(20))
        {
            bench.Store(group);
        }

        var notice = Assert.Single(bench.Told);
        Assert.Equal((NoticeKind.Past, At(Day + 601), At(Day + 711)), (notice.Phase, notice.Since, notice.Until));
        bench.Store([Down(Day + 1_441, 1), Up(Day + 1_441, 1), Conductivity(Day + 1_441, 1)]);
        Assert.InRange(int.Parse(bench.Rows("SELECT kept FROM alert_subject")[0], provider: null), 50, 500);
    }

    [Fact]
    public void What_waits_for_the_other_gateway_is_not_told_because_a_condition_comes_by_itself()
    {
        using var bench = new AlertBench(AlertBench.Start.AddMinutes(202), JointRules.Leak);
        bench.Store([AlertBench.OtherOf(0, 1, "spring"), AlertBench.OtherOf(0, 400, "stream", Measurand.Conductivity), AlertBench.PointOf(0, 2)]);
        for (var minute = 40; minute <= 200; minute++)
        {
            bench.Store([AlertBench.OtherOf(minute, 400, "stream", Measurand.Conductivity), AlertBench.PointOf(minute, 40)]);
        }

        // Of the backlog of the other gateway some has come: what it shows may be over by now.
        bench.Store([.. Enumerable.Range(40, 5).Select(minute => AlertBench.OtherOf(minute, 1, "spring"))]);
        Assert.Equal(AlertPhase.Firing, Assert.Single(bench.Engine.Statuses).Phase);
        Assert.Empty(bench.Told);
        bench.Store([AlertBench.OtherOf(201, 400, "stream", Measurand.Conductivity)]);
        Assert.Empty(bench.Told);
        bench.Store([AlertBench.OtherOf(201, 1, "spring"), AlertBench.PointOf(201.5, 40)]);
        Assert.Equal(NoticeKind.Firing, Assert.Single(bench.Told).Phase);
    }

    [Fact]
    public void Channel_that_is_gone_for_good_does_not_keep_values_for_ever()
    {
        var window = new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 50, KeptMax: 1_000);
        using var bench = new AlertBench(window, JointRules.Leak);
        bench.Store([Down(0, 1), Up(0, 1), Conductivity(0, 1)]);
        for (var minute = 1; minute <= 3_000; minute++)
        {
            bench.Store([Down(minute, 1), Conductivity(minute, 1)]);
        }

        Assert.Equal(bench.Rows("SELECT kept FROM alert_subject"), bench.Rows("SELECT (SELECT count(*) FROM alert_sample) + (SELECT count(*) FROM alert_input)"));
        Assert.InRange(int.Parse(bench.Rows("SELECT kept FROM alert_subject")[0], provider: null), 50, 500);
    }

    [Fact]
    public void Selector_for_everything_keeps_the_values_of_sixteen_channels()
    {
        var all = Conductive with { Of = new ChannelSelector(Measurand.Conductivity) { Site = "*", Station = "*" } };
        using var bench = new AlertBench(JointRules.With(new JointStatistic { Conditions = [all] }));
        bench.Store([Down(0, 1), .. Enumerable.Range(0, 40).Select(i => AlertBench.OtherOf(0, 1, $"s{i}", Measurand.Conductivity))]);
        Assert.Equal(["16"], bench.Rows("SELECT count(*) FROM alert_source"));
        Assert.Equal(["16"], bench.Rows("SELECT count(*) FROM alert_input"));
    }

    // A probe that was replaced has another name, and the old one never speaks again.
    [Fact]
    public void Channel_that_has_been_silent_for_long_makes_room_for_one_that_is_new()
    {
        using var bench = new AlertBench(JointRules.With(new JointStatistic { Conditions = [JointRules.Conductive] }));
        bench.Store([AlertBench.PointOf(0, 1)]);
        bench.Store([.. Enumerable.Range(0, 16).Select(i => AlertBench.OtherOf(0, 50, "stream", Measurand.Conductivity, device: $"old-{i}"))]);
        bench.Store([AlertBench.OtherOf(60, 500, "stream", Measurand.Conductivity, device: "new")]);
        bench.Store([AlertBench.PointOf(60, 20)]);
        Assert.Empty(bench.Told);

        bench.Store([AlertBench.OtherOf(130, 50, "stream", Measurand.Conductivity, device: "old-0")]);
        bench.Store([AlertBench.OtherOf(130, 500, "stream", Measurand.Conductivity, device: "new")]);
        bench.Store([AlertBench.PointOf(130, 20)]);
        Assert.Single(bench.Told);
        Assert.Equal(["16"], bench.Rows("SELECT count(*) FROM alert_source"));
        Assert.Equal(["1"], bench.Rows("SELECT count(*) FROM alert_source WHERE device = 'old-0'"));
        Assert.Equal(
            bench.Rows("SELECT (SELECT count(*) FROM alert_sample) + (SELECT count(*) FROM alert_input)"), bench.Rows("SELECT sum(kept) FROM alert_subject"));
    }

    [Fact]
    public void Changed_condition_is_computed_anew_and_a_rule_that_is_gone_leaves_nothing()
    {
        using var bench = new AlertBench(JointRules.Leak);
        bench.Store([Down(0, 20), Up(0, 1), Conductivity(0, 400)]);
        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        bench.Restart(JointRules.With(JointRules.Leak.Joint! with { Conditions = [Conductive with { Range = ValueRange.Above(500) }] }));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));

        bench.RestartWithoutRules();
        Assert.Equal(["0|0|0"], bench.Rows(
            "SELECT (SELECT count(*) FROM alert_sample), (SELECT count(*) FROM alert_input), (SELECT count(*) FROM alert_source)"));
    }

    /// <summary>Its values are gone with it, and nothing says that what it found was not so.</summary>
    [Fact]
    public void What_a_rule_found_stands_when_it_was_taken_out_and_comes_back_also_after_late_values()
    {
        using var bench = new AlertBench(JointRules.Leak);
        bench.Store([Down(0, 20), Up(0, 1), Conductivity(0, 400)]);
        bench.Store([Down(1, 1), Down(11, 1)]);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        var found = bench.Rows("SELECT * FROM alert_episode");

        bench.RestartWithoutRules();
        bench.Restart(JointRules.Leak);
        Assert.Equal(found, bench.Rows("SELECT * FROM alert_episode"));
        bench.Store([Down(5, 1)]);
        bench.Store([Down(20, 1), Up(20, 1)]);
        bench.Store([Down(15, 1)]);

        Assert.Equal(found, bench.Rows("SELECT * FROM alert_episode"));
        Assert.Equal(2, bench.Told.Count);
    }

    [Fact]
    public void Tables_of_a_version_that_knew_single_channels_only_are_taken_over_with_what_is_open()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store((0, 20), (10, 20));
        bench.Execute(
            """
            DROP INDEX alert_subject_joint; DROP TABLE alert_input; DROP TABLE alert_source; DROP TABLE alert_written;
            CREATE TABLE old AS SELECT * FROM alert_subject;
            DROP TABLE alert_subject;
            CREATE TABLE alert_subject(
              id INTEGER PRIMARY KEY, site TEXT NOT NULL, station TEXT NOT NULL, gateway TEXT NOT NULL, device TEXT NOT NULL,
              channel TEXT NOT NULL, measurand TEXT NOT NULL, folded_ns INTEGER NOT NULL, newest_ns INTEGER NOT NULL,
              kept INTEGER NOT NULL, UNIQUE(site, station, gateway, device, channel, measurand)) STRICT;
            INSERT INTO alert_subject SELECT id, site, station, gateway, device, channel, measurand, folded_ns, newest_ns, kept FROM old;
            DROP TABLE old;
            """);

        bench.Restart(AlertBench.Ammonium, JointRules.Leak);
        Assert.Equal(AlertPhase.Firing, Assert.Single(bench.Engine.Statuses).Phase);
        bench.Store([Down(20, 1), Up(20, 1), Conductivity(20, 400)]);
        bench.Store([Down(30, 1)]);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        Assert.Single(bench.Told.Select(notice => notice.Episode).Distinct());
    }

    private static Point Down(double minute, double value) => AlertBench.PointOf(minute, value);

    private static Point Up(double minute, double value, string device = "other") =>
        AlertBench.OtherOf(minute, value, "spring", gateway: "gz-08", device: device);

    private static Point Conductivity(double minute, double value, string device = "other") =>
        AlertBench.OtherOf(minute, value, "stream", Measurand.Conductivity, device: device);

    private static DateTimeOffset At(double minute) => AlertBench.Start.AddMinutes(minute);
}

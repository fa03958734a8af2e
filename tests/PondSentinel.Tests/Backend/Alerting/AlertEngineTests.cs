using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting;

public sealed class AlertEngineTests
{
    // A dead probe is asked on, and a neighbour lives: neither says whether it is over.
    [Theory]
    [InlineData(QualityFlag.Missing, null)]
    [InlineData(QualityFlag.Fail, 3.0)]
    public void Leak_that_is_found_late_is_told_though_its_probe_gives_nothing_that_counts_any_more(QualityFlag flag, double? value)
    {
        using var bench = new AlertBench(
            AlertBench.Start, AlertBench.Ammonium, JointRules.With(new JointStatistic { Conditions = [JointRules.Conductive with { IsShown = true }] }));
        void Poll(int minute) => bench.Store([AlertBench.PointOf(minute, value, flag), AlertBench.OtherOf(minute, 50, "stream", Measurand.Conductivity)]);
        bench.Store((0, 1), (5, 1));
        bench.Wait(200);
        Poll(200);
        bench.Store((100, 20), (105, 30), (110, 40), (115, 41), (120, 40), (125, 7));
        for (var minute = 201; minute < 239; minute++)
        {
            bench.Wait(1);
            Poll(minute);
        }

        // The rest of the backlog may be under way.
        Assert.Empty(bench.Told);
        for (var minute = 239; minute < 245; minute++)
        {
            bench.Wait(1);
            Poll(minute);
        }

        Assert.Equal(
            [("leak", NoticeKind.Firing, 41.0), ("nh4-high", NoticeKind.Firing, 41.0)],
            bench.Told.Select(notice => (notice.Rule, notice.Phase, notice.Peak)).Order());
    }

    [Theory]
    [InlineData(false, NoticeKind.Firing)]
    [InlineData(true, NoticeKind.Past)]
    public void Leak_that_is_found_late_waits_for_the_rest_of_its_backlog(bool comesBack, NoticeKind told)
    {
        using var bench = new AlertBench(AlertBench.Start, AlertBench.Ammonium);
        void Missing(int from, int to) => bench.Store([.. Enumerable.Range(from, to - from).Select(minute => AlertBench.PointOf(minute, null, QualityFlag.Missing))]);
        bench.Store((0, 1), (5, 1));
        bench.Wait(200);
        Missing(200, 201);
        bench.Store((100, 20), (105, 30), (110, 40), (115, 41), (120, 40), (125, 7));
        Missing(126, 150);
        bench.Wait(1);
        Assert.Empty(bench.Told);
        if (comesBack)
        {
            bench.Store((150, 1), (155, 1), (160, 1), (165, 1));
            Missing(166, 200);
        }
        else
        {
            Missing(150, 200);
        }

        bench.Wait(1);
        Assert.Equal([told], bench.Told.Select(notice => notice.Phase));
    }

    private static readonly AlertRule Rule = AlertBench.Ammonium;

    [Fact]
    public void Notice_says_where_the_station_is_once_its_gateway_has_said()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        bench.Store((0, 20), (10, 20), (20, 5), (30, 5));
        bench.Describe(
            "stream-nh4", "reference", new MetaStation { Id = "other", Label = "x" }, new MetaStation { Id = "stream", Label = "Old bridge", Latitude = 24.8, Longitude = 115 });
        bench.Store((40, 20), (50, 20));

        Assert.Equal((null, null, null), (bench.Told[0].StationLabel, bench.Told[0].Lat, bench.Told[0].Lon));
        Assert.Equal(("Old bridge", 24.8, 115.0), (bench.Told[^1].StationLabel, bench.Told[^1].Lat!.Value, bench.Told[^1].Lon!.Value));
        Assert.Equal(bench.Told[^1].ToJson(), AlertNotice.FromJson(bench.Told[^1].ToJson()).ToJson());
    }

    [Fact]
    public void Leak_goes_pending_firing_cleared_and_is_told_twice()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 5));
        bench.Store((1, 20));
        Assert.Equal(AlertPhase.Pending, Assert.Single(bench.Engine.Statuses).Phase);
        Assert.Empty(bench.Told);
        bench.Store((11, 31));
        bench.Store((12, 24));
        bench.Store((20, 1));
        bench.Store((30, 2));

        Assert.Equal(
            [AlertPhase.Pending, AlertPhase.Firing, AlertPhase.Clearing, AlertPhase.Normal],
            bench.Transitions.Select(transition => transition.Change.To));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        var (firing, cleared) = (bench.Told[0], bench.Told[1]);
        Assert.Equal(firing.Episode, cleared.Episode);
        Assert.NotEqual(firing.Id, cleared.Id);
        Assert.Equal((31.0, At(11), At(1)), (firing.Value, firing.Time, firing.Since));
        Assert.Equal((2.0, At(30), At(1), 31.0), (cleared.Value, cleared.Time, cleared.Since, cleared.Peak));
        Assert.Equal(AlertPhase.Normal, Assert.Single(bench.Engine.Statuses).Phase);
    }

    /// <summary>The hold that follows is no part of the exceedance: 19 min over a limit are not 29.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void End_of_an_exceedance_is_when_the_value_was_back(bool isBacklog, bool isRestarted)
    {
        using var bench = new AlertBench(Rule);
        (double, double)[] values = [(1, 20), (11, 31), (14, 1), (16, 20), (20, 1), (25, 2)];
        foreach (var part in isBacklog ? [[.. values, (30, 2)]] : values.Select(value => new[] { value }))
        {
            bench.Store(part);
        }

        if (isRestarted)
        {
            bench.Restart();
        }

        if (!isBacklog)
        {
            bench.Store((30, 2));
        }

        var over = bench.Told[^1];
        Assert.Equal(isBacklog ? NoticeKind.Past : NoticeKind.Cleared, over.Phase);
        Assert.Contains("15 mg/L as N from 2026-07-01 06:01 UTC to 2026-07-01 06:20 UTC, at worst 31.0".Replace(isBacklog ? "\0" : " mg/L as N", "", StringComparison.Ordinal), over.Summary, StringComparison.Ordinal);
        Assert.Contains("2026-07-01 06:01（UTC）至 2026-07-01 06:20（UTC）期间曾", over.SummaryZh, StringComparison.Ordinal);
        Assert.Contains("\"back\":\"2026-07-01T06:20:00", over.ToJson(), StringComparison.Ordinal);
        Assert.Equal(At(30), over.Until);
    }

    [Fact]
    public void Exceedance_without_a_hold_ends_with_its_first_value_that_is_back_and_one_of_a_rule_that_ended_has_no_end()
    {
        using var bench = new AlertBench(Rule with { Threshold = Rule.Threshold with { HoldClear = TimeSpan.Zero } });
        bench.Store((1, 20), (11, 31), (20, 1));
        Assert.Contains(" from 2026-07-01 06:01 UTC to 2026-07-01 06:20 UTC,", bench.Told[^1].Summary, StringComparison.Ordinal);

        using var ended = new AlertBench(Rule with { Validity = new Validity(null, At(12)) });
        ended.Store((1, 20));
        ended.Store((11, 31));
        ended.Store((20, 30));
        Assert.Equal(NoticeKind.Cleared, ended.Told[^1].Phase);
        Assert.DoesNotContain("\"back\"", ended.Told[^1].ToJson(), StringComparison.Ordinal);
    }

    // A dust sensor that shows a trend must not be held against a limit, wherever its alert is read.
    [Fact]
    public void Alert_of_a_device_that_is_only_indicative_says_so_in_every_notice_and_in_its_state()
    {
        using var bench = new AlertBench(Rule);
        bench.Describe("stream-nh4", "indicative");
        bench.Store((1, 20));
        bench.Store((11, 31));
        bench.Store((20, 1));
        bench.Store((30, 2));

        Assert.Equal(["indicative", "indicative"], bench.Told.Select(notice => notice.Grade));
        Assert.All(bench.Told, notice => Assert.Contains("(indicative, not for compliance) is ", notice.Summary, StringComparison.Ordinal));
        Assert.Contains("\"grade\":\"indicative\"", bench.Told[0].ToJson(), StringComparison.Ordinal);
        Assert.Equal("indicative", Assert.Single(bench.Engine.Statuses).Grade);
        using var retained = JsonDocument.Parse(Assert.Single(bench.Engine.Retained).Payload);
        Assert.Equal("indicative", retained.RootElement.GetProperty("grade").GetString());
    }

    [Fact]
    public void Worst_of_a_thinned_record_that_its_probe_could_not_measure_is_told_as_a_least()
    {
        using var bench = new AlertBench(Rule with { Threshold = Rule.Threshold with { HoldRaise = TimeSpan.Zero } });
        var point = AlertBench.PointOf(1, 10);
        bench.Store([point with { Value = point.Value with { Low = 8, High = 2000, Flag = QualityFlag.Suspect, Why = Why.OverRange } }]);

        var notice = Assert.Single(bench.Told);
        Assert.Equal((2000.0, true), (notice.Value, notice.Bound));
        Assert.Contains("is at least 2000 mg/L as N", notice.Summary, StringComparison.Ordinal);
    }

    // Whoever reads "over" goes to bed.
    [Fact]
    public void Rule_that_is_out_of_force_ends_its_alarm_and_calls_that_no_all_clear()
    {
        using var bench = new AlertBench(Rule with { Validity = new Validity(null, At(15)) });
        bench.Store((0, 20), (10, 20));
        bench.Store((20, 20));

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        Assert.Contains("This is no all-clear: the last value is 20.0 mg/L as N, above 15", bench.Told[1].Summary, StringComparison.Ordinal);
        Assert.Contains("并不表示恢复正常", bench.Told[1].SummaryZh, StringComparison.Ordinal);
    }

    [Fact]
    public void Flag_and_reasons_are_those_of_the_value_that_made_the_step()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((1, 20));
        var doubtful = AlertBench.PointOf(11, 31, QualityFlag.Suspect);
        bench.Store([doubtful with { Value = doubtful.Value with { Why = Why.Spike | Why.Disagrees } }]);
        bench.Store((20, 1), (30, 2));

        Assert.Equal([QualityFlag.Suspect, QualityFlag.Good], bench.Told.Select(notice => notice.Flag));
        Assert.Equal(["spike", "disagrees"], bench.Told[0].Why);
        Assert.Null(bench.Told[1].Why);
        Assert.Contains("\"flag\":3,\"why\":[\"spike\",\"disagrees\"]", bench.Told[0].ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Notice_tells_the_calibration_that_came_last_and_was_accepted_over_restarts_too()
    {
        using var bench = new AlertBench(Rule);
        bench.Calibrate("a1", daysBefore: 40);
        bench.Calibrate("a2", daysBefore: 11);
        bench.Calibrate("a3", daysBefore: 1, refused: "slope 40 %");
        bench.Store((1, 20), (11, 31));
        bench.Restart();
        bench.Store((20, 1), (30, 2));
        bench.Calibrate("a4", daysBefore: 90);
        bench.Store((40, 20), (50, 20));

        Assert.Equal(
            [-11, -11, -90],
            bench.Told.Select(notice => (notice.Calibrated!.Value - AlertBench.Start).TotalDays));
    }

    [Fact]
    public void Notice_of_a_channel_without_calibrations_tells_none()
    {
        using var bench = new AlertBench(Rule);
        bench.Calibrate("a1", daysBefore: 40, channel: "k");
        bench.Store((1, 20), (11, 31));

        Assert.Null(Assert.Single(bench.Told).Calibrated);
    }

    [Fact]
    public void Curve_of_an_alarm_is_of_the_values_of_its_channel_at_that_time()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((1, 20), (11, 31), (20, 1));
        bench.Store([AlertBench.PointOf(12, 99, station: "other")]);

        Assert.Equal(
            [31.0, 1.0], bench.KeptOf(bench.Told[0], 5, 30).Select(sample => sample.Value!.Value));
        Assert.Empty(bench.KeptOf(bench.Told[0] with { Channel = "k" }, 0, 30));
    }

    [Fact]
    public void Grade_that_becomes_known_later_is_told_of_alerts_that_stand_and_reference_changes_no_sentence()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((1, 20));
        bench.Store((11, 31));
        var told = bench.Changes;
        bench.Describe("stream-nh4", "reference");
        Assert.Equal(told + 1, bench.Changes);
        bench.Describe("stream-nh4", "reference");
        Assert.Equal(told + 1, bench.Changes);
        bench.Store((20, 1));
        bench.Store((30, 2));

        Assert.Equal([null, "reference"], bench.Told.Select(notice => notice.Grade));
        Assert.All(bench.Told, notice => Assert.DoesNotContain("indicative", notice.Summary, StringComparison.Ordinal));
    }

    [Fact]
    public void Transaction_that_never_commits_tells_nobody_and_the_resend_tells_once()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20));
        bench.StoreAndLose((10, 20));
        Assert.Empty(bench.Told);
        Assert.Equal(AlertPhase.Pending, Assert.Single(bench.Engine.Statuses).Phase);
        bench.Store((10, 20));
        bench.Store((11, 20));

        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        Assert.Equal([AlertPhase.Pending, AlertPhase.Firing], bench.Transitions.Select(transition => transition.Change.To));
    }

    /// <summary>Whatever flag they have: a gateway that marks them otherwise must not be believed for it.</summary>
    [Theory]
    [InlineData(QualityFlag.Fail)]
    [InlineData(QualityFlag.Suspect)]
    [InlineData(QualityFlag.Good)]
    public void Value_taken_in_maintenance_raises_nothing_and_ends_nothing(QualityFlag flag)
    {
        using var bench = new AlertBench(Rule);
        Point InMaintenance(double minute, double value)
        {
            var point = AlertBench.PointOf(minute, value, flag);
            return point with { Value = point.Value with { Why = Why.Maintenance } };
        }

        bench.Store([InMaintenance(0, 90), InMaintenance(10, 90), InMaintenance(20, 90)]);
        Assert.Empty(bench.Transitions);

        bench.Store((30, 20), (40, 20));
        bench.Store([InMaintenance(41, 1), InMaintenance(60, 1), InMaintenance(90, 1)]);
        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        Assert.Equal(AlertPhase.Firing, Assert.Single(bench.Engine.Statuses).Phase);
    }

    [Fact]
    public void Restart_in_the_middle_of_a_hold_goes_on_with_it()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (5, 20));
        bench.Restart();
        bench.Store((10, 20));
        bench.Restart();
        bench.Store((20, 20));

        Assert.Equal([At(10)], bench.Told.Select(notice => notice.Time));
        var status = Assert.Single(bench.Engine.Statuses);
        Assert.Equal((AlertPhase.Firing, At(0), bench.Told[0].Episode), (status.Phase, status.Since, status.Episode));
    }

    [Fact]
    public void Late_record_that_changes_nothing_is_not_told_again()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (4, 20), (10, 20));
        bench.Store((2, 20));
        bench.Store((7, 20));
        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Leak_that_began_and_ended_within_an_outage_is_told_once_as_past()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 5));
        bench.Store((90, 5));
        bench.Store((20, 20), (25, 44), (30, 30), (40, 5), (50, 5));
        bench.Store((60, 5));

        var notice = Assert.Single(bench.Told);
        Assert.Equal(NoticeKind.Past, notice.Phase);
        Assert.Equal((At(20), At(30), At(50), 44.0), (notice.Since, notice.Time, notice.Until, notice.Peak));
        Assert.StartsWith("Late news", notice.Summary, StringComparison.Ordinal);
        Assert.Equal(AlertPhase.Normal, Assert.Single(bench.Engine.Statuses).Phase);
    }

    [Fact]
    public void Leak_older_than_the_lateness_is_told_as_past_too()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 5));
        bench.Store((1440, 5));
        bench.Store((20, 20), (30, 30), (40, 5), (50, 5));
        Assert.Equal([NoticeKind.Past], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Leak_that_still_holds_is_live_whichever_lane_brought_its_beginning()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 5));
        bench.Store((100, 20));
        Assert.Empty(bench.Told);
        bench.Store((50, 20), (60, 20));

        var notice = Assert.Single(bench.Told);
        Assert.Equal((NoticeKind.Firing, At(50), At(60)), (notice.Phase, notice.Since, notice.Time));
    }

    [Fact]
    public void Episode_whose_beginning_moves_earlier_keeps_its_id_and_pages_nobody()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 5), (60, 20), (70, 20));
        var before = Assert.Single(bench.Told);
        bench.Store((40, 20), (50, 20));

        Assert.Single(bench.Told);
        var status = Assert.Single(bench.Engine.Statuses);
        Assert.Equal((before.Episode, At(40)), (status.Episode, status.Since));
        bench.Store((80, 1), (90, 1));
        Assert.Equal((NoticeKind.Cleared, before.Episode, At(40)), (bench.Told[1].Phase, bench.Told[1].Episode, bench.Told[1].Since));
    }

    [Fact]
    public void Alarm_that_late_values_disprove_is_withdrawn()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        bench.Store((5, 1));

        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));
        Assert.Equal(bench.Told[0].Episode, bench.Told[1].Episode);
        Assert.Equal(AlertPhase.Pending, Assert.Single(bench.Engine.Statuses).Phase);
        Assert.EndsWith(", and late values show that it was not so", bench.Told[1].Summary, StringComparison.Ordinal);
        Assert.Contains("\"cause\":\"values\"", bench.Told[1].ToJson(), StringComparison.Ordinal);
    }

    /// <summary>That nobody looks any more is no all-clear.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Alarm_whose_rule_is_gone_or_changed_is_taken_back_as_that_and_not_as_disproved(bool isGone)
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        _ = isGone ? bench.RestartWithoutRules() : bench.Restart(Rule with { Threshold = Rule.Threshold with { RaiseLimit = 100, ClearLimit = 90 } });

        var over = bench.Told[^1];
        Assert.Equal(NoticeKind.Withdrawn, over.Phase);
        Assert.EndsWith(", by a rule that was changed or taken out and judges it no longer. This is no all-clear", over.Summary, StringComparison.Ordinal);
        Assert.EndsWith("不再据此判定，并不表示恢复正常", over.SummaryZh, StringComparison.Ordinal);
        Assert.Contains("\"cause\":\"rule\"", over.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Alert_that_was_told_over_and_is_not_is_told_firing_again_under_its_id()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        bench.Store((20, 1), (30, 1));
        bench.Store((25, 20), (28, 20));

        // The dip no longer lasts the hold, so at the newest value it is still clearing.
        Assert.Equal(
            [NoticeKind.Firing, NoticeKind.Cleared, NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        Assert.Single(bench.Told.Select(notice => notice.Episode).Distinct());
        Assert.Equal(3, bench.Told.Select(notice => notice.Id).Distinct().Count());
    }

    [Fact]
    public void Dip_found_late_inside_a_live_alert_tells_nobody_and_the_live_part_keeps_the_id()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        bench.Store((29, 20), (50, 20));
        bench.Store((11, 1), (22, 1));

        var firing = Assert.Single(bench.Told);
        Assert.Equal(firing.Episode, Assert.Single(bench.Engine.Statuses).Episode);
    }

    [Fact]
    public void Two_alerts_that_grow_together_end_under_the_id_that_people_have_open()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        bench.Store((20, 1), (30, 1));
        bench.Store((40, 20), (50, 20));
        bench.Store((22, 20), (30.5, 20));
        Assert.Equal(
            [NoticeKind.Firing, NoticeKind.Cleared, NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        bench.Store((60, 1), (70, 1));

        Assert.Equal((NoticeKind.Cleared, bench.Told[2].Episode), (bench.Told[^1].Phase, bench.Told[^1].Episode));
    }

    [Fact]
    public void Time_ahead_of_now_is_not_alarmed_on_and_makes_no_true_value_late()
    {
        using var bench = new AlertBench(Rule);
        bench.Time.SetUtcNow(AlertBench.Start.AddDays(31));
        bench.Store((31 * 1440 + 2.01, 99), (73 * 365 * 1440, 99));
        Assert.Empty(bench.Engine.Statuses);
        Assert.Empty(bench.Rows("SELECT * FROM alert_sample"));
        bench.Store((31 * 1440 + 2, 5));
        Assert.Single(bench.Rows("SELECT * FROM alert_sample"));
    }

    [Fact]
    public void Failed_values_neither_raise_nor_clear()
    {
        using var bench = new AlertBench(Rule);
        bench.Store([
            AlertBench.PointOf(0, 90, QualityFlag.Fail), AlertBench.PointOf(10, 90, QualityFlag.Fail),
            AlertBench.PointOf(11, null, QualityFlag.Missing),
        ]);
        Assert.Empty(bench.Told);
        bench.Store((20, 20), (30, 20));
        bench.Store([AlertBench.PointOf(40, 1, QualityFlag.Fail), AlertBench.PointOf(50, 1, QualityFlag.Fail)]);
        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Retained_state_says_that_it_is_old_while_no_value_counts()
    {
        using var bench = new AlertBench(AlertBench.Start, AlertBench.Ammonium);
        string State() => System.Text.Encoding.UTF8.GetString(Assert.Single(bench.Engine.Retained).Payload.Span);

        bench.Store((0, 2));
        bench.Wait(40);
        Assert.DoesNotContain("\"old\"", State(), StringComparison.Ordinal);
        bench.Store([AlertBench.PointOf(40, 900, QualityFlag.Fail)]);
        bench.Wait(1);
        Assert.Contains("\"phase\":\"normal\"", State(), StringComparison.Ordinal);
        Assert.Contains("\"asOf\":\"2026-07-01T06:00:00.000Z\",\"old\":true", State(), StringComparison.Ordinal);

        bench.Store((42, 2));
        Assert.DoesNotContain("\"old\"", State(), StringComparison.Ordinal);
        Assert.Contains("\"asOf\":\"2026-07-01T06:42:00.000Z\"", State(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lone_value_that_no_test_has_judged_wakes_nobody_before_the_next_one()
    {
        using var bench = new AlertBench(AlertBench.Ammonium with { Threshold = AlertBench.Ammonium.Threshold with { HoldRaise = TimeSpan.Zero } });
        bench.Store([AlertBench.PointOf(1, 90, QualityFlag.NotEvaluated)]);
        bench.Store([AlertBench.PointOf(1, 90, QualityFlag.Fail) with { IsRevision = true }, AlertBench.PointOf(2, 2, QualityFlag.NotEvaluated)]);
        Assert.Empty(bench.Told);

        bench.Store([AlertBench.PointOf(3, 90, QualityFlag.NotEvaluated)]);
        Assert.Empty(bench.Told);
        bench.Store([AlertBench.PointOf(4, 90, QualityFlag.NotEvaluated)]);
        Assert.Equal((NoticeKind.Firing, AlertBench.Start.AddMinutes(3)), (Assert.Single(bench.Told).Phase, bench.Told[0].Since));
    }

    [Fact]
    public void Revision_that_fails_the_value_withdraws_what_it_raised()
    {
        using var bench = new AlertBench(Rule with { Threshold = Rule.Threshold with { HoldRaise = TimeSpan.Zero } });
        bench.Store((0, 5), (1, 90));
        bench.Store([AlertBench.PointOf(1, 90, QualityFlag.Fail) with { IsRevision = true }]);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));
        Assert.Equal(AlertPhase.Normal, Assert.Single(bench.Engine.Statuses).Phase);
    }

    [Fact]
    public void Value_too_old_for_the_window_is_told_as_past_unless_it_is_known()
    {
        using var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 10, KeptMax: 10_000), Rule);
        for (var minute = 100; minute < 700; minute++)
        {
            bench.Store((minute, minute is >= 200 and < 220 ? 20 : 5));
        }

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        bench.Store((205.5, 20), (216, 20), (220.2, 20));
        Assert.Equal(2, bench.Told.Count);
        bench.Store((300.5, 20), (311, 20), (315, 1), (325, 1));
        bench.Store((300.5, 20), (311, 20));
        Assert.Equal(
            [NoticeKind.Firing, NoticeKind.Cleared, NoticeKind.Past], bench.Told.Select(notice => notice.Phase));

        // Single ones, an hour apart: nobody knows what was between, so they hold nothing.
        bench.Store((330.5, 1), (341, 1));
        foreach (var minute in (double[])[400.5, 460.5, 520.5])
        {
            bench.Store((minute, 20));
        }

        Assert.Equal(3, bench.Told.Count);
    }

    [Fact]
    public void Revision_of_a_value_that_is_folded_away_is_no_value_more()
    {
        using var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 10, KeptMax: 10_000), Rule with { Threshold = Rule.Threshold with { HoldRaise = TimeSpan.Zero } });
        for (var minute = 0; minute < 600; minute++)
        {
            bench.Store((minute, 5));
        }

        bench.Store([AlertBench.PointOf(100, 20) with { IsRevision = true }]);
        Assert.Empty(bench.Told);
    }

    [Fact]
    public void Late_value_that_changes_nothing_is_no_step_to_anybody()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        bench.Store((5, 20));
        Assert.Equal([AlertPhase.Pending, AlertPhase.Firing], bench.Transitions.Select(step => step.Change.To));
    }

    [Fact]
    public void Exceedance_of_which_nobody_knows_whether_it_is_over_is_told_when_its_probe_has_been_silent_for_too_long()
    {
        using var bench = new AlertBench(AlertBench.Start, Rule);
        bench.Wait(56);
        bench.Store((0, 5), (55, 5));
        bench.Store((40, 20), (50, 20));
        bench.Wait(39);
        Assert.Empty(bench.Told);
        bench.Wait(1);
        Assert.Equal(NoticeKind.Firing, Assert.Single(bench.Told).Phase);
    }

    [Fact]
    public void Old_values_that_come_in_pieces_make_one_mean()
    {
        var hour = new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true };
        var rule = Rule with { Statistic = hour, Threshold = hour.Judging(Rule.Threshold with { HoldRaise = TimeSpan.Zero }) };
        using var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 10, KeptMax: 10_000), rule);
        for (var minute = 600; minute < 1_200; minute++)
        {
            bench.Store((minute, 5));
        }

        // An hour, ten minutes at a time: no piece is a mean by itself.
        for (var minute = 0; minute <= 60; minute += 10)
        {
            bench.Store([.. Enumerable.Range(minute, 10).Select(m => AlertBench.PointOf(m, 20))]);
        }

        Assert.Equal([NoticeKind.Past], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Late_value_is_in_one_mean_with_those_that_were_folded_away()
    {
        var mean = new MeanStatistic { Period = TimeSpan.FromHours(4), Complete = 1 };
        var rule = Rule with { Statistic = mean, Threshold = mean.Judging(Rule.Threshold with { HoldRaise = TimeSpan.Zero }) };
        var window = new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 10, KeptMax: 10_000);
        Point[] values = [.. Enumerable.Range(0, 700).Select(minute => AlertBench.PointOf(minute, minute < 450 ? 5 : 28))];
        using var inOrder = new AlertBench(window, rule);
        using var late = new AlertBench(window, rule);
        foreach (var value in values)
        {
            inOrder.Store([value]);
        }

        // One of the last half hour comes after all others; by then the hours before it are no longer kept.
        foreach (var value in values.Where((_, minute) => minute != 690).Append(values[690]))
        {
            late.Store([value]);
        }

        Assert.InRange(int.Parse(late.Rows("SELECT count(*) FROM alert_sample")[0], provider: null), 10, 400);
        Assert.Equal([NoticeKind.Firing], inOrder.Told.Select(notice => notice.Phase));
        static IEnumerable<object> States(AlertBench bench) => bench.States().Where(state => state.Memory.Length > 0)
            .Select(state => (object)(state.Rule, state.Alert with { Held = TimeSpan.Zero, Peak = 0 }, state.Memory));
        Assert.NotEmpty(States(inOrder));
        Assert.Equal(States(inOrder), States(late));
        Assert.Equal(inOrder.Told.Select(notice => (notice.Phase, notice.Since)), late.Told.Select(notice => (notice.Phase, notice.Since)));
    }

    [Fact]
    public void Values_kept_for_rewinding_are_bounded()
    {
        using var bench = new AlertBench(new RewindWindow(TimeSpan.FromHours(200), KeptMin: 10, KeptMax: 1_000), Rule);
        for (var group = 0; group < 40; group++)
        {
            bench.Store([.. Enumerable.Range(0, 100).Select(i => AlertBench.PointOf(((group * 100) + i) / 60.0, 20))]);
        }

        Assert.InRange(int.Parse(bench.Rows("SELECT count(*) FROM alert_sample")[0], provider: null), 1_000, 1_256);
        Assert.Equal(bench.Rows("SELECT count(*) FROM alert_sample"), bench.Rows("SELECT kept FROM alert_subject"));
    }

    [Fact]
    public void Late_values_of_more_channels_than_a_transaction_steps_again_are_alarmed_on_in_the_next_ones()
    {
        using var bench = new AlertBench(RewindWindow.Default with { RewoundMax = 15 }, Rule);
        (string Gateway, string Channel)[] channels = [("gz-07", "a"), ("gz-07", "b"), ("gz-07", "c"), ("gz-08", "a")];
        bench.Store([.. channels.SelectMany(channel => new[] { 0, 60 }.Select(minute => Of(channel, minute, minute == 0 ? 1 : 20)))]);
        bench.Store([.. channels.SelectMany(channel => Enumerable.Range(10, 20).Select(minute => Of(channel, minute, 20)))]);

        // One of each gateway, and the next of the one that has more.
        Assert.Equal(["gz-07 a", "gz-07 b", "gz-08 a"], Told());
        bench.Restart();
        bench.Store([Of(channels[3], 61, 1)]);
        Assert.Equal(["gz-07 a", "gz-07 b", "gz-07 c", "gz-08 a"], Told());
        Assert.Empty(bench.Rows("SELECT * FROM alert_deferred"));

        IEnumerable<string> Told() => bench.Told.Select(notice => $"{notice.Gateway} {notice.Channel}").Order(StringComparer.Ordinal);

        static Point Of((string Gateway, string Channel) channel, double minute, double value) =>
            AlertBench.PointOf(minute, value) with { Gateway = channel.Gateway, Channel = channel.Channel };
    }

    [Fact]
    public void Late_values_that_still_have_to_be_stepped_over_are_not_folded_away()
    {
        using var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 10, KeptMax: 10_000) { RewoundMax = 15 }, Rule);
        string[] channels = ["a", "b", "c"];
        Point[] Of(IEnumerable<int> minutes, double value) =>
            [.. channels.SelectMany(channel => minutes.Select(minute => AlertBench.PointOf(minute, value) with { Channel = channel }))];

        bench.Store(Of([0, 1, .. Enumerable.Range(150, 200)], 5));
        bench.Store(Of(Enumerable.Range(10, 90), 20));
        bench.Store(Of([350], 5));
        Assert.Equal(channels, bench.Told.Select(notice => notice.Channel).Order(StringComparer.Ordinal));
        Assert.All(bench.Told, notice => Assert.Equal(NoticeKind.Past, notice.Phase));
    }

    [Fact]
    public void Rule_that_is_gone_takes_its_open_alert_back_and_leaves_the_broker()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        var engine = bench.RestartWithoutRules();

        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));
        Assert.Empty(engine.Statuses);
        var message = Assert.Single(engine.Retained);
        Assert.StartsWith("pond/v1/pond/_alert/nh4-high/stream-nh4-nh4n-", message.Topic, StringComparison.Ordinal);
        Assert.True(message.Payload.IsEmpty);
    }

    [Fact]
    public void Limit_raised_above_the_values_takes_the_open_alert_back()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        bench.Restart(Rule with { Threshold = Rule.Threshold with { RaiseLimit = 50, ClearLimit = 45 } });
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));
        Assert.Equal(AlertPhase.Normal, Assert.Single(bench.Engine.Statuses).Phase);
    }

    [Fact]
    public void Late_value_after_a_rule_has_changed_leaves_the_alerts_of_before_the_kept_values_as_they_were()
    {
        using var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 10, KeptMax: 10_000), Rule);
        for (var minute = 0; minute < 600; minute++)
        {
            bench.Store((minute, minute is > 20 and < 60 ? 20 : 5));
        }

        string[] before = [.. History()];
        Assert.Equal(5, before.Length);
        bench.Restart(Rule with { Threshold = Rule.Threshold with { RaiseLimit = 16 } });
        bench.Store((595.5, 5));
        Assert.Equal(before, History());
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));

        IEnumerable<string> History() =>
            [.. bench.Rows("SELECT * FROM alert_episode"), .. bench.Rows("SELECT * FROM alert_change ORDER BY at_ms")];
    }

    [Fact]
    public void Changed_words_of_a_rule_change_no_alert()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        bench.Restart(Rule with { Text = "Other words", Severity = Severity.Medium });
        Assert.Single(bench.Told);
    }

    // Who hears of what is urgent only has never heard of it.
    [Fact]
    public void Rule_that_is_graver_now_is_told_again_once_while_it_fires()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 20));
        bench.Restart(Rule with { Severity = Severity.Urgent });
        bench.Restart();
        bench.Store((20, 5), (40, 5));
        bench.Restart(Rule with { Severity = Severity.Urgent, Text = "Other words" });
        Assert.Equal(
            ["Firing High", "Firing Urgent", "Cleared Urgent"], bench.Told.Select(notice => $"{notice.Phase} {notice.Severity}"));
        Assert.Single(bench.Told.Select(notice => notice.Episode).Distinct(StringComparer.Ordinal));
        Assert.Distinct(bench.Told.Select(notice => notice.Id));
    }

    [Fact]
    public void Limit_lowered_onto_what_already_holds_pages_but_does_not_dig_up_the_past()
    {
        var high = Rule with { Threshold = Rule.Threshold with { RaiseLimit = 100, ClearLimit = 90 } };
        using var bench = new AlertBench(high);
        bench.Store((0, 20), (10, 20), (20, 5), (30, 5), (40, 30), (50, 30));
        bench.Restart(Rule);
        var notice = Assert.Single(bench.Told);
        Assert.Equal((NoticeKind.Firing, At(40)), (notice.Phase, notice.Since));
    }

    [Fact]
    public void Channels_have_alerts_of_their_own()
    {
        using var bench = new AlertBench(Rule);
        bench.Store([
            AlertBench.PointOf(0, 20), AlertBench.PointOf(10, 20),
            AlertBench.PointOf(0, 5, station: "spring"), AlertBench.PointOf(10, 5, station: "spring"),
        ]);
        Assert.Equal(["stream"], bench.Told.Select(notice => notice.Station));
        Assert.Equal(2, bench.Engine.Statuses.Count);
    }

    [Fact]
    public void Rule_for_one_station_leaves_the_others_alone()
    {
        using var bench = new AlertBench(Rule with { Station = "spring" });
        bench.Store((0, 20), (10, 20));
        Assert.Empty(bench.Engine.Statuses);
    }

    [Fact]
    public void Retained_message_tells_the_state_with_unit_and_limit()
    {
        using var bench = new AlertBench(Rule);
        bench.Store((0, 20), (10, 21));
        using var json = JsonDocument.Parse(Assert.Single(bench.Engine.Retained).Payload);
        var root = json.RootElement;
        Assert.Equal("firing", root.GetProperty("phase").GetString());
        Assert.Equal("mg/L as N", root.GetProperty("unit").GetString());
        Assert.Equal(15, root.GetProperty("limit").GetDouble());
        Assert.Equal("2026-07-01T06:00:00.000Z", root.GetProperty("since").GetString());
        Assert.Equal("high", root.GetProperty("severity").GetString());
    }

    [Fact]
    public void Outbox_is_woken_after_the_commit_only()
    {
        using var bench = new AlertBench(Rule);
        bench.StoreAndLose((0, 20), (10, 20));
        Assert.Equal(0, bench.Wakes);
        bench.Store((0, 20), (10, 20));
        Assert.Equal(1, bench.Wakes);
    }

    private static DateTimeOffset At(double minute) => AlertBench.Start.AddMinutes(minute);
}

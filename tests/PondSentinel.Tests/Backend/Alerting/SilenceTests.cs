using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>What does not come: of a gateway, and of a channel while its gateway is there. The bench begins 30 days after its values.</summary>
public sealed class SilenceTests
{
    private const double Now = 30 * 1_440;

    private static readonly AlertRule Offline = new()
    {
        Id = "offline",
        Measurand = Measurand.GatewaySilence,
        Severity = Severity.Medium,
        Text = "Nothing is heard",
        Threshold = new ThresholdRule
        {
            Side = LimitSide.Above, RaiseLimit = 30, ClearLimit = 30, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.FromMinutes(5),
        },
    };

    private static readonly AlertRule Silent = AlertBench.Ammonium with
    {
        Id = "silent", Statistic = new NoValueStatistic(), Threshold = Offline.Threshold with { HoldClear = TimeSpan.Zero },
    };

    private static readonly GatewayName Gateway = new("pond", "gz-07");

    [Fact]
    public void Gateway_is_offline_after_its_time_and_over_when_it_is_heard_and_how_long_it_was_is_told()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 31);
        Assert.Equal(["firing 31"], Told(bench));
        bench.Wait(minutes: 100);
        bench.Engine.Health(Gateway, default);
        bench.Wait(minutes: 1);
        for (var minute = 0; minute < 10; minute++)
        {
            bench.Engine.Health(Gateway, default);
            bench.Wait(minutes: 1);
        }

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        Assert.Equal((131.0, "gz-07", "min"), (bench.Told[1].Peak, bench.Told[1].Gateway, bench.Told[1].Unit));
    }

    [Fact]
    public void Silence_that_goes_on_is_told_again_with_how_long_it_is_now()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 31);
        bench.Wait(minutes: 240);
        var notice = Assert.Single(bench.Told);
        using var copy = bench.Copy();
        using var transaction = copy.BeginTransaction(deferred: true);
        var later = LaterStates.Of(transaction, notice, bench.Time.GetUtcNow());

        Assert.Equal((271.0, bench.Time.GetUtcNow(), null), (later.Value!.Value, later.Time!.Value, later.None));
        Assert.Equal(
            "Nothing has been heard of gateway gz-07 at pond since 2026-07-31 06:00 UTC, for 4 h 31 min; the limit is 30 min",
            NoticeText.Of(notice, Language.English, TimeSpan.Zero, later).Sentence);
        Assert.Contains("已 4 小时 31 分钟", NoticeText.Of(notice, Language.Chinese, TimeSpan.Zero, later).Sentence, StringComparison.Ordinal);
    }

    /// <summary>What is counted may begin with a restart; since when nothing was heard does not.</summary>
    [Fact]
    public void Offline_is_told_with_when_the_gateway_was_last_heard_and_not_with_what_was_counted()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 1);
        bench.Wait(minutes: 599, listeningFor: 10);
        bench.Wait(minutes: 21, listeningFor: 31);
        for (var minute = 0; minute < 8; minute++)
        {
            bench.Engine.Health(Gateway, default);
            bench.Wait(minutes: 1);
        }

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        var (firing, cleared) = (bench.Told[0], bench.Told[1]);
        Assert.Equal(
            "Nothing has been heard of gateway gz-07 at pond since 2026-07-31 06:00 UTC, for 10 h 21 min; the limit is 30 min (31 min of it counted: the backend did not listen before)",
            firing.Summary);
        Assert.Equal("自 2026-07-31 06:00（UTC）起未收到 pond 网关 gz-07 的任何消息，已 10 小时 21 分钟；限值 30 分钟（后台此前未监听，仅计 31 分钟）", firing.SummaryZh);
        Assert.StartsWith("Gateway gz-07 at pond is heard again; nothing was heard of it from 2026-07-31 06:00 UTC to 2026-07-31 16:2", cleared.Summary, StringComparison.Ordinal);
        var text = NoticeText.Of(firing, Language.English, TimeSpan.Zero);
        Assert.Equal("Medium: nothing heard of gateway gz-07 at pond since 2026-07-31 06:00 UTC", text.Title);
        Assert.Equal(["Meaning", "Take it on", "Limit", "Since"], text.Facts.Select(fact => fact.Label));
        Assert.Equal("2026-07-31 06:00 UTC, for 10 h 21 min", text.Facts[^1].Text);
    }

    /// <summary>A probe that was replaced by one of another name, or taken out: nobody can make its alarm end otherwise.</summary>
    [Fact]
    public void Channel_that_its_gateway_describes_no_more_is_missed_by_nobody_until_it_does_again()
    {
        using var bench = new AlertBench(Silent);
        bench.Describe("stream-nh4", "reference");
        bench.Store((Now - 1, 1), (Now, 1));
        WaitHeard(bench, minutes: 32);
        Assert.Equal(["firing 31"], Told(bench));

        bench.Describe("its-successor", "reference");
        WaitHeard(bench, minutes: 1);
        Assert.Equal(["firing 31", "over 0"], Told(bench));
        WaitHeard(bench, minutes: 100);
        bench.Restart();
        bench.Describe("its-successor", "reference");
        WaitHeard(bench, minutes: 100);
        Assert.Equal(2, bench.Told.Count);

        bench.Describe("stream-nh4", "reference");
        WaitHeard(bench, minutes: 30);
        Assert.Equal(2, bench.Told.Count);
        WaitHeard(bench, minutes: 2);
        Assert.Equal("firing 31", Told(bench)[^1]);
    }

    [Fact]
    public void Silence_that_its_own_records_told_of_ends_with_the_channel_too()
    {
        using var bench = new AlertBench(Silent);
        bench.Describe("stream-nh4", "reference");
        bench.Store([.. Enumerable.Range(0, 32).Select(minute => AlertBench.PointOf(Now - 32 + minute, minute == 0 ? 1 : null, minute == 0 ? QualityFlag.Good : QualityFlag.Missing))]);
        Assert.Equal(["firing 31"], Told(bench));
        bench.Describe("its-successor", "reference");
        WaitHeard(bench, minutes: 1);
        Assert.Equal(["firing 31", "over 0"], Told(bench));
    }

    /// <summary>A pump's probe is missed while the pump runs, and is over when it speaks.</summary>
    [Theory]
    [InlineData(400, false, true)]
    [InlineData(50, false, false)]
    [InlineData(400, true, false)]
    [InlineData(50, true, true)]
    public void Channel_that_is_missed_under_a_condition_is_where_that_holds(double conductivity, bool isBar, bool isMissed)
    {
        var rule = Silent with { Statistic = new JointStatistic { Own = Silent.Statistic, Conditions = [JointRules.Conductive with { IsBar = isBar }] } };
        using var bench = new AlertBench(rule);
        for (var minute = 0; minute < 36; minute++)
        {
            Minute(minute);
            if (minute == 20)
            {
                bench.Restart();
            }
        }

        Assert.Equal(isMissed ? ["firing 31"] : [], Told(bench));
        bench.Store([AlertBench.PointOf(Now + 36, 1)]);
        Assert.Equal(isMissed ? ["firing 31", "over 0"] : [], Told(bench));
        Assert.Equal(bench.Rows("SELECT kept FROM alert_subject"), bench.Rows("SELECT (SELECT count(*) FROM alert_sample) + (SELECT count(*) FROM alert_input)"));

        void Minute(int minute)
        {
            bench.Store([.. minute < 2 ? [AlertBench.PointOf(Now + minute, 1)] : Array.Empty<PondSentinel.Backend.Storage.Point>(), AlertBench.OtherOf(Now + minute, conductivity, "stream", Measurand.Conductivity)]);
            bench.Wait(minutes: 1);
        }
    }

    [Fact]
    public void Channel_that_is_missed_under_a_condition_and_described_no_more_is_missed_by_nobody()
    {
        using var bench = new AlertBench(Silent with { Statistic = new JointStatistic { Own = Silent.Statistic, Conditions = [JointRules.NotRegional] } });
        bench.Describe("stream-nh4", "reference");
        bench.Store((Now - 1, 1), (Now, 1));
        WaitHeard(bench, minutes: 32);
        Assert.Equal(["firing 31"], Told(bench));
        bench.Describe("its-successor", "reference");
        WaitHeard(bench, minutes: 1);
        Assert.Equal(["firing 31", "over 0"], Told(bench));
        WaitHeard(bench, minutes: 100);
        Assert.Equal(2, bench.Told.Count);
    }

    // Nothing is folded away before all channels have brought theirs; but what was noticed is of none.
    [Fact]
    public void What_was_noticed_under_a_condition_keeps_nothing_that_comes_after_it()
    {
        var rule = Silent with { Statistic = new JointStatistic { Own = Silent.Statistic, Conditions = [JointRules.Conductive] } };
        using var bench = new AlertBench(new RewindWindow(TimeSpan.FromMinutes(30), KeptMin: 50, KeptMax: 20_000), rule);
        for (var minute = 0; minute < 400; minute++)
        {
            bench.Store([.. minute is > 1 and < 40 ? [] : new[] { AlertBench.PointOf(Now + minute, 1) }, AlertBench.OtherOf(Now + minute, 50, "stream", Measurand.Conductivity)]);
            bench.Wait(minutes: 1);
            if (minute == 39)
            {
                Assert.NotEmpty(bench.Rows("SELECT 1 FROM alert_input WHERE source = 1"));
            }
        }

        Assert.Empty(bench.Told);
        Assert.InRange(int.Parse(bench.Rows("SELECT kept FROM alert_subject")[0], provider: null), 1, 400);
    }

    private static void WaitHeard(AlertBench bench, int minutes)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            bench.Engine.Health(Gateway, default);
            bench.Wait(minutes: 1);
        }
    }

    [Fact]
    public void Gateway_that_is_retired_is_missed_by_nobody_until_it_is_heard_again()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 31);
        Retire(bench);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        Assert.DoesNotContain("heard again", bench.Told[1].Summary, StringComparison.Ordinal);
        bench.Wait(minutes: 1_000);
        Assert.Equal(2, bench.Told.Count);

        bench.Engine.Health(Gateway, default);
        bench.Wait(minutes: 1);
        bench.Wait(minutes: 32);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared, NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Gateway_that_is_retired_stays_so_when_the_clock_is_set()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 31);
        Retire(bench);
        bench.Time.Step(TimeSpan.FromHours(8));
        bench.Wait(minutes: 1);
        bench.Wait(minutes: 1_000);
        bench.Time.Step(TimeSpan.FromHours(-2));
        bench.Wait(minutes: 1);
        bench.Wait(minutes: 1_000);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
    }

    // The one who retires it sees that it was not heard for hours: so it seems by that clock.
    [Theory]
    [InlineData(8)]
    [InlineData(-8)]
    public void Word_that_is_said_just_after_the_clock_was_set_is_not_lost_and_the_next_sign_ends_it(int hours)
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 1);
        bench.Engine.Health(Gateway, default);
        bench.Time.Step(TimeSpan.FromHours(hours));
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        bench.Execute(FormattableString.Invariant(
            $"INSERT INTO retired_gateway VALUES ('pond', 'gz-07', {bench.Time.GetUtcNow().ToUnixTimeMilliseconds()}, 'Li', '')"));
        bench.Wait(minutes: 1);
        Assert.Single(bench.Rows("SELECT gateway FROM retired_gateway"));
        bench.Wait(minutes: 60);
        Assert.Empty(bench.Told);
        bench.Engine.Health(Gateway, default);
        bench.Wait(minutes: 1);
        Assert.Empty(bench.Rows("SELECT gateway FROM retired_gateway"));
    }

    // Retired by a clock that stood ahead, it would be so until that time has come.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gateway_that_is_back_is_missed_though_the_clock_was_ahead_when_it_was_retired(bool restarts)
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 31);
        Retire(bench);
        bench.Time.Step(TimeSpan.FromDays(-1));
        if (restarts)
        {
            bench.Restart();
        }

        bench.Engine.Health(Gateway, default);
        bench.Wait(minutes: 1);
        Assert.NotEqual(NoticeKind.Firing, bench.Told[^1].Phase);
        Assert.Empty(bench.Rows("SELECT gateway FROM retired_gateway"));
        bench.Wait(minutes: 32);
        Assert.Equal(NoticeKind.Firing, bench.Told[^1].Phase);
    }

    // Two readings in a row that do not come are a silence; half an hour after one is not, where it is read once an hour.
    [Fact]
    public void Channel_that_is_read_once_an_hour_is_silent_after_two_readings_and_not_between_them()
    {
        using var bench = new AlertBench(Silent);
        for (var hour = 0; hour < 6; hour++)
        {
            bench.Store((Now + (60 * hour), 1));
            WaitOnline(bench, minutes: 60);
        }

        WaitOnline(bench, minutes: 59);
        Assert.Empty(bench.Told);
        WaitOnline(bench, minutes: 5);
        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Channel_that_brought_one_value_alone_is_taken_for_one_that_is_read_once_an_hour()
    {
        using var bench = new AlertBench(Silent);
        bench.Store((Now, 1));
        WaitOnline(bench, minutes: 120);
        Assert.Empty(bench.Told);
        WaitOnline(bench, minutes: 2);
        Assert.Equal(["firing 121"], Told(bench));
    }

    [Fact]
    public void What_people_gave_in_once_more_is_nothing_that_was_heard()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 31);
        for (var minute = 0; minute < 10; minute++)
        {
            bench.Store([AlertBench.PointOf(Now - 60 + minute, 1), AlertBench.PointOf(0, 1) with { Gateway = "gz-08" }], isSign: false);
            bench.Wait(minutes: 1);
        }

        Assert.Equal(["firing 31"], Told(bench));
        Assert.Equal(["gz-07"], bench.Rows("SELECT gateway FROM alert_heard"));
    }

    [Fact]
    public void Will_of_the_broker_is_nothing_that_was_heard()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 20);
        bench.Engine.State(Gateway, new StateMessage { On = false, Reason = "will" });
        bench.Wait(minutes: 11);
        Assert.Equal(["firing 31"], Told(bench));
    }

    // What a broker had kept comes at every connect, whether its gateway lives or not.
    [Fact]
    public void State_that_a_broker_had_kept_is_nothing_that_was_heard()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 20);
        bench.Engine.State(Gateway, new StateMessage { On = true });
        bench.Wait(minutes: 11);
        Assert.Equal(["firing 31"], Told(bench));
    }

    [Fact]
    public void Clock_that_is_set_forward_makes_nobody_silent()
    {
        using var bench = new AlertBench(Offline, Silent);
        bench.Store((Now, 1));
        WaitOnline(bench, minutes: 20);
        bench.Time.Step(TimeSpan.FromDays(2));
        bench.Wait(minutes: 10, listeningFor: 2 * 1_440);
        Assert.Empty(bench.Told);
        bench.Wait(minutes: 20);
        Assert.Equal(["offline firing 31"], [.. bench.Told.Select(notice => $"{notice.Rule} firing {notice.Value:F0}")]);
    }

    [Fact]
    public void Clock_that_is_set_back_mutes_nobody()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 20);
        bench.Time.Step(TimeSpan.FromDays(-2));
        bench.Wait(minutes: 10);
        Assert.Empty(bench.Told);
        bench.Wait(minutes: 1);
        Assert.Equal(["firing 31"], Told(bench));
    }

    // The process that heard it is gone, and so is what it measured time by.
    [Fact]
    public void Gateway_that_was_heard_by_a_clock_ahead_is_found_offline_after_its_time()
    {
        using var bench = new AlertBench(Offline);
        bench.Time.Step(TimeSpan.FromDays(30));
        bench.Restart();
        bench.Store((Now, 1));
        bench.Wait(minutes: 1);
        bench.Time.Step(TimeSpan.FromDays(-30));
        bench.Restart();
        bench.Wait(minutes: 1);
        Assert.Empty(bench.Told);
        bench.Wait(minutes: 31);
        Assert.Equal(["firing 31"], Told(bench));
    }

    [Fact]
    public void What_was_noticed_by_a_clock_ahead_is_taken_back_once_it_is_right_and_bars_nothing_after()
    {
        using var bench = new AlertBench(Offline, Silent);
        bench.Store((Now, 1));
        bench.Wait(minutes: 1);
        bench.Time.Step(TimeSpan.FromDays(30));
        bench.Restart();
        bench.Wait(minutes: 31);
        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        bench.Time.Step(TimeSpan.FromDays(-30));
        bench.Restart();
        bench.Engine.Heard(Gateway);
        bench.Wait(minutes: 1);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));
        Assert.Equal("clock", bench.Told[1].Cause);
        Assert.Contains("no all-clear", NoticeText.Of(bench.Told[1], Language.English, TimeSpan.Zero).Sentence, StringComparison.Ordinal);
        bench.Wait(minutes: 30);
        Assert.Equal(NoticeKind.Firing, bench.Told[^1].Phase);
        Assert.Equal(3, bench.Told.Count);
    }

    [Fact]
    public void Restart_repeats_nothing_and_forgets_nothing()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 31);
        bench.Restart();
        bench.Wait(minutes: 31);
        Assert.Equal(["firing 31"], Told(bench));
        bench.Engine.Heard(Gateway);
        for (var minute = 0; minute < 10; minute++)
        {
            bench.Restart();
            bench.Engine.Health(Gateway, default);
            bench.Wait(minutes: 1);
        }

        Assert.Equal(2, bench.Told.Count);
    }

    [Fact]
    public void Time_in_which_nobody_listened_counts_for_nobody()
    {
        using var bench = new AlertBench(Offline, Silent);
        bench.Store((Now, 1));
        bench.Wait(minutes: 1);
        bench.Wait(minutes: 600, listeningFor: 10);
        Assert.Empty(bench.Told);
        bench.Wait(minutes: 21, listeningFor: 31);
        Assert.Equal(["firing 31"], Told(bench));
    }

    [Fact]
    public void Minute_whose_transaction_is_lost_is_told_once()
    {
        using var bench = new AlertBench(Offline);
        bench.Store((Now, 1));
        bench.Wait(minutes: 30);
        bench.WaitAndLose(minutes: 1);
        Assert.Empty(bench.Told);
        bench.Wait(minutes: 0);
        Assert.Equal(["firing 31"], Told(bench));
    }

    [Fact]
    public void Channel_that_is_silent_while_its_gateway_is_there_is_told_once_and_ends_with_its_next_value()
    {
        using var bench = new AlertBench(Silent);
        bench.Store((Now - 1, 1), (Now, 1));
        WaitOnline(bench, minutes: 40);
        Assert.Equal(["firing 31"], Told(bench));

        // The page and the retained state say what people were told, though nothing has come for so long.
        Assert.Equal(AlertPhase.Firing, Assert.Single(bench.Engine.Statuses).Phase);
        bench.Restart();
        WaitOnline(bench, minutes: 40);
        Assert.Single(bench.Told);
        bench.Store((Now + 81, 1));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
    }

    // Its values were on the way all the time: they prove that it was not silent.
    [Fact]
    public void Values_that_come_late_take_the_silence_back()
    {
        using var bench = new AlertBench(Silent);
        bench.Store((Now - 1, 1), (Now, 1));
        WaitOnline(bench, minutes: 40);
        bench.Store([.. Enumerable.Range(1, 39).Select(minute => AlertBench.PointOf(Now + minute, 1))]);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Withdrawn], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Channel_of_a_gateway_that_is_offline_is_quiet_and_has_its_time_when_that_is_back()
    {
        using var bench = new AlertBench(Silent);
        bench.Store((Now - 1, 1), (Now, 1));
        bench.Wait(minutes: 500);
        Assert.Empty(bench.Told);
        WaitOnline(bench, minutes: 29);
        Assert.Empty(bench.Told);
        WaitOnline(bench, minutes: 5);
        Assert.Single(bench.Told);
    }

    [Fact]
    public void Ticks_move_no_other_rule_of_the_channel()
    {
        using var with = new AlertBench(Silent, AlertBench.Ammonium);
        using var without = new AlertBench(AlertBench.Ammonium);
        foreach (var bench in new[] { with, without })
        {
            bench.Store((Now - 1, 20), (Now, 20));
            WaitOnline(bench, minutes: 40);
            bench.Store((Now + 41, 20), (Now + 42, 20));
        }

        static IEnumerable<AlertState> Ammonium(AlertBench bench) =>
            bench.States().Where(state => state.Rule == "nh4-high").Select(state => state.Alert with { Peak = 0 });
        Assert.Equal(Ammonium(without), Ammonium(with));
        Assert.NotEmpty(Ammonium(with));
        Assert.NotEmpty(with.Rows("SELECT 1 FROM alert_input"));
    }

    private static void WaitOnline(AlertBench bench, int minutes)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            bench.Engine.Health(Gateway, default);
            bench.Wait(minutes: 1);
        }
    }

    private static void Retire(AlertBench bench)
    {
        bench.Execute(FormattableString.Invariant(
            $"INSERT INTO retired_gateway VALUES ('pond', 'gz-07', {bench.Time.GetUtcNow().ToUnixTimeMilliseconds()}, 'Li', '')"));
        for (var minute = 0; minute < 10; minute++)
        {
            bench.Wait(minutes: 1);
        }
    }

    private static List<string> Told(AlertBench bench) =>
        [.. bench.Told.Select(notice => FormattableString.Invariant($"{(notice.Phase == NoticeKind.Firing ? "firing" : "over")} {notice.Value:0.###}"))];
}

using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
using static PondSentinel.Tests.Backend.Alerting.AlertBench;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>What becomes of alarms that gateways raise by themselves: one page in all, whatever comes late, twice or never.</summary>
public sealed class GatewayAlarmTests : IDisposable
{
    private static readonly AlertRule Elsewhere = Ammonium with { Station = "elsewhere" };

    private readonly AlertBench bench = new(Start, Ammonium);

    public void Dispose() => bench.Dispose();

    private string[] Told => [.. bench.Told.Select(notice => $"{notice.Phase} {notice.Rule} {Minute(notice.Since)}-{(notice.Until is { } until ? Minute(until) : "")} {notice.Value} peak {notice.Peak}")];

    private int Incidents => bench.Told.Select(notice => notice.Episode).Distinct().Count();

    [Fact]
    public void Alarm_that_no_rule_covers_is_told_itself_with_all_that_the_gateway_says()
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(10));
        alone.Alarm(10, 20, before: 2);
        alone.Time.SetUtcNow(Start.AddMinutes(40));
        alone.Alarm(40, 9, before: 32, peak: 33, raised: false);

        Assert.Equal(
            ["Firing gw-leak Urgent 8- 20 limit 15 The pond leaks", "Cleared gw-leak Urgent 8-40 9 limit 15 The pond leaks"],
            alone.Told.Select(notice => $"{notice.Phase} {notice.Rule} {notice.Severity} {Minute(notice.Since)}-{(notice.Until is { } until ? Minute(until) : "")} {notice.Value} limit {notice.Limit} {notice.Text}"));
        Assert.Equal(33, alone.Told[1].Peak);
        Assert.Equal(("pond", "stream", "gz-07", "stream-nh4", "nh4n"), (alone.Told[0].Site, alone.Told[0].Station, alone.Told[0].Gateway, alone.Told[0].Device, alone.Told[0].Channel));
        Assert.Equal(AlertPhase.Normal, Assert.Single(alone.Engine.Statuses, status => status.Rule.Id == "gw-leak").Phase);
    }

    [Fact]
    public void Alarm_beyond_what_the_probe_measures_is_told_as_a_least_and_is_over_with_the_gateway_s_word()
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(10));
        alone.Alarm(10, 100, before: 2, isBound: true);
        alone.Time.SetUtcNow(Start.AddMinutes(40));
        alone.Alarm(40, 9, before: 32, peak: 100, raised: false);

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], alone.Told.Select(notice => notice.Phase));
        Assert.Equal((true, (bool?)null), (alone.Told[0].Bound, alone.Told[1].Bound));

        // It has waited for its hold, and has not said since when.
        Assert.Contains(" from 2026-07-01 06:08 UTC, at worst ", alone.Told[1].Summary, StringComparison.Ordinal);
        Assert.Contains("is at least 100 mg/L as N, above 15", alone.Told[0].Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 100, true, 100)] // As it was raised, and as it is over.
    [InlineData(true, 100, false, 100)] // By an older gateway, which says nothing of it at the end.
    [InlineData(false, 20, true, 400)] // What was beyond came after the raise.
    public void Worst_of_a_gateway_s_alarm_that_is_over_is_told_as_a_least(bool isBound, double value, bool isPeakBound, double peak)
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(10));
        alone.Alarm(10, value, before: 2, isBound: isBound);
        alone.Time.SetUtcNow(Start.AddMinutes(40));
        alone.Alarm(40, 9, before: 32, peak: peak, raised: false, isPeakBound: isPeakBound);

        Assert.Equal((NoticeKind.Cleared, 9.0, (bool?)null, peak, (bool?)true), (alone.Told[1].Phase, alone.Told[1].Value, alone.Told[1].Bound, alone.Told[1].Peak, alone.Told[1].PeakBound));
        Assert.EndsWith(FormattableString.Invariant($", at worst at least {peak}"), alone.Told[1].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Alarm_of_a_gateway_is_told_with_its_worst_so_far_and_with_what_to_do_in_both_languages()
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(10));
        alone.Alarm(10, 118.5, before: 2, peak: 120.25);

        var told = Assert.Single(alone.Told);
        Assert.Equal((118.5, 120.25, Start.AddMinutes(10)), (told.Value, told.Peak, told.Time));
        Assert.Equal(("The pond leaks", "集液池泄漏", "Close the outlet", "关闭出水口"), (told.Text, told.TextZh, told.Do, told.DoZh));

        // Said again the next day it is the same alarm, and no worse.
        alone.Time.SetUtcNow(Start.AddMinutes(1450));
        alone.Alarm(1450, 120.25, before: 1442);
        alone.Time.SetUtcNow(Start.AddMinutes(1500));
        alone.Alarm(1500, 9, before: 1492, peak: 120.25, raised: false);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], alone.Told.Select(notice => notice.Phase));
        Assert.Equal((Start.AddMinutes(8), 120.25, (bool?)null), (alone.Told[1].Since, alone.Told[1].Peak, alone.Told[1].PeakBound));
    }

    [Fact]
    public void Worst_of_a_gateway_s_alarm_that_was_measured_is_told_as_measured()
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(40));
        alone.Alarm(40, 9, before: 32, peak: 90, raised: false);

        Assert.Null(Assert.Single(alone.Told).PeakBound);
    }

    [Fact]
    public void Alarm_that_an_older_gateway_has_raised_by_one_unchecked_value_is_told_at_once()
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(10));
        alone.Alarm(10, 20, before: 0, flag: QualityFlag.NotEvaluated);

        Assert.Equal(NoticeKind.Firing, Assert.Single(alone.Told).Phase);
    }

    [Fact]
    public void Rule_that_finds_the_same_after_the_gateway_is_silent_and_the_incident_ends_with_the_last_of_them()
    {
        At(4);
        bench.Alarm(4, 20, before: 4);
        Leak(0, 40);
        At(50);
        bench.Alarm(50, 5, before: 50, peak: 20, raised: false);
        Assert.Equal(["Firing gw-leak 0- 20 peak 20"], Told);

        Store(41, 60, 5);
        Assert.Equal(["Firing gw-leak 0- 20 peak 20", "Cleared gw-leak 0-51 5 peak 20"], Told);
        Assert.Equal(1, Incidents);
    }

    [Fact]
    public void Rule_that_was_told_first_takes_the_alarm_in_and_hands_it_over_while_it_goes_on()
    {
        Leak(0, 40);
        At(41);
        bench.Alarm(41, 20, before: 20, severity: Severity.High);
        Store(41, 60, 5);
        Assert.Equal(["Firing nh4-high 0- 20 peak 20"], Told);

        At(70);
        bench.Alarm(70, 5, before: 49, peak: 20, raised: false);
        Assert.Equal(["Firing nh4-high 0- 20 peak 20", "Cleared nh4-high 0-70 5 peak 20"], Told);
        Assert.Equal(1, Incidents);
    }

    [Fact]
    public void Leak_during_an_outage_that_goes_on_is_paged_for_once_at_the_reconnect()
    {
        At(24 * 60);
        bench.Alarm(60, 20, before: 2);
        bench.Alarm(23 * 60, 21, before: 22 * 60);
        Assert.Empty(Told);
        bench.Wait(1);
        Assert.Equal(["Firing gw-leak 58- 21 peak 21"], Told);

        bench.Store((24 * 60, 21));
        Store(0, 57, 5);
        Leak(58, (24 * 60) + 1);
        Assert.Single(Told);
        Store((24 * 60) + 2, (24 * 60) + 20, 5);
        bench.Alarm((24 * 60) + 1, 5, before: 24 * 60, peak: 22, raised: false);
        Assert.Equal(2, Told.Length);
        Assert.Equal(1, Incidents);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leak_that_began_and_ended_in_an_outage_is_late_news_once_whether_events_or_values_come_first(bool eventsFirst)
    {
        At(24 * 60);
        bench.Store((24 * 60, 5));
        if (eventsFirst)
        {
            Events();
            Values();
        }
        else
        {
            Values();
            Events();
        }

        bench.Wait(5);
        Assert.Equal("Past", Assert.Single(bench.Told).Phase.ToString());

        void Events()
        {
            bench.Alarm(64, 20, before: 4, severity: Severity.High);
            bench.Alarm(101, 5, before: 41, peak: 20, raised: false, severity: Severity.High);
        }

        void Values()
        {
            Store(0, 59, 5);
            Leak(60, 100);
            Store(101, 200, 5);
        }
    }

    [Fact]
    public void Leak_within_an_outage_is_late_news_once_in_any_order_of_events_and_values_with_any_restarts_and_doubles() =>
        Gen.Select(Gen.Int[0, 100].Array[12], Gen.Int[0, 100].Array[2], Gen.Int[0, 100].Array[0, 3], Gen.Int[60, 75], Gen.Int[90, 130])
            .Sample((places, events, restarts, raised, over) =>
            {
                using var late = new AlertBench(Start.AddDays(1), Ammonium);
                late.Store((24 * 60, 5));
                void Raise() => late.Alarm(raised, 20, before: raised - 60, severity: Severity.High);
                void Clear() => late.Alarm(over, 5, before: over - 60, peak: 20, raised: false, severity: Severity.High);
                List<(int Place, Action Do)> steps =
                [
                    .. places.Select((place, i) => (place, (Action)(() => late.Store([.. Enumerable.Range(i * 15, 15)
                        .Select(minute => ((double)minute, minute is >= 60 and < 100 ? 20.0 : 5.0))])))),
                    (events.Min(), Raise), (events.Max(), Clear), (events.Max(), Raise),
                    .. restarts.Select(place => (place, (Action)(() => late.Restart()))),
                ];
                foreach (var (_, act) in steps.OrderBy(step => step.Place))
                {
                    act();
                }

                late.Wait(5);
                Assert.Equal(["Past"], late.Told.Select(notice => notice.Phase.ToString()));
            }, iter: TestDepth.Cases(50));

    [Fact]
    public void Events_that_come_twice_or_after_a_restart_change_nothing()
    {
        At(4);
        bench.Alarm(4, 20, before: 4);
        bench.Alarm(4, 20, before: 4);
        bench.Restart();
        bench.Alarm(4, 20, before: 4);
        bench.Restart();
        Assert.Equal(["Firing gw-leak 0- 20 peak 20"], Told);
        Assert.Equal(AlertPhase.Firing, Assert.Single(bench.Engine.Statuses, status => status.Rule.Id == "gw-leak").Phase);

        At(20);
        bench.Alarm(20, 5, before: 20, peak: 20, raised: false);
        bench.Alarm(4, 20, before: 4);
        bench.Alarm(20, 5, before: 20, peak: 20, raised: false);
        bench.Wait(5);
        Assert.Equal(["Firing gw-leak 0- 20 peak 20", "Cleared gw-leak 0-20 5 peak 20"], Told);
    }

    [Fact]
    public void Event_whose_transaction_is_lost_leaves_no_trace()
    {
        At(4);
        bench.AlarmAndLose(4, 20);
        Assert.Empty(Told);
        bench.Alarm(4, 20, before: 4);
        Assert.Single(Told);
    }

    [Fact]
    public void Graver_alarm_than_what_was_told_is_told_by_itself()
    {
        Leak(0, 15);
        At(16);
        bench.Alarm(16, 40, before: 2);
        Assert.Equal(["Firing nh4-high 0- 20 peak 20", "Firing gw-leak 14- 40 peak 40"], Told);
    }

    [Fact]
    public void Leak_beyond_a_mild_exceedance_that_goes_on_is_told_by_itself_though_no_graver_by_name()
    {
        using var mild = new AlertBench(Start, Ammonium with { Id = "mild", Threshold = Ammonium.Threshold with { RaiseLimit = 6, ClearLimit = 5 } });
        for (var minute = 0; minute < 20; minute++)
        {
            mild.Time.SetUtcNow(Start.AddMinutes(minute));
            mild.Store((minute, 8));
        }

        mild.Alarm(19, 40, before: 1, severity: Severity.High);
        Assert.Equal(["Firing mild", "Firing gw-leak"], mild.Told.Select(notice => $"{notice.Phase} {notice.Rule}"));
    }

    [Fact]
    public void Alarm_joins_the_one_of_several_that_tells_as_much_though_a_milder_one_is_newer()
    {
        using var two = new AlertBench(
            Start, Ammonium with { Severity = Severity.Urgent }, Ammonium with { Id = "slow", Severity = Severity.Medium, Threshold = Ammonium.Threshold with { RaiseLimit = 18 } });
        for (var minute = 0; minute < 40; minute++)
        {
            two.Time.SetUtcNow(Start.AddMinutes(minute));
            two.Store((minute, minute < 20 ? 16 : 20));
        }

        Assert.Equal(["nh4-high", "slow"], two.Told.Select(notice => notice.Rule));
        two.Alarm(39, 20, before: 10);
        Assert.Equal(2, two.Told.Count);
    }

    [Fact]
    public void Clock_that_is_set_forward_takes_no_alarm_back_and_one_that_is_set_back_mutes_none()
    {
        At(4);
        bench.Alarm(4, 20, before: 4);
        bench.Wait(1);
        bench.Time.Step(TimeSpan.FromDays(30));
        bench.Wait(1);
        Assert.Single(Told);
        bench.Wait(8 * 24 * 60);
        Assert.Equal(["Firing", "Withdrawn"], bench.Told.Select(notice => notice.Phase.ToString()));

        using var ahead = new AlertBench(Start, Ammonium);
        ahead.Time.Step(TimeSpan.FromDays(1));
        ahead.Alarm(4, 20, before: 4);
        ahead.Time.Step(TimeSpan.FromDays(-1));
        ahead.Wait(5);
        ahead.Wait(1);
        Assert.Single(ahead.Told);
    }

    [Theory]
    [InlineData(10)]
    [InlineData((24 * 60) - 1)]
    [InlineData((24 * 60) + 1)]
    [InlineData((2099 - 2026) * 365.25 * 24 * 60)]
    public void Alarm_of_a_clock_that_is_ahead_however_far_is_one_of_now(double minute)
    {
        bench.Alarm(minute, 20, before: 2);
        Assert.Single(Told);
        Assert.All(bench.Told, notice => Assert.Equal((Start, Start.AddMinutes(-2)), (notice.Time, notice.Since)));
        bench.Wait(5);
        bench.Alarm(minute + 5, 5, before: 7, peak: 20, raised: false);
        Assert.Equal(2, Told.Length);
    }

    [Theory]
    [InlineData(LimitSide.Below, "nh4n", "gz-07")]
    [InlineData(LimitSide.Above, "other", "gz-07")]
    [InlineData(LimitSide.Above, "nh4n", "gz-08")]
    public void Alarm_of_another_side_channel_or_gateway_is_another_incident(LimitSide side, string channel, string gateway)
    {
        Leak(0, 15);
        At(16);
        bench.Alarm(16, side == LimitSide.Above ? 20 : 1, before: 2, side: side, channel: channel, gateway: gateway, severity: Severity.High);
        Assert.Equal(2, Told.Length);
        Assert.Equal(2, Incidents);
    }

    // What people know by one name they hear the end of by that name.
    [Fact]
    public void Alarm_that_was_told_by_itself_and_becomes_graver_is_over_under_its_own_name()
    {
        AlertRule Graver(Severity severity) => Ammonium with
        {
            Severity = severity, Threshold = Ammonium.Threshold with { HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero },
        };
        using var graver = new AlertBench(Start, Graver(Severity.High));
        void Reach(double minute) => graver.Time.SetUtcNow(Start.AddMinutes(minute));
        Reach(3);
        graver.Store((1, 1), (2, 40));
        graver.Alarm(2.5, 40);
        graver.Store((3, 40));
        graver.Restart(Graver(Severity.Urgent));
        Reach(5);
        graver.Store((4, 40));
        graver.Alarm(4.5, 5, raised: false, peak: 40, before: 2);
        graver.Store((5, 1), (6, 1));
        Reach(10);
        graver.Wait(1);

        Assert.All(graver.Told.GroupBy(notice => notice.Episode), notices => Assert.Equal(NoticeKind.Cleared, notices.Last().Phase));
        Assert.Equal(2, graver.Told.Select(notice => notice.Episode).Distinct().Count());
    }

    // It was sent again, or given in once more: the gateway itself has gone on since.
    [Fact]
    public void Word_of_before_by_a_former_limit_does_not_take_back_what_fires_by_the_present_one()
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(120));
        alone.Alarm(120, 40, limit: 20);
        alone.Alarm(60, 16, limit: 15);
        alone.Alarm(70, 5, limit: 15, peak: 16, raised: false, before: 10);
        alone.Wait(2);
        Assert.Equal(["Firing"], alone.Told.Select(notice => notice.Phase.ToString()));
        alone.Alarm(130, 5, limit: 20, peak: 40, raised: false, before: 10);
        alone.Wait(2);
        Assert.Equal(["Firing", "Cleared"], alone.Told.Select(notice => notice.Phase.ToString()));
    }

    [Fact]
    public void Hostile_times_and_numbers_make_no_alert()
    {
        At(0);
        bench.Alarm(-60 * 365.25 * 24 * 60, 20);
        bench.Alarm(0, 5);
        bench.Alarm(0, 20, peak: 20, raised: false);
        bench.Event(0, """{"what":"start","raised":"leak"}""");
        bench.Event(0, """{"what":["raise"]}""");
        bench.Event(0, "{}");
        bench.Wait(60);
        Assert.Empty(Told);
        bench.Alarm(60, 20);
        Assert.Single(Told);
    }

    [Fact]
    public void Gateway_cannot_fill_the_engine_with_alarms()
    {
        using var alone = new AlertBench(Start, Elsewhere);
        for (var i = 0; i < GatewayAlarms.AlarmsMax + 10; i++)
        {
            alone.Alarm(0, 20, name: $"a{i}");
        }

        Assert.Equal(GatewayAlarms.AlarmsMax, alone.Told.Count);
    }

    /// <summary>The battery of its clock is flat; a minute later NTP has set it.</summary>
    // Somebody set it, or a time server that is wrong.
    [Theory]
    [InlineData(50)]
    [InlineData(-400)]
    public void Alarm_of_a_clock_that_went_back_behind_one_that_is_over_is_told(double minute)
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(10));
        alone.Alarm(10, 20);
        alone.Time.SetUtcNow(Start.AddMinutes(100));
        alone.Alarm(100, 9, before: 90, peak: 33, raised: false, number: 2);
        alone.Time.SetUtcNow(Start.AddMinutes(200));
        alone.Alarm(minute, 400, number: 3);
        alone.Wait(3);

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared, NoticeKind.Firing], alone.Told.Select(notice => notice.Phase));
        Assert.Equal(400, alone.Told[^1].Value);

        // What is sent once more is what it was.
        alone.Alarm(10, 20, number: 1);
        alone.Wait(3);
        Assert.Equal(3, alone.Told.Count);
    }

    [Fact]
    public void Start_by_a_clock_that_went_back_ends_what_was_raised_before_it()
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(100));
        alone.Alarm(100, 20);
        alone.Time.SetUtcNow(Start.AddMinutes(200));
        alone.Alarm(-400, 9, before: 90, peak: 33, raised: false, number: 2);
        alone.Alarm(-399, 400, number: 3);
        alone.Wait(3);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared, NoticeKind.Firing], alone.Told.Select(notice => notice.Phase));
        alone.Event(-390, """{"what":"start","raised":[]}""", number: 4);
        Assert.Equal(NoticeKind.Withdrawn, alone.Told[^1].Phase);
        alone.Alarm(-380, 500, number: 5);
        alone.Wait(3);
        Assert.Equal((NoticeKind.Firing, 500.0), (alone.Told[^1].Phase, alone.Told[^1].Value));
    }

    [Theory]
    [InlineData("7q2mzk4a")]
    [InlineData("epochbef")]
    public void End_of_before_that_comes_after_a_leak_ends_no_leak(string epoch)
    {
        using var alone = new AlertBench(Start, Elsewhere);
        alone.Time.SetUtcNow(Start.AddMinutes(200));
        alone.Alarm(200, 400, number: 30);
        alone.Time.SetUtcNow(Start.AddMinutes(205));
        alone.Alarm(10, 20, number: 5, epoch: epoch);
        alone.Alarm(100, 9, before: 90, peak: 33, raised: false, number: 6, epoch: epoch);
        alone.Wait(3);

        Assert.DoesNotContain(alone.Told, notice => notice.Phase == NoticeKind.Cleared);
        Assert.Equal(AlertPhase.Firing, Assert.Single(alone.Engine.Statuses, status => status.Rule.Id == "gw-leak").Phase);
    }

    [Fact]
    public void Start_by_a_clock_that_is_ahead_swallows_nothing_that_is_raised_after_it()
    {
        At(4);
        bench.Alarm(4, 20, before: 4);
        At(10);
        bench.Event(11.9, """{"what":"start","raised":[]}""");
        At(11);
        bench.Alarm(11, 20, before: 1);

        Assert.Equal(
            ["Firing gw-leak", "Withdrawn gw-leak", "Firing gw-leak"], bench.Told.Select(notice => $"{notice.Phase} {notice.Rule}"));
        Assert.Equal(2, Incidents);
    }

    [Fact]
    public void Start_by_the_right_clock_takes_back_what_was_raised_by_one_that_was_ahead()
    {
        At(0);
        bench.Alarm(1.5, 20, before: 1);
        At(0.5);
        bench.Event(0.5, """{"what":"start","raised":[]}""");
        Assert.Equal(["Firing", "Withdrawn"], bench.Told.Select(notice => notice.Phase.ToString()));
        At(1);
        bench.Alarm(1, 20, before: 0.4);
        Assert.Equal(["Firing", "Withdrawn", "Firing"], bench.Told.Select(notice => notice.Phase.ToString()));
    }

    [Fact]
    public void Start_by_a_clock_that_is_a_little_ahead_takes_back_what_was_raised_by_one_that_was_more()
    {
        At(0);
        bench.Alarm(1.9, 20, before: 1);
        At(0.5);
        bench.Event(1, """{"what":"start","raised":[]}""");
        Assert.Equal(["Firing", "Withdrawn"], bench.Told.Select(notice => notice.Phase.ToString()));
        At(3);
        bench.Alarm(3.5, 20, before: 1);
        Assert.Equal(["Firing", "Withdrawn", "Firing"], bench.Told.Select(notice => notice.Phase.ToString()));
    }

    [Fact]
    public void Alarm_that_is_graver_by_its_gateways_word_now_is_told_again_and_ends_once()
    {
        At(4);
        bench.Alarm(4, 20, before: 4, severity: Severity.Medium);
        At(20);
        bench.Alarm(20, 21, before: 20, severity: Severity.Urgent);
        bench.Alarm(20, 21, before: 20, severity: Severity.Urgent);
        At(30);
        bench.Alarm(30, 5, before: 30, peak: 21, raised: false, severity: Severity.Urgent);
        Assert.Equal(
            ["Firing Medium", "Firing Urgent", "Cleared Urgent"], bench.Told.Select(notice => $"{notice.Phase} {notice.Severity}"));
        Assert.Equal(1, Incidents);
    }

    [Fact]
    public void Start_of_a_gateway_that_knows_nothing_of_an_alarm_takes_it_back_and_one_that_goes_on_stays()
    {
        At(4);
        bench.Alarm(4, 20, before: 4);
        bench.Alarm(4, 20, before: 4, name: "other");
        At(10);
        bench.Event(10, """{"what":"start","raised":["other"]}""");
        Assert.Equal(["Firing gw-leak", "Firing gw-other", "Withdrawn gw-leak"], bench.Told.Select(notice => $"{notice.Phase} {notice.Rule}"));

        // What comes late of before the start is no news.
        bench.Alarm(5, 22, before: 5);
        bench.Wait(5);
        Assert.Equal(3, Told.Length);
        At(30);
        bench.Alarm(30, 20, before: 1);
        Assert.Equal(4, Told.Length);
    }

    [Fact]
    public void Alarm_of_a_gateway_that_never_comes_back_is_taken_back_after_a_week_without_word()
    {
        At(4);
        bench.Alarm(4, 20, before: 4);
        bench.Wait(6 * 24 * 60);
        Assert.Single(Told);
        bench.Alarm(6 * 24 * 60, 20, before: 6 * 24 * 60);
        bench.Wait(6 * 24 * 60);
        Assert.Single(Told);
        bench.Wait((24 * 60) + 10);
        Assert.Equal(["Firing", "Withdrawn"], bench.Told.Select(notice => notice.Phase.ToString()));
    }

    [Fact]
    public void Alarm_whose_limit_is_changed_is_taken_back_and_what_it_then_tells_is_another()
    {
        At(4);
        bench.Alarm(4, 40, before: 4, limit: 30);
        At(20);
        bench.Alarm(20, 20, before: 1);

        // Late, so all that is kept is stepped over again: nothing of before the change is.
        bench.Alarm(10, 18, before: 1);
        At(60);
        bench.Alarm(60, 5, before: 51, peak: 20, raised: false);
        Assert.Equal(
            ["Firing gw-leak 0- 40 peak 40", "Withdrawn gw-leak 0-4 40 peak 40", "Firing gw-leak 19- 20 peak 20", "Cleared gw-leak 9-60 5 peak 20"], Told);
        Assert.Equal(2, Incidents);
    }

    [Fact]
    public void Rule_that_takes_its_own_back_leaves_the_alarm_of_the_gateway_standing()
    {
        Leak(0, 15);
        At(16);
        bench.Alarm(16, 20, before: 14, severity: Severity.High);
        Store(0, 15, 5);
        Assert.Single(Told);
        At(30);
        bench.Alarm(30, 5, before: 28, peak: 20, raised: false, severity: Severity.High);
        Assert.Equal(["Firing", "Cleared"], bench.Told.Select(notice => notice.Phase.ToString()));
        Assert.Equal(1, Incidents);
    }

    private static string Minute(DateTimeOffset time) => ((time - Start).TotalMinutes).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void At(double minute) => bench.Time.SetUtcNow(Start.AddMinutes(minute));

    private void Leak(int from, int to) => Store(from, to, 20);

    // A backlog comes in batches, what is measured now one by one.
    private void Store(int from, int to, double value)
    {
        var now = (int)(bench.Time.GetUtcNow() - Start).TotalMinutes;
        foreach (var batch in Enumerable.Range(from, to - from + 1).Where(minute => minute <= now).Chunk(200))
        {
            bench.Store([.. batch.Select(minute => ((double)minute, value))]);
        }

        for (var minute = Math.Max(from, now + 1); minute <= to; minute++)
        {
            At(minute);
            bench.Store((minute, value));
        }
    }
}

using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>What is told again, or late, says of when its number is, and what is known since.</summary>
public sealed class ToldLaterTests
{
    private static readonly AlertRule Mean = AlertBench.Ammonium with
    {
        Statistic = new MeanStatistic { Period = TimeSpan.FromHours(1), IsByClock = true, Complete = 0.5 },
        Threshold = AlertBench.Ammonium.Threshold.ForValuesEvery(TimeSpan.FromHours(1)),
    };

    private static readonly Gen<(int Minute, int Value, bool IsGood)[]> GenValues = Gen.Select(
        Gen.Int[11, 90], Gen.Int[1, 40], Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false))), (minute, value, isGood) => (Minute: minute, Value: value, IsGood: isGood)).Array[0, 30]
        .Select(values => values.DistinctBy(value => value.Minute).ToArray());

    [Fact]
    public void First_notice_that_is_told_at_once_is_as_it_was()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (5, 17), (10, 18));

        Assert.Empty(Assert.Single(bench.Run(10)).Later);
    }

    [Fact]
    public void Reminder_tells_the_newest_value_and_the_worst()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (5, 17), (10, 18));
        bench.Run(10);
        bench.Store((60, 62), (235, 60));

        var message = Assert.Single(bench.Run(260));
        var later = Assert.Single(message.Later);
        Assert.Equal(MessageKind.Reminder, message.Kind);
        Assert.Equal((18.0, AlertBench.Start.AddMinutes(10)), (message.Notices[0].Value, message.Notices[0].Time));
        Assert.Equal((60.0, AlertBench.Start.AddMinutes(235), 62.0, null), (later.Value!.Value, later.Time!.Value, later.Peak, later.None));
    }

    [Fact]
    public void Without_any_value_since_it_says_so()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Run(10);

        var later = Assert.Single(Assert.Single(bench.Run(260)).Later);
        Assert.Equal((null, LaterCause.NoValue, 18.0), (later.Value, later.None, later.Peak));
    }

    [Fact]
    public void Value_of_hours_ago_is_not_taken_for_one_of_now()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Run(10);
        bench.Store((20, 30));

        var later = Assert.Single(Assert.Single(bench.Run(260)).Later);
        Assert.Equal((30.0, LaterCause.NoValue), (later.Value!.Value, later.None));
    }

    [Fact]
    public void What_has_come_and_failed_is_not_taken_for_nothing()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Run(10);
        var failed = AlertBench.PointOf(250, null, QualityFlag.Missing);
        bench.Store([failed with { Value = failed.Value with { Why = Why.NoAnswer } }]);

        var later = Assert.Single(Assert.Single(bench.Run(260)).Later);
        Assert.Equal((null, LaterCause.Unusable, QualityFlag.Missing), (later.Value, later.None, later.UnusableFlag));
        Assert.Equal(WhyTokens.Tokens(Why.NoAnswer), later.UnusableWhy);
    }

    [Fact]
    public void Value_beyond_its_probe_is_told_as_a_least()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Run(10);
        var beyond = AlertBench.PointOf(255, 1000, QualityFlag.Fail);
        bench.Store([beyond with { Value = beyond.Value with { Why = Why.OverRange } }]);

        var later = Assert.Single(Assert.Single(bench.Run(260)).Later);
        Assert.Equal((1000.0, true, 1000.0, true, null), (later.Value!.Value, later.Bound, later.Peak, later.PeakBound, later.None));
    }

    [Fact]
    public void Mean_that_has_not_ended_decides_nothing_yet()
    {
        using var bench = new EngineDeskBench(Mean);
        bench.Store([.. Enumerable.Range(1, 13).Select(i => (i * 10.0, 20.0))]);
        Assert.Single(bench.Run(130));
        bench.Store((140, 50));

        var later = Assert.Single(Assert.Single(bench.Run(380)).Later);
        Assert.Equal(LaterCause.Undecided, later.None);
    }

    [Fact]
    public void Second_line_hears_the_newest_too()
    {
        using var bench = new EngineDeskBench(ChannelPolicy.ForPeople with { EscalateAfter = TimeSpan.FromMinutes(15) }, AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Run(10);
        bench.Store((20, 40));

        var message = Assert.Single(bench.Run(30));
        Assert.Equal((MessageKind.Escalation, 40.0), (message.Kind, Assert.Single(message.Later).Value!.Value));
    }

    [Fact]
    public void What_a_silence_held_back_is_told_with_the_newest()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Silence(60);
        Assert.Empty(bench.Run(10));
        bench.Store((40, 13));

        var message = Assert.Single(bench.Run(80));
        Assert.Equal((MessageKind.Alert, 13.0), (message.Kind, Assert.Single(message.Later).Value!.Value));
    }

    [Fact]
    public void Message_once_made_is_the_same_at_each_attempt_whatever_comes_meanwhile()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Run(10);
        bench.Store((240, 40));
        List<string> tried = [];
        bench.Answer = message =>
        {
            tried.Add(message.ToJson());
            return DeliveryResult.NotNow("busy");
        };
        bench.Run(260);
        bench.Store((265, 80));
        bench.Run(275);

        Assert.True(tried.Count > 1, "It was not tried again.");
        Assert.Single(tried.Distinct());
        Assert.Contains("\"value\":40,", tried[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Message_of_before_that_waits_is_delivered_as_it_is()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Answer = _ => DeliveryResult.NotNow("busy");
        bench.Run(10);
        Assert.Equal(1, bench.Execute("UPDATE notification_message SET body = json_remove(body, '$.later') WHERE standing = 0"));

        bench.Answer = _ => DeliveryResult.Delivered;
        Assert.Equal(18.0, Assert.Single(Assert.Single(bench.Run(20)).Notices).Value);
    }

    [Fact]
    public void Nothing_is_kept_of_what_is_over()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18), (20, 40));
        Assert.Equal([40.0], bench.Newest());
        bench.Store((30, 5), (40, 5));

        Assert.Empty(bench.Newest());
    }

    [Fact]
    public void Of_a_gateways_alarm_it_tells_what_the_gateway_said_and_not_its_worst()
    {
        using var bench = new EngineDeskBench();
        bench.Alarm(10, value: 20, peak: 20);
        bench.Run(10);
        bench.Alarm(100, value: 25, peak: 90);

        var later = Assert.Single(Assert.Single(bench.Run(260)).Later);
        Assert.Equal((25.0, AlertBench.Start.AddMinutes(100), 90.0, LaterCause.Gateway), (later.Value!.Value, later.Time!.Value, later.Peak, later.None));
    }

    [Fact]
    public void That_a_gateways_alarm_goes_on_is_told_with_the_worst_as_that_and_not_as_what_is_now()
    {
        using var bench = new EngineDeskBench();
        bench.Alarm(10, value: 16, peak: 16);
        bench.Run(12);

        // As after its start.
        bench.Alarm(200, value: 400, peak: 400);
        var later = Assert.Single(Assert.Single(bench.Run(260)).Later);
        Assert.Equal((400.0, LaterCause.Gateway), (later.Peak, later.None));
        Assert.Null(later.Time);
    }

    // A gateway's word for it may be any number.
    [Fact]
    public void Silence_that_no_clock_could_have_seen_keeps_nobody_from_hearing_of_it()
    {
        using var bench = new EngineDeskBench();
        bench.Event(10, AlertBench.EventOf(10, """
            {"what":"raise","alarm":"x","st":"far","channel":"c","m":"ph","x":1e300,"q":1,"peak":1e300,"before_ms":0,"side":"above",
             "raise_limit":1,"clear_limit":1,"severity":"urgent","stat":"time without a value","unit":"min"}
            """));
        Assert.Equal("gw-x", Assert.Single(Assert.Single(bench.Run(12)).Notices).Rule);
        Assert.NotEmpty(bench.Run(400));
    }

    [Fact]
    public void Numbers_of_another_statistic_stand_beside_no_other()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store([.. Enumerable.Range(0, 30).Select(i => (i * 10.0, 20.0))]);
        bench.Run(300);
        bench.Restart(Mean);

        var later = Assert.Single(Assert.Single(bench.Run(560)).Later);
        Assert.Equal((null, LaterCause.Unknown), (later.Value, later.None));
    }

    [Fact]
    public void Value_of_a_time_that_has_not_come_is_not_told_as_the_newest()
    {
        using var bench = new EngineDeskBench(AlertBench.Ammonium);
        bench.Store((0, 16), (10, 18));
        bench.Run(10);
        bench.Execute("UPDATE alert_newest SET at_ms = 4000000000000, value = 99");

        var later = Assert.Single(Assert.Single(bench.Run(260)).Later);
        Assert.Equal((null, LaterCause.Unknown), (later.Value, later.None));
    }

    [Fact]
    public void Whatever_the_order_and_after_a_restart_the_newest_is_the_last_that_was_judged() =>
        Gen.Select(GenValues, Gen.Shuffle(Enumerable.Range(0, 30).ToArray()), Gen.Int[0, 29]).Sample(
            (values, order, restartAt) =>
            {
                using var bench = new EngineDeskBench(AlertBench.Ammonium);
                bench.Store((0, 16), (5, 17), (10, 18));
                foreach (var i in order.Where(i => i < values.Length))
                {
                    var point = AlertBench.PointOf(values[i].Minute, values[i].Value, values[i].IsGood ? QualityFlag.Good : QualityFlag.Fail);
                    bench.Store([point]);
                    if (i == restartAt)
                    {
                        bench.Restart(AlertBench.Ammonium);
                    }
                }

                var judged = values.Where(value => value.IsGood).Append((Minute: 10, Value: 18, IsGood: true)).MaxBy(value => value.Minute);
                Assert.Equal(bench.IsOpen ? [judged.Value] : [], bench.Newest());
            });
}

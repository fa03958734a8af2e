using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>The backend's clock stood ahead, and gateways with it: once it is set right, what they measure is not late.</summary>
public sealed class ClockSetBackTests
{
    private const double Ahead = 480;

    private static readonly DateTimeOffset Start = AlertBench.Start;
    private static readonly RewindWindow Narrow = new(TimeSpan.FromHours(2), KeptMin: 20, KeptMax: 200);
    private static readonly RewindWindow Slow = RewindWindow.Default with { RewoundMax = 1 };

    public static TheoryData<string, int> Ways => new()
    {
        { "within a process", 60 }, { "across a restart", 60 }, { "so long that values were folded away", 900 }, { "with little room to step again", 60 },
        { "by the other channel", 60 },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Leak_after_it_is_told_as_one_that_goes_on(string how, int minutes)
    {
        using var bench = Behind(how, minutes);
        Assert.Empty(bench.Told);
        for (var minute = 0; minute < 40; minute++)
        {
            bench.Store([Other(minute), AlertBench.PointOf(minute, 40)]);
            bench.Wait(1);
        }

        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        Assert.InRange(bench.Told[0].Since, Start, Start.AddMinutes(2));
        for (var minute = 40; minute < 60; minute++)
        {
            bench.Store([Other(minute), AlertBench.PointOf(minute, 1)]);
            bench.Wait(1);
        }

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
    }

    [Fact]
    public void Leak_of_a_gateway_that_gathers_for_half_an_hour_is_told_as_one_that_goes_on()
    {
        using var bench = Behind("within a process", 60);
        bench.Health(new GatewayName("pond", "gz-07"), health => health with { Link = new LinkHealth(0, 0, 1800) });
        for (var minute = 0; minute < 120; minute += 30)
        {
            bench.Wait(30);
            bench.Store([.. Enumerable.Range(minute, 30).Select(at => AlertBench.PointOf(at, 40))]);
        }

        var notice = Assert.Single(bench.Told);
        Assert.Equal(NoticeKind.Firing, notice.Phase);
        Assert.InRange(notice.Since, Start, Start.AddMinutes(2));
    }

    [Fact]
    public void Leak_that_ended_while_the_clock_stood_ahead_is_not_told_anew()
    {
        using var bench = new AlertBench(AlertBench.Ammonium);
        Live(bench, 5, 1);
        Live(bench, 25, 40);
        bench.Time.Step(TimeSpan.FromMinutes(Ahead));
        Live(bench, 15, 40);
        Live(bench, 45, 1);
        bench.Time.Step(TimeSpan.FromMinutes(-Ahead));
        Live(bench, 60, 1);

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        Assert.All(bench.States(), state => Assert.Equal(AlertPhase.Normal, state.Alert.Phase));
    }

    [Fact]
    public void Channel_that_is_silent_after_it_is_missed_though_only_that_of_its_condition_speaks()
    {
        using var bench = new AlertBench(AlertBench.Ammonium with
        {
            Id = "silent",
            Statistic = new JointStatistic { Own = new NoValueStatistic(), Conditions = [JointRules.Conductive] },
            Threshold = AlertBench.Ammonium.Threshold with { RaiseLimit = 30, ClearLimit = 30, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero },
        });
        bench.Time.Step(TimeSpan.FromMinutes(Ahead));
        Live(bench, 60, 1);
        bench.Time.Step(TimeSpan.FromMinutes(-Ahead));
        for (var minute = 0; minute < 300; minute++)
        {
            bench.Store([Other((bench.Time.GetUtcNow() - Start).TotalMinutes)]);
            bench.Wait(1);
        }

        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
    }

    // Gateways go by the backend's clock, which is set to and fro, levels rise and fall, and the program starts anew at any time.
    [Fact]
    public void Whatever_a_clock_was_set_to_a_leak_after_it_is_told_once_and_what_was_before_is_over()
    {
        AlertRule[] rules =
        [
            AlertBench.Ammonium,
            AlertBench.Ammonium with { Id = "mean", Statistic = new MeanStatistic { Period = TimeSpan.FromMinutes(12) }, Threshold = AlertBench.Ammonium.Threshold with { HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero } },
            JointRules.With(new JointStatistic { Conditions = [JointRules.Conductive with { IsShown = true }], Own = new CountStatistic { Least = 2, Of = 3, Side = LimitSide.Above } }),
        ];
        var phase = Gen.Select(Gen.Int[-700, 700], Gen.Int[0, 60], Gen.Bool, Gen.Int[0, 3]);
        Gen.Select(phase.Array[1, 5], Gen.Bool).Sample(
            (phases, isNarrow) =>
            {
                using var bench = new AlertBench(isNarrow ? Narrow : RewindWindow.Default, rules);
                foreach (var (offset, minutes, isLeak, restarts) in phases)
                {
                    bench.Time.Step(TimeSpan.FromMinutes(offset));
                    if (restarts == 0)
                    {
                        bench.Restart();
                    }

                    Live(bench, minutes, isLeak ? 40 : 1);
                }

                Live(bench, 45, 1);
                Assert.All(bench.Told.GroupBy(notice => notice.Episode), notices => Assert.NotEqual(NoticeKind.Firing, notices.Last().Phase));
                var before = bench.Told.Count;
                Live(bench, 30, 40);
                Assert.Equal(
                    [("leak", NoticeKind.Firing), ("mean", NoticeKind.Firing), ("nh4-high", NoticeKind.Firing)],
                    bench.Told.Skip(before).Select(notice => (notice.Rule, notice.Phase)).Order());
            },
            iter: TestDepth.Cases(5));
    }

    // By that clock it began in hours that are still to come, or before them.
    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void Leak_that_goes_on_through_it_is_one_and_over_when_values_say_so(int before)
    {
        using var bench = new AlertBench(Start, AlertBench.Ammonium);
        Each(before, minute => bench.Store((minute, 40)), bench);
        bench.Time.Step(TimeSpan.FromMinutes(Ahead));
        Each(20, minute => bench.Store((Ahead + before + minute, 41)), bench);
        Assert.Single(bench.Told);
        bench.Time.Step(TimeSpan.FromMinutes(-Ahead));
        Each(20, minute => bench.Store((before + 20 + minute, 40)), bench);
        Assert.Single(bench.Told);
        Each(20, minute => bench.Store((before + 40 + minute, 1)), bench);

        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));
        Assert.Equal((41.0, Start.AddMinutes(before > 0 ? 0 : 20), Start.AddMinutes(before + 50)), (bench.Told[1].Peak, bench.Told[1].Since, bench.Told[1].Until));
        Assert.Equal(["1"], bench.Rows("SELECT count(*) FROM alert_episode"));
    }

    [Fact]
    public void Many_channels_are_freed_of_it_one_after_the_other()
    {
        static Point[] All(double minute, double value) => [.. Enumerable.Range(0, 5).Select(i => AlertBench.PointOf(minute, value) with { Device = $"probe-{i}" })];
        using var bench = new AlertBench(Slow, AlertBench.Ammonium);
        bench.Time.Step(Start.AddMinutes(Ahead) - bench.Time.GetUtcNow());
        Each(60, minute => bench.Store(All(Ahead + minute, 1)), bench);
        bench.Time.Step(Start - bench.Time.GetUtcNow());
        Each(40, minute => bench.Store(All(minute, 40)), bench);

        Assert.Equal(Enumerable.Repeat(NoticeKind.Firing, 5), bench.Told.Select(notice => notice.Phase));
        Assert.All(bench.Told, notice => Assert.InRange(notice.Since, Start, Start.AddMinutes(6)));
    }

    // As a machine begins that has no clock of its own: the values are true, and what comes meanwhile is ahead of it.
    [Fact]
    public void Clock_that_stands_behind_for_a_while_takes_nothing_back()
    {
        using var bench = new AlertBench(Start, AlertBench.Ammonium);
        Each(60, minute => bench.Store((minute, 40)), bench);
        bench.Time.Step(TimeSpan.FromMinutes(-50));
        bench.Restart();
        bench.Store((60, 40), (-40, 1));
        bench.Wait(1);
        bench.Time.Step(TimeSpan.FromMinutes(50));
        bench.Store((61, 40), (62, 40));
        bench.Wait(1);

        Assert.Equal([NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        Assert.Equal(["63"], bench.Rows("SELECT count(*) FROM alert_sample"));
    }

    [Fact]
    public void Alarm_of_a_gateway_that_was_raised_before_it_is_over_with_the_gateway_s_word()
    {
        using var bench = new AlertBench(Start.AddMinutes(Ahead), AlertBench.Ammonium);
        bench.Alarm(Ahead, 40);
        bench.Wait(1);
        bench.Time.Step(TimeSpan.FromMinutes(-Ahead));
        bench.Wait(1);
        bench.Alarm(10, 5, raised: false, peak: 40, before: 9);
        bench.Wait(1);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], bench.Told.Select(notice => notice.Phase));

        bench.Alarm(20, 40);
        bench.Wait(1);
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared, NoticeKind.Firing], bench.Told.Select(notice => notice.Phase));
        Assert.Single(bench.Told.Select(notice => notice.Rule).Distinct());
    }

    private static AlertBench Behind(string how, int minutes)
    {
        AlertRule[] rules = [how == "by the other channel" ? JointRules.With(new JointStatistic { Conditions = [JointRules.Conductive with { IsShown = true }] }) : AlertBench.Ammonium];
        var bench = new AlertBench(minutes > 60 ? Narrow : how == "with little room to step again" ? Slow : RewindWindow.Default, rules);
        bench.Time.Step(Start.AddMinutes(Ahead) - bench.Time.GetUtcNow());
        bench.Wait(0);
        Each(minutes, minute => bench.Store([Other(Ahead + minute), AlertBench.PointOf(Ahead + minute, 1)]), bench);
        bench.Time.Step(Start - bench.Time.GetUtcNow());
        if (how == "across a restart")
        {
            bench.Restart();
        }

        bench.Wait(0);
        return bench;
    }

    private static void Each(int minutes, Action<double> store, AlertBench bench)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            store(minute);
            bench.Wait(1);
        }
    }

    private static void Live(AlertBench bench, int minutes, double value)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            var at = (bench.Time.GetUtcNow() - Start).TotalMinutes;
            bench.Store([Other(at), AlertBench.PointOf(at, value)]);
            bench.Wait(1);
        }
    }

    private static Point Other(double minute) => AlertBench.OtherOf(minute, 200, "stream", Measurand.Conductivity);
}

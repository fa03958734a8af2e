using PondSentinel.Alerting;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Tests.Gateway.Buffering;

namespace PondSentinel.Tests.Gateway.Alarms;

/// <summary>To the second: how long a siren rings, rests and is silent, what a start makes of what was kept, and what is tried again.</summary>
public sealed class AlarmTimeTests : IDisposable
{
    private static readonly AlarmOptions AtOnce = AlarmBench.Leak with
    {
        Threshold = AlarmBench.Leak.Threshold with { HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero },
    };

    private readonly AlarmBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Siren_rings_for_its_time_and_not_a_second_longer()
    {
        bench.Raise();
        bench.Pass((15 * 60) - 1);
        Assert.True(bench.IsOn("siren"));
        bench.Pass(1);
        Assert.False(bench.IsOn("siren"));
    }

    [Fact]
    public void Siren_that_two_alarms_ring_at_once_ends_with_the_time_of_both()
    {
        bench.Alarms = [AlarmBench.Leak, AlarmBench.Leak with { Id = "trace" }];
        bench.Start();
        bench.Raise();
        bench.Pass(16 * 60);
        Assert.False(bench.IsOn("siren"));
    }

    [Fact]
    public void Silence_ends_at_its_second_and_the_siren_has_all_its_time_again()
    {
        bench.Raise();
        bench.Pass(10 * 60);
        bench.Board.Silence("leak", TimeSpan.FromMinutes(5), "Wang Fang", 1000);
        bench.Pass((5 * 60) - 1);
        Assert.False(bench.IsOn("siren"));
        bench.Pass(1);
        Assert.True(bench.IsOn("siren"));
        bench.Pass(14 * 60);
        Assert.True(bench.IsOn("siren"));
    }

    [Fact]
    public void Silence_is_of_one_life_of_the_machine()
    {
        bench.Raise();
        bench.Board.Silence("leak", TimeSpan.FromHours(1), "Wang Fang", 1000);
        bench.Pass(15);
        Assert.False(bench.IsOn("siren"));
        bench.Reboot();
        bench.Pass(1);
        Assert.True(bench.IsOn("siren"));
    }

    [Fact]
    public void Time_without_power_completes_no_hold_and_is_no_part_of_the_alarm()
    {
        bench.Alarms = [AtOnce, AlarmBench.Leak with { Id = "held", Relays = [] }];
        bench.Start();
        bench.Measure(20, seconds: 61);
        bench.Clocks.Advance(TimeSpan.FromMinutes(10));
        bench.Reboot();
        Assert.Matches("\"before_ms\":[0-9]{1,5},", bench.Events.Last(line => line.Contains("\"raise\"", StringComparison.Ordinal)));
        Assert.False(bench.Measure(20, seconds: 0));
    }

    [Fact]
    public void Relay_rests_for_its_time_and_not_a_second_longer()
    {
        bench.Alarms = [AtOnce];
        bench.Start();
        bench.Measure(20, seconds: 1);
        bench.Measure(5, seconds: 8);
        Assert.True(bench.IsOn("siren"));
        bench.Pass(1);
        Assert.False(bench.IsOn("siren"));
    }

    [Fact]
    public void Probe_is_silent_when_its_time_is_over_and_not_at_its_last_second()
    {
        using var faulty = new AlarmBench(AlarmBench.Pump with { OnFault = OnFault.Trip });
        faulty.Pass(10 * 60);
        Assert.False(faulty.IsOn("pump"));
        faulty.Pass(1);
        Assert.True(faulty.IsOn("pump"));
    }

    [Fact]
    public void Link_that_is_away_for_a_minute_is_lost()
    {
        var isUp = true;
        using var offline = new AlarmBench(AlarmBench.Siren with { IsForOffline = true });
        offline.IsLinked = () => isUp;
        offline.Start();
        offline.Raise();
        isUp = false;
        offline.Pass(59);
        Assert.False(offline.IsOn("siren"));
        offline.Pass(1);
        Assert.True(offline.IsOn("siren"));
    }

    [Fact]
    public void Six_are_told_at_once_in_each_hour_and_then_one_every_five_minutes()
    {
        var pace = new ToldPace();
        for (var hour = 0; hour < 2; hour++)
        {
            for (var i = 0; i < ToldPace.PerHour; i++)
            {
                Assert.True(pace.TryTake(TimeSpan.FromHours(hour)));
            }

            Assert.False(pace.TryTake(TimeSpan.FromHours(hour) + ToldPace.Wait - TimeSpan.FromSeconds(1)));
            Assert.True(pace.TryTake(TimeSpan.FromHours(hour) + ToldPace.Wait));
        }
    }

    [Fact]
    public void Channel_that_stands_twice_in_a_record_counts_once()
    {
        bench.Alarms = [AtOnce with { Statistic = new CountStatistic { Least = 2, Of = 2, Side = LimitSide.Above } }];
        bench.Start();
        Assert.False(bench.Board.Judge("pond-nh4", bench.Clock.Now(), [AlarmBench.Ammonium(20), AlarmBench.Ammonium(20)]));
        bench.Pass(1);
        Assert.True(bench.Measure(20));
    }

    [Fact]
    public void Fault_of_a_relay_that_is_not_wanted_any_more_ends_when_its_line_can_be_had()
    {
        bench.Lines["siren"].Fault = "line 17 of /dev/gpiochip0 cannot be used";
        bench.Raise();
        bench.Pass(1);
        for (var i = 0; i < 4; i++)
        {
            bench.Measure(5);
        }

        Assert.False(bench.Board.Read((alarms, _, _) => alarms[0].IsRaised));
        Assert.NotNull(bench.Board.Read((_, relays, _) => relays[0].Fault));
        bench.Lines["siren"].Fault = null;
        bench.Pass(11);
        Assert.Null(bench.Board.Read((_, relays, _) => relays[0].Fault));
    }

    [Fact]
    public void Relay_that_trips_at_the_other_level_is_another()
    {
        var before = bench.Lines["siren"];
        bench.Follow([AlarmBench.Leak], AlarmBench.Siren with { TripsAtHigh = false }, AlarmBench.Pump);
        Assert.True(before.IsGivenBack);
        Assert.NotSame(before, bench.Lines["siren"]);
    }

    [Fact]
    public void Alarms_that_are_in_the_settings_no_more_are_said_to_be_over_at_the_start()
    {
        bench.Raise();
        bench.Pass(1);
        (bench.Alarms, bench.Relays) = ([], []);
        bench.Start();
        Assert.Equal("- {\"what\":\"start\",\"raised\":[]}", bench.Events.Last());
    }

    [Fact]
    public void What_could_not_be_written_is_tried_again_after_a_minute()
    {
        bench.Pass(1);
        bench.Card.Failure = (_, _) => SimulatedCard.Erofs;
        bench.Board.Silence("leak", TimeSpan.FromHours(1), "Wang Fang", 1000);
        bench.Pass(1);
        bench.Card.Failure = (_, _) => 0;
        bench.Pass(60);
        bench.Start();
        Assert.NotNull(bench.Board.Read((alarms, _, _) => alarms[0].Silenced));
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(2, 2, false)]
    [InlineData(1, 9, false)]
    public void What_was_kept_rings_and_what_another_version_kept_or_no_version_keeps_does_not(int version, int phase, bool rings)
    {
        var text = $$"""{"v":{{version}},"boot":"0f7b8c52-55a1-4b0f-9a53-3a8f5b0c1d2e","alarms":[{"alarm":"leak","definition":"{{AlarmBench.Leak.Definition}}","phase":{{phase}},"since_ms":1,"held_ms":0,"peak":20,"as_of_ms":1000,"memory":""}],"rung":[]}""";
        using (var file = bench.Card.Create("alarms.json", text.Length))
        {
            file.Write(0, System.Text.Encoding.UTF8.GetBytes(text));
        }

        bench.Start();
        Assert.Equal(rings ? AlertPhase.Firing : AlertPhase.Normal, bench.Board.Read((alarms, _, _) => alarms[0].Standing.Phase));
        Assert.Equal(rings, bench.IsOn("siren"));
    }
}

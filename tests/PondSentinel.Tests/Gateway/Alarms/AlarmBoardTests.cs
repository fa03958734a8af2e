using PondSentinel.Alerting;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Control;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Maintenance;

namespace PondSentinel.Tests.Gateway.Alarms;

/// <summary>When the gateway raises an alarm, what it trips by it, and what becomes of both over faults and restarts.</summary>
public sealed class AlarmBoardTests : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly AlarmBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Leak_trips_siren_and_pump_is_told_at_once_and_lets_go_when_it_is_over()
    {
        Assert.False(bench.Measure(20));
        Assert.False(bench.Measure(25));
        Assert.True(bench.Measure(20));
        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));

        bench.Measure(5);
        bench.Measure(5);
        bench.Measure(5);
        Assert.True(bench.Measure(5));
        Assert.False(bench.IsOn("siren") || bench.IsOn("pump"));
        Assert.Equal(
            [
                "- {\"what\":\"start\",\"raised\":[]}",
                """pond-nh4 {"what":"raise","alarm":"leak","st":"pond-a","channel":"nh4n","m":"ammonium_n_mg_l","x":20,"q":1,"peak":25,"before_ms":120000,"side":"above","raise_limit":15,"clear_limit":12,"severity":"urgent","text":"The pond leaks"}""",
                """- {"what":"relay","relay":"siren","on":true,"why":"alarm","alarm":"leak"}""",
                """- {"what":"relay","relay":"pump","on":true,"why":"alarm","alarm":"leak"}""",
                """pond-nh4 {"what":"clear","alarm":"leak","st":"pond-a","channel":"nh4n","m":"ammonium_n_mg_l","x":5,"q":1,"peak":25,"before_ms":360000,"side":"above","raise_limit":15,"clear_limit":12,"severity":"urgent","text":"The pond leaks"}""",
                """- {"what":"relay","relay":"siren","on":false,"why":"over","alarm":"leak"}""",
                """- {"what":"relay","relay":"pump","on":false,"why":"over","alarm":"leak"}""",
            ],
            bench.Events);
    }

    [Fact]
    public void Leak_beyond_what_the_probe_measures_trips_and_only_what_is_measured_ends_it()
    {
        for (var i = 0; i < 3; i++)
        {
            bench.Measure(100, QualityFlag.Fail, Why.OverRange | Why.OutOfBounds);
        }

        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));
        Assert.Contains(
            """pond-nh4 {"what":"raise","alarm":"leak","st":"pond-a","channel":"nh4n","m":"ammonium_n_mg_l","x":100,"q":3,"bound":true,"peak":100,"peak_bound":true,"before_ms":120000,"side":"above","raise_limit":15,"clear_limit":12,"severity":"urgent","text":"The pond leaks"}""",
            bench.Events);
        for (var i = 0; i < 8; i++)
        {
            bench.Measure(0.05, QualityFlag.Fail, Why.OverRange);
        }

        Assert.True(bench.IsOn("pump"));

        // Over a restart it is known, and said again, for what it is.
        bench.Start();
        bench.Measure(20);
        Assert.Equal(2, bench.Events.Count(told => told.Contains("\"x\":100,\"q\":3,\"bound\":true,\"peak\":100,\"peak_bound\":true,", StringComparison.Ordinal)));
        Assert.Contains(
            "\"peak\":100,\"peak_bound\":true,\"side\":\"above\",", JsonLine.Of(MaintenanceBench.Ask(new AlarmList(bench.Board), "{}").Write), StringComparison.Ordinal);
        for (var i = 0; i < 4; i++)
        {
            bench.Measure(5);
        }

        Assert.False(bench.IsOn("pump"));
        Assert.Contains(bench.Events, told => told.Contains("\"what\":\"clear\"", StringComparison.Ordinal) && told.Contains("\"peak\":100,\"peak_bound\":true,", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Why.OverRange | Why.Maintenance)]
    [InlineData(Why.OverRange | Why.Implausible)]
    [InlineData(Why.Spike)]
    public void Failed_value_of_a_probe_that_is_not_in_the_water_trips_nothing(Why why)
    {
        for (var i = 0; i < 5; i++)
        {
            bench.Measure(100, QualityFlag.Fail, why);
        }

        Assert.False(bench.IsOn("siren") || bench.IsOn("pump"));
    }

    [Fact]
    public void Siren_ends_after_its_time_and_the_pump_stays_stopped_until_the_alarm_is_over()
    {
        bench.Raise();
        bench.Pass(14 * 60);
        Assert.True(bench.IsOn("siren"));
        bench.Pass(61);
        Assert.Equal((false, true), (bench.IsOn("siren"), bench.IsOn("pump")));
        Assert.Contains("- {\"what\":\"relay\",\"relay\":\"siren\",\"on\":false,\"why\":\"max\",\"alarm\":\"leak\"}", bench.Events);

        for (var i = 0; i < 60; i++)
        {
            bench.Measure(20);
        }

        Assert.Equal((false, true), (bench.IsOn("siren"), bench.IsOn("pump")));
        for (var i = 0; i < 4; i++)
        {
            bench.Measure(5);
        }

        Assert.False(bench.IsOn("pump"));
        bench.Raise();
        Assert.True(bench.IsOn("siren"));
    }

    [Fact]
    public void Silence_ends_the_siren_alone_and_only_for_its_time()
    {
        bench.Raise();
        bench.Board.Silence("leak", TimeSpan.FromMinutes(5), "Wang Fang", 1000);
        bench.Pass(15);
        Assert.Equal((false, true), (bench.IsOn("siren"), bench.IsOn("pump")));
        Assert.Contains("pond-nh4 {\"what\":\"silence\",\"alarm\":\"leak\",\"who\":\"Wang Fang\",\"uid\":1000,\"for_s\":300}", bench.Events);
        Assert.Contains("- {\"what\":\"relay\",\"relay\":\"siren\",\"on\":false,\"why\":\"silence\",\"alarm\":\"leak\"}", bench.Events);

        bench.Pass(4 * 60);
        Assert.False(bench.IsOn("siren"));
        bench.Pass(60);
        Assert.True(bench.IsOn("siren"));
    }

    [Theory]
    [InlineData(QualityFlag.NotEvaluated, Why.None, true)]
    [InlineData(QualityFlag.Suspect, Why.Spike, true)]
    [InlineData(QualityFlag.Fail, Why.OutOfBounds, false)]
    [InlineData(QualityFlag.Fail, Why.Maintenance, false)]
    [InlineData(QualityFlag.Fail, Why.Calibrating, false)]
    public void Doubted_values_count_failed_and_maintained_ones_do_not(QualityFlag flag, Why why, bool counts)
    {
        for (var i = 0; i < 4; i++)
        {
            bench.Measure(20, flag, why);
        }

        Assert.Equal(counts, bench.IsOn("siren"));
    }

    [Fact]
    public void Maintenance_holds_what_is_tripped_and_is_no_silence_of_the_probe()
    {
        using var faulty = new AlarmBench(AlarmBench.Pump with { OnFault = OnFault.Release });
        faulty.Raise();
        for (var i = 0; i < 60; i++)
        {
            faulty.Measure(1, QualityFlag.Fail, Why.Maintenance);
        }

        Assert.True(faulty.IsOn("pump"));
    }

    [Theory]
    [InlineData(OnFault.Keep, true, false)]
    [InlineData(OnFault.Release, false, false)]
    [InlineData(OnFault.Trip, true, true)]
    public void Probe_that_is_silent_or_bad_does_what_its_relay_was_told(OnFault onFault, bool whileRaised, bool whileQuiet)
    {
        using var faulty = new AlarmBench(AlarmBench.Pump with { OnFault = onFault });
        faulty.Raise();
        for (var i = 0; i < 11; i++)
        {
            faulty.Measure(null);
        }

        Assert.Equal(whileRaised, faulty.IsOn("pump"));
        for (var i = 0; i < 4; i++)
        {
            faulty.Measure(5);
        }

        Assert.False(faulty.IsOn("pump"));
        for (var i = 0; i < 11; i++)
        {
            faulty.Measure(5, QualityFlag.Fail, Why.OutOfBounds);
        }

        Assert.Equal(whileQuiet, faulty.IsOn("pump"));
        Assert.Equal(whileQuiet, faulty.Events.Any(line => line.Contains("\"on\":true,\"why\":\"fault\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Wall_clock_that_steps_neither_rings_nor_mutes()
    {
        bench.Measure(20, seconds: 10);
        bench.Clocks.SetWall(TimeSpan.FromMinutes(20));
        bench.Measure(20, seconds: 10);
        Assert.False(bench.IsOn("siren"));

        bench.Raise();
        bench.Clocks.SetWall(TimeSpan.FromMinutes(20));
        bench.Measure(5, seconds: 10);
        bench.Clocks.SetWall(TimeSpan.FromDays(-900));
        bench.Measure(5, seconds: 0);
        Assert.True(bench.IsOn("siren"));
        bench.Pass(15 * 60);
        Assert.False(bench.IsOn("siren"));
    }

    [Fact]
    public void Siren_for_lost_links_rings_after_a_minute_without_one_and_does_not_stutter_with_it()
    {
        var isUp = true;
        using var offline = new AlarmBench(AlarmBench.Siren with { IsForOffline = true });
        offline.IsLinked = () => isUp;
        offline.Start();
        offline.Raise();
        offline.Pass(120);
        Assert.False(offline.IsOn("siren"));
        isUp = false;
        offline.Pass(50);
        Assert.False(offline.IsOn("siren"));
        offline.Pass(20);
        Assert.True(offline.IsOn("siren"));
        isUp = true;
        offline.Pass(60);
        Assert.True(offline.IsOn("siren"));
    }

    [Fact]
    public void Relay_rests_between_two_switchings_however_fast_its_alarm_flaps()
    {
        var nervous = AlarmBench.Leak with { Threshold = AlarmBench.Leak.Threshold with { HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero } };
        using var flapping = new AlarmBench(AlarmBench.Siren) { Alarms = [nervous] };
        flapping.Start();
        for (var i = 0; i < 300; i++)
        {
            flapping.Measure(i % 2 == 0 ? 20 : 5, seconds: 1);
        }

        Assert.InRange(flapping.Lines["siren"].Switchings, 2, 31);

        // Six at once, then how it stands every five minutes; and nothing stays untold.
        Assert.InRange(flapping.Told.Count(line => line.Contains("\"alarm\":\"leak\"", StringComparison.Ordinal) && !line.Contains("relay", StringComparison.Ordinal)), 6, 7);
        flapping.Measure(20, seconds: 301);
        Assert.Contains("raise", flapping.Told.Last(line => line.StartsWith("pond", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Matches(",\"count\":[0-9]+}$", flapping.Events.Last(line => line.StartsWith("pond", StringComparison.Ordinal)));
    }

    [Fact]
    public void Relay_whose_line_is_taken_is_told_once_and_tried_until_it_can_be_had()
    {
        bench.Lines["siren"].Fault = "line 17 of /dev/gpiochip0 cannot be used";
        bench.Raise();
        bench.Pass(60);
        Assert.True(bench.IsOn("pump"));
        Assert.Single(bench.Events, line => line.Contains("\"fault\":\"line 17", StringComparison.Ordinal));

        bench.Lines["siren"].Fault = null;
        bench.Pass(11);
        Assert.True(bench.IsOn("siren"));
        Assert.EndsWith("{\"what\":\"relay\",\"relay\":\"siren\",\"on\":true,\"why\":\"alarm\",\"alarm\":\"leak\"}", bench.Events.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Siren_that_cannot_be_released_is_said_to_be_on_and_released_as_soon_as_it_can_be_also_at_a_stop()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        bench.Raise();
        bench.Lines["siren"].Fault = "line 17 of /dev/gpiochip0 cannot be used";
        bench.Pass(16 * 60);
        Assert.True(bench.IsOn("siren"));
        Assert.True(bench.Board.Read((_, relays, _) => relays[0].IsOn));
        Assert.Single(bench.Events, line => line.Contains("\"on\":true,\"why\":\"max\",\"alarm\":\"leak\",\"fault\":\"line 17", StringComparison.Ordinal));

        bench.Lines["siren"].Fault = null;
        bench.Pass(11);
        Assert.False(bench.IsOn("siren"));
        Assert.EndsWith("{\"what\":\"relay\",\"relay\":\"siren\",\"on\":false,\"why\":\"max\",\"alarm\":\"leak\"}", bench.Events.Last(), StringComparison.Ordinal);

        bench.Lines["pump"].Fault = "line 27 of /dev/gpiochip0 cannot be used";
        for (var i = 0; i < 4; i++)
        {
            bench.Measure(5);
        }

        Assert.True(bench.IsOn("pump"));
        bench.Lines["pump"].Fault = null;
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await bench.Board.RunAsync(loop: null, stop.Token);
        Assert.False(bench.IsOn("pump"));
    }

    [Fact]
    public async Task Card_that_hangs_keeps_no_siren_from_ringing_nor_from_its_release_at_a_stop()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        using var hangs = new ManualResetEventSlim();
        using var answers = new ManualResetEventSlim();
        bench.Card.BeforeChange = () =>
        {
            hangs.Set();
            answers.Wait();
        };
        bench.Clocks.Advance(Hour);
        bench.Board.Look();
        hangs.Wait(TestContext.Current.CancellationToken);
        Assert.False(bench.Board.Saving.IsCompleted);

        for (var i = 0; i < 3; i++)
        {
            bench.Board.Judge("pond-nh4", bench.Clock.Now(), [AlarmBench.Ammonium(20)]);
            bench.Board.Look();
            bench.Clocks.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var running = bench.Board.RunAsync(loop: null, stop.Token);
        Assert.False(bench.IsOn("siren") || bench.IsOn("pump"));
        Assert.False(running.IsCompleted);

        bench.Card.BeforeChange = null;
        answers.Set();
        await running;
        bench.Start();
        bench.Pass(1);
        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));
    }

    [Fact]
    public void Process_that_is_started_again_goes_on_with_alarm_siren_and_silence_and_says_what_goes_on()
    {
        bench.Raise();
        bench.Pass(5 * 60);
        bench.Start();
        bench.Pass(1);
        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));
        Assert.Equal(2, bench.Told.Count(line => line.Contains("raise\"", StringComparison.Ordinal)));
        Assert.Contains("- {\"what\":\"start\",\"raised\":[\"leak\"]}", bench.Events);

        // Five of its fifteen minutes are over, but for the last one, which may be unwritten.
        bench.Pass(11 * 60);
        Assert.Equal((false, true), (bench.IsOn("siren"), bench.IsOn("pump")));

        bench.Board.Silence("leak", Hour, "Wang Fang", 1000);
        bench.Pass(1);
        bench.Start();
        Assert.NotNull(bench.Board.Read((alarms, _, _) => alarms[0].Silenced));
    }

    [Fact]
    public void Power_cut_in_an_alarm_does_not_end_it_and_time_without_power_counts_for_no_hold()
    {
        bench.Raise();
        bench.Pass(61);
        bench.Board.Silence("leak", Hour, "Wang Fang", 1000);
        bench.Pass(2);
        bench.Clocks.Advance(TimeSpan.FromDays(3));
        bench.Reboot();
        bench.Pass(1);
        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));
        bench.Measure(5, seconds: 1);
        bench.Measure(5, seconds: 1);
        Assert.True(bench.IsOn("pump"));
        bench.Measure(5);
        bench.Measure(5);
        bench.Measure(5);
        bench.Measure(5);
        Assert.False(bench.IsOn("pump"));
    }

    [Fact]
    public void Alarm_with_another_limit_or_without_settings_is_over_and_said_to_be()
    {
        bench.Raise();
        bench.Pass(1);
        bench.Alarms = [AlarmBench.Leak with { Threshold = AlarmBench.Leak.Threshold with { RaiseLimit = 30 } }];
        bench.Start();
        bench.Pass(1);
        Assert.False(bench.IsOn("siren"));
        Assert.EndsWith("{\"what\":\"start\",\"raised\":[]}", bench.Events.Last(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("""{"v":2}""")]
    [InlineData("""{"v":1,"boot":"0f7b8c52-55a1-4b0f-9a53-3a8f5b0c1d2e","alarms":[{"alarm":"leak","definition":"","phase":9}],"rung":[]}""")]
    [InlineData("""{"v":1,"boot":"0f7b8c52-55a1-4b0f-9a53-3a8f5b0c1d2e","alarms":[{"alarm":"leak","definition":"","phase":2,"since_ms":9e18,"held_ms":0,"peak":1,"as_of_ms":1,"memory":""}],"rung":[]}""")]
    [InlineData("""{"v":1,"boot":"0f7b8c52-55a1-4b0f-9a53-3a8f5b0c1d2e","alarms":[{"alarm":"leak","definition":"pond-nh4.nh4n ammonium_n_mg_l Above 15 clear 12 hold 00:02:00 00:03:00 silence 00:30:00","phase":0,"since_ms":0,"held_ms":0,"peak":0,"as_of_ms":4000000000000,"memory":"","silent_until_ms":99999999999,"silent_by":"Li"}],"rung":[]}""")]
    public void File_that_is_damaged_is_no_reason_to_fail_nor_to_ring(string text)
    {
        using (var file = bench.Card.Create("alarms.json", text.Length))
        {
            file.Write(0, System.Text.Encoding.UTF8.GetBytes(text));
        }

        bench.Start();
        Assert.False(bench.IsOn("siren"));
        bench.Raise();
        Assert.True(bench.IsOn("siren"));
    }

    [Fact]
    public void Card_that_takes_nothing_keeps_no_siren_from_ringing()
    {
        bench.Card.Failure = (_, _) => SimulatedCard.Erofs;
        bench.Raise();
        Assert.True(bench.IsOn("siren"));
    }

    [Fact]
    public void Alarm_that_goes_on_is_told_again_each_day()
    {
        bench.Raise();
        for (var i = 0; i < 25; i++)
        {
            bench.Clocks.Advance(Hour);
            bench.Measure(21, seconds: 0);
        }

        Assert.Equal(2, bench.Told.Count(line => line.Contains("raise\"", StringComparison.Ordinal)));
        Assert.Contains("\"before_ms\":86", bench.Events.Last(line => line.Contains("\"raise\"", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_releases_what_is_tripped_and_the_next_process_trips_it_again()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        bench.Raise();
        using var stop = new CancellationTokenSource();
        var running = bench.Board.RunAsync(loop: null, stop.Token);
        await stop.CancelAsync();
        await running;
        Assert.False(bench.IsOn("siren") || bench.IsOn("pump"));
        Assert.EndsWith("\"on\":false,\"why\":\"stop\",\"alarm\":\"leak\"}", bench.Events.Last(), StringComparison.Ordinal);

        bench.Start();
        bench.Pass(1);
        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));
    }

    [Fact]
    public async Task Trial_trips_for_two_seconds_is_told_as_such_and_not_tried_where_something_is_tripped()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        var trying = bench.Board.TestAsync("leak", "Li Na", 1001, TestContext.Current.CancellationToken);
        bench.Board.Look();
        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));
        bench.Pass(3);
        Assert.False(bench.IsOn("siren") || bench.IsOn("pump"));
        bench.Pass(2);
        Assert.Equal([("siren", null), ("pump", null)], await trying);
        Assert.Contains("pond-nh4 {\"what\":\"test\",\"alarm\":\"leak\",\"who\":\"Li Na\",\"uid\":1001}", bench.Events);
        Assert.Contains("- {\"what\":\"relay\",\"relay\":\"siren\",\"on\":true,\"why\":\"test\"}", bench.Events);

        await Refused("relay siren was switched a moment ago and rests; try again in 10s");
        bench.Raise();
        await Refused("relay siren is tripped: there is nothing to try");

        async Task Refused(string why) => Assert.Equal(
            why, (await Assert.ThrowsAsync<ControlRefusedException>(() => bench.Board.TestAsync("leak", "Li Na", 1001, default))).Message);
    }

    [Fact]
    public void Settings_that_say_the_same_disturb_neither_alarm_nor_siren_nor_what_is_told()
    {
        bench.Raise();
        bench.Pass(5 * 60);
        bench.Board.Silence("leak", TimeSpan.FromMinutes(1), "Wang Fang", 1000);
        bench.Pass(61);
        var (told, lines, switchings) = (bench.Events.Count(), bench.Lines["siren"], bench.Lines["siren"].Switchings);

        bench.Follow([AlarmBench.Leak with { Relays = ["siren", "pump"] }], AlarmBench.Siren with { }, AlarmBench.Pump with { });
        bench.Pass(60);

        Assert.Equal(told, bench.Events.Count());
        Assert.Same(lines, bench.Lines["siren"]);
        Assert.Equal((switchings, false, true), (lines.Switchings, lines.IsGivenBack, lines.IsOn));
        Assert.True(bench.IsOn("pump"));
    }

    [Fact]
    public void Hold_goes_on_over_other_settings_and_what_was_rung_counts()
    {
        bench.Measure(20);
        bench.Measure(20);
        bench.Follow([AlarmBench.Leak with { Text = "Call Li Na" }], AlarmBench.Siren, AlarmBench.Pump);
        Assert.True(bench.Measure(20));
        Assert.Contains("\"text\":\"Call Li Na\"", bench.Events.First(line => line.Contains("\"raise\"", StringComparison.Ordinal)), StringComparison.Ordinal);

        // Ten of its fifteen minutes; then it may sound for twelve, on the same line.
        bench.Pass(9 * 60);
        bench.Follow([AlarmBench.Leak with { Severity = Severity.High }], AlarmBench.Siren with { OnMax = TimeSpan.FromMinutes(12) }, AlarmBench.Pump);
        Assert.Contains("\"severity\":\"high\"", bench.Events.Last(), StringComparison.Ordinal);
        bench.Pass(60);
        Assert.True(bench.IsOn("siren"));
        bench.Pass(2 * 60);
        Assert.Equal((false, true), (bench.IsOn("siren"), bench.IsOn("pump")));
        Assert.Equal(2, bench.Lines["siren"].Switchings);
    }

    /// <summary>The leak goes on: who has the siren sound for longer wants to hear it.</summary>
    [Fact]
    public void Siren_that_was_spent_sounds_again_where_it_may_for_longer_as_counted_from_when_it_began()
    {
        bench.Raise();
        bench.Pass(16 * 60);
        Assert.False(bench.IsOn("siren"));

        bench.Follow([AlarmBench.Leak], AlarmBench.Siren with { OnMax = TimeSpan.FromMinutes(30) }, AlarmBench.Pump);
        bench.Pass(60);
        Assert.True(bench.IsOn("siren"));
        bench.Pass(12 * 60);
        Assert.True(bench.IsOn("siren"));
        bench.Pass(2 * 60);
        Assert.False(bench.IsOn("siren"));

        bench.Follow([AlarmBench.Leak], AlarmBench.Siren with { OnMax = TimeSpan.FromMinutes(20) }, AlarmBench.Pump);
        bench.Pass(60);
        Assert.False(bench.IsOn("siren"));

        bench.Follow([AlarmBench.Leak], AlarmBench.Siren with { OnMax = null }, AlarmBench.Pump);
        bench.Pass(60 * 60);
        Assert.True(bench.IsOn("siren"));
    }

    [Fact]
    public void Relay_that_is_no_more_is_released_at_once_and_given_back_and_its_neighbour_does_not_notice()
    {
        bench.Raise();
        var (siren, pump) = (bench.Lines["siren"], bench.Lines["pump"]);
        bench.Follow([AlarmBench.Leak with { Relays = ["pump"] }], AlarmBench.Pump);

        Assert.Equal((false, true), (siren.IsOn, siren.IsGivenBack));
        Assert.Equal((true, false, 1), (pump.IsOn, pump.IsGivenBack, pump.Switchings));
        Assert.EndsWith("{\"what\":\"relay\",\"relay\":\"siren\",\"on\":false,\"why\":\"config\",\"alarm\":\"leak\"}", bench.Events.Last(), StringComparison.Ordinal);
        Assert.Equal(["pump"], bench.Board.Read((_, relays, _) => relays.Select(relay => relay.Options.Id)));

        // And one that comes while its alarm goes on trips.
        bench.Follow([AlarmBench.Leak], AlarmBench.Siren, AlarmBench.Pump);
        bench.Pass(1);
        Assert.True(bench.IsOn("siren"));
    }

    [Fact]
    public void Relay_on_another_line_is_released_before_its_new_line_is_taken_and_goes_on_with_what_was_rung()
    {
        bench.Raise();
        bench.Pass(10 * 60);
        var before = bench.Lines["siren"];
        bench.Follow([AlarmBench.Leak], AlarmBench.Siren with { Line = 22 }, AlarmBench.Pump);
        Assert.Equal((false, true), (before.IsOn, before.IsGivenBack));
        Assert.True(bench.IsOn("siren"));
        bench.Pass((5 * 60) + 1);
        Assert.False(bench.IsOn("siren"));
    }

    [Fact]
    public void Siren_that_leaves_and_cannot_be_released_is_said_to_ring_and_tried_on_until_its_line_is_another_relays()
    {
        bench.Raise();
        var stuck = bench.Lines["siren"];
        stuck.Fault = "line 17 of /dev/gpiochip0 cannot be used";
        bench.Follow([AlarmBench.Leak with { Relays = ["pump"] }], AlarmBench.Pump);
        Assert.Equal(["pump True", "siren True"], bench.Board.Read((_, relays, _) => relays.Select(relay => $"{relay.Options.Id} {relay.IsOn}").ToList()));
        stuck.Fault = null;
        bench.Pass(11);
        Assert.Equal((false, true), (stuck.IsOn, stuck.IsGivenBack));
        Assert.Single(bench.Board.Read((_, relays, _) => relays.ToList()));

        bench.Follow([AlarmBench.Leak], AlarmBench.Siren, AlarmBench.Pump);
        bench.Pass(1);
        stuck = bench.Lines["siren"];
        stuck.Fault = "line 17 of /dev/gpiochip0 cannot be used";
        bench.Follow([AlarmBench.Leak with { Relays = ["horn", "pump"] }], AlarmBench.Siren with { Id = "horn" }, AlarmBench.Pump);
        Assert.True(stuck.IsGivenBack);
        Assert.Equal(["horn", "pump"], bench.Board.Read((_, relays, _) => relays.Select(relay => relay.Options.Id).Order(StringComparer.Ordinal).ToList()));
    }

    [Fact]
    public void Alarm_with_another_limit_begins_anew_and_the_one_before_is_taken_back_and_not_said_to_be_over()
    {
        bench.Raise();
        bench.Follow([AlarmBench.Leak with { Threshold = AlarmBench.Leak.Threshold with { RaiseLimit = 30 } }], AlarmBench.Siren, AlarmBench.Pump);
        bench.Pass(30);
        Assert.False(bench.IsOn("siren") || bench.IsOn("pump"));
        Assert.Contains("- {\"what\":\"start\",\"raised\":[]}", bench.Events.Skip(1));
        Assert.DoesNotContain(bench.Events, line => line.Contains("\"what\":\"clear\"", StringComparison.Ordinal));
        Assert.Contains("- {\"what\":\"relay\",\"relay\":\"pump\",\"on\":false,\"why\":\"config\",\"alarm\":\"leak\"}", bench.Events);

        for (var i = 0; i < 3; i++)
        {
            bench.Measure(31);
        }

        Assert.True(bench.IsOn("siren") && bench.IsOn("pump"));
        bench.Start();
        bench.Pass(1);
        Assert.Equal("normal", bench.Board.Read((alarms, _, _) => alarms[0].Standing.Phase.Word));
    }

    [Fact]
    public void First_alarm_of_a_gateway_is_kept_over_its_restart()
    {
        bench.Follow([]);
        bench.Alarms = [];
        bench.Relays = [];
        bench.Start();
        Assert.False(bench.Measure(20));
        bench.Follow([AlarmBench.Leak], AlarmBench.Siren, AlarmBench.Pump);
        bench.Raise();
        Assert.True(bench.IsOn("pump"));
        (bench.Alarms, bench.Relays) = ([AlarmBench.Leak], [AlarmBench.Siren, AlarmBench.Pump]);
        bench.Start();
        bench.Pass(1);
        Assert.True(bench.IsOn("pump"));
    }

    [Fact]
    public void Verbs_answer_people_at_the_site()
    {
        bench.Raise();
        var answer = JsonLine.Of(MaintenanceBench.Ask(new AlarmList(bench.Board), "{}").Write);
        Assert.Equal(
            """{"alarms":[{"alarm":"leak","channel":"pond-nh4.nh4n","phase":"firing","severity":"urgent","text":"The pond leaks","for_s":120,"peak":20,"silent_s":0}],"relays":[{"relay":"siren","kind":"siren","on":true,"why":"alarm","alarm":"leak","fault":null,"for_s":0},{"relay":"pump","kind":"stop","on":true,"why":"alarm","alarm":"leak","fault":null,"for_s":0}]}""",
            answer);
        Assert.Equal(
            """{"alarm":"leak","for_s":1800}""",
            JsonLine.Of(MaintenanceBench.Ask(new AlarmSilence(bench.Board), """{"alarm":"leak","for_s":1800,"who":"Li Na"}""").Write));
        Assert.Equal(
            "there is no alarm leck; did you mean leak?",
            Assert.Throws<ControlRefusedException>(() => MaintenanceBench.Ask(new AlarmSilence(bench.Board), """{"alarm":"leck","for_s":1800,"who":"Li Na"}""")).Message);
        Assert.Equal(
            "who must be a text of 1 to 64 characters",
            Assert.Throws<ControlRefusedException>(() => MaintenanceBench.Ask(new AlarmSilence(bench.Board), """{"alarm":"leak","for_s":1800,"who":""}""")).Message);
    }
}

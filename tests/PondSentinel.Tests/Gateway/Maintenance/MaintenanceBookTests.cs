using System.Text;
using CsCheck;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Wire;
using static PondSentinel.Tests.Gateway.Maintenance.MaintenanceBench;

namespace PondSentinel.Tests.Gateway.Maintenance;

/// <summary>When something is in maintenance, whatever becomes of clocks, processes and power.</summary>
public sealed class MaintenanceBookTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly MaintenanceBench bench = new();

    [Fact]
    public void Station_takes_all_its_devices_with_it_and_a_device_nobody()
    {
        bench.Begin(Pond, Hour);
        Assert.Equal((true, true, false), (bench.Book.Covers("probe"), bench.Book.Covers("level"), bench.Book.Covers("dust")));

        bench.Book.End(Pond, "Li Na", 1001);
        bench.Begin(Probe, Hour);
        Assert.Equal((true, false, false), (bench.Book.Covers("probe"), bench.Book.Covers("level"), bench.Book.Covers("dust")));
    }

    [Fact]
    public void Beginning_and_end_are_told_with_who_and_why()
    {
        bench.Begin(Probe, Hour);
        bench.Clocks.Advance(10 * Minute);
        bench.Begin(Probe, 2 * Hour);
        bench.Clocks.Advance(5 * Minute);
        bench.Book.End(Probe, "Li Na", 1001);
        bench.Begin(Pond, Minute);
        bench.Clocks.Advance(Minute);
        Assert.False(bench.Book.Covers("probe"));
        Assert.Empty(bench.Book.Current);

        Assert.Equal(
            [
                """maint probe {"what":"begin","of":"device","name":"probe","reason":"cleaning","who":"Wang Fang","uid":1000,"for_s":3600}""",
                """maint probe {"what":"begin","of":"device","name":"probe","reason":"cleaning","who":"Wang Fang","uid":1000,"for_s":7200}""",
                """maint probe {"what":"end","of":"device","name":"probe","why":"off","who":"Li Na","uid":1001,"lasted_s":300}""",
                """maint - {"what":"begin","of":"station","name":"pond-a","reason":"cleaning","who":"Wang Fang","uid":1000,"for_s":60}""",
                """maint - {"what":"end","of":"station","name":"pond-a","why":"time","lasted_s":60}""",
            ],
            bench.Events);
    }

    [Fact]
    public void It_ends_at_its_time_by_the_clock_that_nobody_sets_and_not_before()
    {
        bench.Clocks.Discipline = new Discipline(Synchronised: true, TimeSpan.FromMilliseconds(5));
        bench.Begin(Probe, Hour);
        bench.Clocks.SetWall(TimeSpan.FromDays(3));
        bench.Clocks.Advance(Hour - TimeSpan.FromMilliseconds(1));
        Assert.True(bench.Book.Covers("probe"));
        Assert.Equal(TimeSpan.FromMilliseconds(1), Assert.Single(bench.Book.Current).Left);

        bench.Clocks.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(bench.Book.Covers("probe"));
        Assert.Empty(bench.Book.Current);
    }

    [Fact]
    public async Task It_ends_though_nobody_asks()
    {
        bench.Begin(Probe, Hour);
        SynchronizationContext.SetSynchronizationContext(null);
        using var stop = new CancellationTokenSource();
        var watching = bench.Book.WatchAsync(bench.Clocks, stop.Token);
        bench.Clocks.Run(Hour + TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5));

        Assert.Contains("\"why\":\"time\"", bench.Events.Last(), StringComparison.Ordinal);
        await stop.CancelAsync();
        await watching;
    }

    [Fact]
    public async Task End_that_the_card_did_not_take_is_told_and_tried_again()
    {
        bench.Begin(Probe, Hour);
        bench.Card.Failure = (_, _) => SimulatedCard.Erofs;
        Assert.NotNull(bench.Book.End(Probe, "Li Na", 1001));
        Assert.False(bench.Book.Covers("probe"));

        bench.Card.Failure = (_, _) => 0;
        SynchronizationContext.SetSynchronizationContext(null);
        using var stop = new CancellationTokenSource();
        var watching = bench.Book.WatchAsync(bench.Clocks, stop.Token);
        bench.Clocks.Run(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5));
        await stop.CancelAsync();
        await watching;
        bench.Start();
        Assert.False(bench.Book.Covers("probe"));
    }

    [Fact]
    public void Process_that_is_started_again_goes_on_with_it_to_the_same_moment()
    {
        bench.Begin(Probe, Hour);
        bench.Clocks.Advance(59 * Minute);
        bench.Start();

        Assert.True(bench.Book.Covers("probe"));
        bench.Clocks.Advance(Minute);
        Assert.False(bench.Book.Covers("probe"));
        bench.Start();
        Assert.False(bench.Book.Covers("probe"));
        Assert.Equal(2, bench.Events.Count());
    }

    [Fact]
    public void Machine_without_a_clock_goes_on_with_what_was_left_less_what_may_have_passed_unwritten()
    {
        bench.Begin(Probe, Hour);
        bench.Reboot(off: TimeSpan.FromDays(9));

        Assert.Equal(Hour - MaintenanceBook.UnwrittenMax, Assert.Single(bench.Book.Current).Left);
    }

    [Fact]
    public void Machine_that_is_told_the_time_ends_what_is_long_over()
    {
        bench.Clocks.Discipline = new Discipline(Synchronised: true, TimeSpan.FromMilliseconds(5));
        bench.Start();
        bench.Begin(Probe, Hour);
        bench.Clocks.Discipline = new Discipline(Synchronised: false, TimeSpan.FromSeconds(16));
        bench.Reboot(off: Hour);
        Assert.True(bench.Book.Covers("probe"));

        bench.Clocks.Discipline = new Discipline(Synchronised: true, TimeSpan.FromMilliseconds(5));
        bench.Clocks.Advance(GatewayClock.Settling);
        Assert.False(bench.Book.Covers("probe"));
    }

    /// <summary>However often the machine is started again, it runs in maintenance for no longer than was asked for.</summary>
    [Fact]
    public void Time_that_the_machine_runs_in_maintenance_is_never_more_than_was_asked_for() =>
        Gen.Select(Gen.Int[1, 240], Gen.Select(Gen.Int[1, 60], Gen.Bool).Array[1, 80]).Sample(
            (minutes, lives) =>
            {
                var site = new MaintenanceBench();
                SynchronizationContext.SetSynchronizationContext(null);
                site.Begin(Probe, TimeSpan.FromMinutes(minutes));
                var spent = TimeSpan.Zero;
                foreach (var (ticks, isReboot) in lives)
                {
                    using var stop = new CancellationTokenSource();
                    var watching = site.Book.WatchAsync(site.Clocks, stop.Token);
                    for (var i = 0; i < ticks && site.Book.Covers("probe"); i++)
                    {
                        site.Clocks.Advance(TimeSpan.FromSeconds(10));
                        spent += TimeSpan.FromSeconds(10);
                    }

                    stop.Cancel();
                    if (isReboot)
                    {
                        site.Reboot();
                    }
                    else
                    {
                        site.Start();
                    }
                }

                Assert.InRange(spent, TimeSpan.Zero, TimeSpan.FromMinutes(minutes));
            },
            iter: TestDepth.Cases(60),
            threads: 1);

    [Fact]
    public void Power_cut_at_any_moment_leaves_what_was_in_maintenance_before_or_after()
    {
        var random = new Random(7);
        for (var cut = 1L; ; cut++)
        {
            var site = new MaintenanceBench();
            site.Begin(Pond, Hour);
            site.Card.CutAt = site.Card.Calls + cut;
            var wasCut = false;
            try
            {
                site.Book.Begin(Probe, "pump out", "Li Na", 1001, Hour);
            }
            catch (PowerCutException)
            {
                wasCut = true;
            }

            site.Card.CutPower(random);
            site.Reboot();
            var after = site.Book.Current.Select(each => each.Period.Of).ToList();
            Assert.Contains(Pond, after);
            Assert.True(wasCut || after.Contains(Probe));
            Assert.DoesNotContain(site.Journal.Lines, line => line.Contains("cannot be read", StringComparison.Ordinal));
            if (!wasCut)
            {
                Assert.True(cut > 4);
                return;
            }
        }
    }

    [Fact]
    public void Card_that_takes_nothing_is_said_to_whoever_asks_and_the_maintenance_begins()
    {
        bench.Card.Failure = (call, _) => call == "create" ? SimulatedCard.Erofs : 0;

        Assert.Equal("create of maintenance.json.new fails", bench.Book.Begin(Probe, "cleaning", "Wang Fang", 1000, Hour));
        Assert.True(bench.Book.Covers("probe"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"v\":2,\"periods\":[]}")]
    [InlineData("{\"v\":1}")]
    [InlineData("{\"v\":1,\"periods\":[{}]}")]
    [InlineData("{\"v\":1,\"periods\":[7]}")]
    [InlineData("{\"v\":\"1\"}")]
    [InlineData("{\"v\":1,\"periods\":[{\"station\":false,\"name\":\"probe\",\"reason\":\"r\",\"who\":\"w\",\"uid\":1,\"length_ms\":9223372036854775807,\"boot\":\"00000000-0000-0000-0000-000000000000\",\"ends_boot_ms\":1,\"earlier_boot\":false,\"left_ms\":1}]}")]
    public void File_that_was_spoilt_means_nothing_is_in_maintenance_and_the_journal_says_so(string text)
    {
        Spoil(Encoding.UTF8.GetBytes(text));

        Assert.Empty(bench.Book.Current);
        Assert.StartsWith("what was in maintenance before this start cannot be read", bench.Journal.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_any_bytes_is_no_danger()
    {
        bench.Begin(Probe, Hour);
        var good = bench.Card.Bytes(FileName).ToArray();
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                var bytes = good.ToArray();
                foreach (var (place, value) in changes)
                {
                    bytes[place] = value;
                }

                Spoil(bytes);
                Assert.All(bench.Book.Current, each => Assert.InRange(each.Left, TimeSpan.Zero, MaintenancePeriod.LengthMax));
            },
            iter: TestDepth.Cases(400),
            threads: 1);
    }

    [Fact]
    public void End_that_a_wrong_digit_moved_far_away_is_no_later_than_was_asked_for()
    {
        bench.Begin(Probe, Hour);
        var text = Encoding.UTF8.GetString(bench.Card.Bytes(FileName));
        Spoil(Encoding.UTF8.GetBytes(text.Replace("\"ends_boot_ms\":", "\"ends_boot_ms\":9999", StringComparison.Ordinal)));

        Assert.InRange(Assert.Single(bench.Book.Current).Left, TimeSpan.Zero, Hour);
    }

    [Fact]
    public void What_is_no_longer_in_the_settings_is_no_longer_in_maintenance()
    {
        bench.Begin(Probe, Hour);
        bench.Start(without: "probe");

        Assert.Empty(bench.Book.Current);
        Assert.Contains("\"why\":\"config\"", bench.Events.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_turns_it_on_and_off_all_day_floods_no_link()
    {
        for (var i = 0; i < 10; i++)
        {
            bench.Begin(Probe, Hour);
            bench.Book.End(Probe, "Wang Fang", 1000);
        }

        Assert.Equal(6, bench.Events.Count());
        bench.Clocks.Advance(Hour);
        bench.Begin(Probe, Hour);
        Assert.EndsWith("\"for_s\":3600,\"count\":14}", bench.Events.Last(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"of\":\"probe\",\"reason\":\"cleaning\",\"who\":\"Li Na\",\"for_s\":14401}", "for_s must be a whole number from 60 to 14400")]
    [InlineData("{\"of\":\"probe\",\"who\":\"Li Na\"}", "reason is missing")]
    [InlineData("{\"of\":\"probe\",\"reason\":\"cleaning\"}", "who is missing")]
    [InlineData(
        "{\"of\":\"pond-b\",\"reason\":\"cleaning\",\"who\":\"Li Na\"}",
        "there is no device and no station with a device of the name pond-b; there are the devices dust, level, probe and the stations pond-a, yard")]
    [InlineData("{\"of\":\"station:probe\",\"reason\":\"cleaning\",\"who\":\"Li Na\"}", "there is no device and no station with a device of the name station:probe; there are the devices dust, level, probe and the stations pond-a, yard")]
    public void Request_that_cannot_be_done_is_refused(string body, string why)
    {
        Assert.Equal(why, Assert.Throws<ControlRefusedException>(() => Ask(new MaintenanceOn(bench.Book), body)).Message);
        Assert.Empty(bench.Events);
    }

    [Fact]
    public void What_is_in_no_maintenance_cannot_be_ended_and_one_of_its_station_is_named()
    {
        string Refusal(string of) => Assert.Throws<ControlRefusedException>(
            () => Ask(new MaintenanceOff(bench.Book), $"{{\"of\":\"{of}\",\"who\":\"Li Na\"}}")).Message;

        Assert.Equal("device probe is not in maintenance", Refusal("probe"));
        Ask(new MaintenanceOn(bench.Book), "{\"of\":\"station:pond-a\",\"reason\":\"cleaning\",\"who\":\"Li Na\"}");
        Assert.Equal("probe is in maintenance with its station: end that of pond-a", Refusal("device:probe"));
        Assert.Equal(MaintenancePeriod.LengthUsual, Assert.Single(bench.Book.Current).Left);
    }

    [Fact]
    public void Value_fails_whatever_is_known_of_it_and_what_is_missing_stays_so()
    {
        ChannelValue Of(double? value, QualityFlag flag, Why why) =>
            new() { Channel = "ph", Measurand = Measurand.Ph, Value = value, Flag = flag, Why = why };

        Assert.Equal(
            [
                Of(7, QualityFlag.Fail, Why.Maintenance),
                Of(3, QualityFlag.Fail, Why.Maintenance | Why.OutOfBounds),
                Of(null, QualityFlag.Missing, Why.Maintenance | Why.NoAnswer),
            ],
            MaintenanceMark.On([Of(7, QualityFlag.Good, Why.None), Of(3, QualityFlag.Suspect, Why.OutOfBounds), Of(null, QualityFlag.Missing, Why.NoAnswer)], Why.Maintenance));
    }

    private void Spoil(byte[] bytes)
    {
        using (var file = bench.Card.Create(FileName, bytes.Length))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        bench.Start();
    }
}

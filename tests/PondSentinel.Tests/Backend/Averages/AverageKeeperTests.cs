using System.Diagnostics;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Averages;

public sealed class AverageKeeperTests
{
    private const string Day = "[[average]]\nid = \"day\"\nkind = \"pm10-24h-gb\"\n";
    private const string Rolling = "[[average]]\nid = \"roll\"\nkind = \"pm10-rolling24\"\n";

    [Theory]
    [InlineData(20, 150.0)]
    [InlineData(19, null)]
    public void Day_with_too_few_hours_is_no_data_and_never_fine(int hours, double? expected)
    {
        using var bench = new AverageBench(Day);
        bench.Store(Hours(0, hours, 150.4));
        bench.Store(AverageBench.PointOf((24 * 60) + 1, 3));

        var day = Assert.Single(bench.Told);
        Assert.Equal((expected, hours), (day.Value.Value, bench.Keeper.Newest[0].Value.Valid));
        Assert.Equal(expected is null ? QualityFlag.Missing : QualityFlag.Good, day.Value.Flag);
        Assert.Equal(AverageBench.Start.AddDays(1).ToUnixTimeMilliseconds(), day.TimeMs);
    }

    [Fact]
    public void Direction_is_not_averaged_but_by_its_vectors_at_the_gateway()
    {
        List<Problem> problems = [];
        AverageConfiguration.Read(
            TomlSection.Parse("b.toml", "[[average]]\nkind = \"mean-1h\"\nmeasurand = \"wind_direction_deg\"", problems), problems);

        Assert.Contains("wind-vector-direction", Assert.Single(problems).ToString(), StringComparison.Ordinal);
    }

    // A storm stops its instrument: the day ends all the same, by the backend's clock.
    [Fact]
    public void Day_of_an_instrument_that_died_is_told_a_quarter_of_an_hour_after_its_end()
    {
        using var bench = new AverageBench(Day);
        bench.Store(Hours(0, 21, 400));
        bench.Wait(AverageBench.Start.AddDays(1).AddMinutes(14));
        Assert.Empty(bench.Told);
        bench.Wait(AverageBench.Start.AddDays(1).AddMinutes(16));
        Assert.Equal(400, Assert.Single(bench.Told).Value.Value);

        // What was under way for long opens it again.
        bench.Store(Hours(21, 24, 40));
        Assert.Equal((true, 355.0), (bench.Told[^1].IsRevision, bench.Told[^1].Value.Value));
        Assert.Equal(24, Assert.Single(bench.Keeper.Newest).Value.Valid);
        bench.Wait(AverageBench.Start.AddDays(3));
        Assert.Single(bench.Windows());
    }

    [Fact]
    public void Rolling_mean_runs_out_when_nothing_comes_any_more_and_then_says_nothing()
    {
        using var bench = new AverageBench(Rolling);
        bench.Store(Hours(0, 24, 60));
        bench.Wait(AverageBench.Start.AddDays(10));
        var told = bench.Windows();
        Assert.Equal(47, told.Count);
        Assert.Equal(13, told.Count(window => window.Value.Value == 60));
        Assert.Equal(new WindowValue(null, null, 1), told[^1].Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_clock_told_that_was_ahead_is_taken_back_when_it_is_right_and_hides_nothing_that_comes(bool restarts)
    {
        using AverageBench right = new(Rolling + Day), ahead = new(Rolling + Day);
        foreach (var bench in new[] { right, ahead })
        {
            bench.Store(Hours(0, 24, 60));
            bench.Wait(AverageBench.Start.AddHours(24).AddMinutes(16));
        }

        ahead.Wait(AverageBench.Start.AddDays(10));
        Assert.Equal(47, ahead.Windows().Count(window => window.Average == "roll"));
        if (restarts)
        {
            ahead.Restart();
        }

        ahead.Wait(AverageBench.Start.AddHours(24).AddMinutes(17));
        Assert.Equal(right.Windows(), ahead.Windows());
        Assert.Equal(Shown(right), Shown(ahead));
        foreach (var bench in new[] { right, ahead })
        {
            bench.Store(Hours(24, 26, 120));
            bench.Wait(AverageBench.Start.AddHours(26).AddMinutes(16));
        }

        Assert.Equal(right.Windows(), ahead.Windows());
        Assert.Equal(Shown(right), Shown(ahead));
        Assert.False(ahead.Told[^1].IsRevision);
        ahead.Restart();
        Assert.Equal(Shown(right), Shown(ahead));

        static IEnumerable<(string, long, WindowValue)> Shown(AverageBench bench) =>
            bench.Keeper.Newest.Select(average => (average.Average.Id, average.EndMs, average.Value)).Order();
    }

    [Fact]
    public void Revision_that_takes_values_back_takes_the_mean_back()
    {
        using var bench = new AverageBench(Day);
        bench.Store(Hours(0, 20, 90));
        bench.Store(AverageBench.PointOf((24 * 60) + 1, 3));
        Assert.Equal(90, bench.Told[^1].Value.Value);

        bench.Store([.. Hours(3, 4, 90).Select(point => point with { IsRevision = true, Value = point.Value with { Flag = QualityFlag.Fail } })]);
        Assert.Equal((true, null, QualityFlag.Missing), (bench.Told[^1].IsRevision, bench.Told[^1].Value.Value, bench.Told[^1].Value.Flag));
        Assert.Equal(AveragePoint.NoData, Assert.Single(bench.Keeper.Newest).State);
    }

    [Fact]
    public void Records_of_31_days_ago_open_their_windows_and_older_ones_change_nothing()
    {
        using var bench = new AverageBench(Rolling);
        bench.Store(AverageBench.PointOf((40 * 24 * 60) + 30, 5));
        bench.Store(Hours(40 * 24 - 744, 40 * 24 - 720, 70));
        Assert.Equal(13, bench.Windows().Count(window => window.Value.Value == 70));
        var before = bench.Windows();
        bench.Store(Hours(0, 24, 70));
        Assert.Equal(before, bench.Windows());
    }

    [Fact]
    public void What_is_newest_is_known_after_a_restart_and_forgotten_with_its_average()
    {
        using var bench = new AverageBench(Day + Rolling);
        bench.Store(Hours(0, 25, 80));
        var before = bench.Keeper.Newest.OrderBy(newest => newest.Average.Id, StringComparer.Ordinal).ToList();
        Assert.Equal(["day", "roll"], before.Select(newest => newest.Average.Id));
        bench.Restart();
        Assert.Equal(before, bench.Keeper.Newest.OrderBy(newest => newest.Average.Id, StringComparer.Ordinal));

        // Another meaning is another average; hours are still there.
        bench.Restart(Day + "needed = 12\n");
        Assert.Empty(bench.Keeper.Newest);
        Assert.Equal((0, 25), (bench.Count("average_window"), bench.Count("average_hour")));
        bench.Restart("[[average]]\nkind = \"ph-mean\"\n");
        Assert.Equal((0, 0), (bench.Count("average_hour"), bench.Count("average_series")));
    }

    [Fact]
    public void What_a_later_version_has_begun_holds_up_nobody()
    {
        using var bench = new AverageBench(Rolling);
        bench.Store(Hours(0, 3, 50));
        using (var command = bench.Connection.CreateCommand())
        {
            command.CommandText = "UPDATE average_series SET measurand = 'taste', waits = 1";
            command.ExecuteNonQuery();
        }

        bench.Restart();
        bench.Store(Hours(0, 3, 50));
        bench.Wait(AverageBench.Start.AddDays(1));
        Assert.Equal(1, bench.Count("average_series"));
    }

    [Fact]
    public void State_is_bounded_whatever_comes()
    {
        using var bench = new AverageBench(Rolling);
        for (var day = 0; day < 100; day++)
        {
            bench.Store(Hours(day * 24, (day + 1) * 24, 50, perHour: 4));
        }

        Assert.InRange(bench.Count("average_hour"), 1, 744 + 24 + 720 + 4);
        Assert.InRange(bench.Count("average_hour WHERE samples <> x''"), 1, 744 + 24 + 4);
    }

    [Fact]
    public async Task Channel_that_is_gone_is_dropped_while_the_clock_is_vouched_for_and_begins_anew_with_what_is_whole()
    {
        using AverageBench bench = new(Rolling), fresh = new(Rolling);
        bench.Store(Hours(0, 48, 60));
        bench.Wait(AverageBench.Start.AddDays(4));
        bench.Wait(AverageBench.Start.AddDays(70));
        Assert.Equal(47 + 24, bench.Windows().Count); // the store has none of them yet

        await bench.WriteAsync(new FakeStore());
        bench.Clock.IsSynchronised = false;
        bench.Wait(AverageBench.Start.AddDays(70));
        bench.Clock.IsSynchronised = true;
        bench.Wait(AverageBench.Start.AddDays(2 + 61));
        Assert.Equal(47 + 24, bench.Windows().Count);
        bench.Wait(AverageBench.Start.AddDays(2 + 63));
        Assert.Equal((0, 0, 1), (bench.Count("average_hour"), bench.Count("average_window"), bench.Count("average_series")));
        Assert.Empty(bench.Keeper.Newest);

        // What comes of before is late, and what comes of then begins where nothing was dropped.
        var told = bench.Told.Count;
        bench.Store(Hours(20, 40, 90));
        Assert.Equal((0, told), (bench.Count("average_hour"), bench.Told.Count));
        bench.Restart();
        foreach (var each in new[] { bench, fresh })
        {
            each.Store(Hours(50, 80, 30));
            each.Wait(AverageBench.Start.AddHours(80).AddMinutes(16));
        }

        var whole = Hour(AverageBench.Start.AddHours(49)) + 23;
        Assert.NotEmpty(bench.Windows());
        Assert.Equal(fresh.Windows().Where(window => window.EndHour >= whole), bench.Windows());

        static long Hour(DateTimeOffset at) => at.ToUnixTimeSeconds() / 3600;
    }

    [Fact]
    public async Task Store_that_was_away_gets_each_window_as_it_stands_and_none_twice()
    {
        using var bench = new AverageBench(Day);
        var store = new FakeStore { Before = () => throw new StoreUnavailableException("away") };
        bench.Store(Hours(0, 20, 90));
        bench.Store(AverageBench.PointOf((24 * 60) + 1, 3));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.WriteAsync(store));

        // What changes while the store writes is written once more.
        store.Before = null;
        store.After = () =>
        {
            store.After = null;
            bench.Store(Hours(20, 24, 30));
        };
        await bench.WriteAsync(store);
        Assert.Equal((90, 20), (store.Averages.Single().Value.Value, store.Averages.Single().Value.Hours));
        await bench.WriteAsync(store);
        Assert.Equal(
            new AveragePoint
            {
                Of = SeriesKey.Of(AverageBench.PointOf(0, 0)), Average = "day", EndMs = AverageBench.Start.AddDays(1).ToUnixTimeMilliseconds(),
                Value = 80, Mean = 80, Hours = 24, Needed = 20, Length = 24,
            },
            store.Averages.Single().Value);
        var writes = store.Writes;
        await bench.WriteAsync(store);
        Assert.Equal(writes, store.Writes);
    }

    [Fact]
    public void Both_means_of_ph_and_thirty_days_of_ammonia_are_made_of_all_their_channels()
    {
        using var bench = new AverageBench(
            """
            [[average]]
            kind = "ph-mean"
            [[average]]
            kind = "ph-mean-ion"
            [[average]]
            kind = "ammonia-30d"
            ph = "dust.ph"
            temperature = "dust.t"
            """);
        Point[] Of(Measurand measurand, string channel, Func<int, double> value, int from, int to) =>
            [.. Enumerable.Range(from, to - from).Select(hour => AverageBench.PointOf((hour * 60) + 60, value(hour), measurand: measurand, channel: channel))];
        var (total, ph, water) = (
            Of(Measurand.TotalAmmoniaNitrogen, "tan", _ => 2.4, 0, 745), Of(Measurand.Ph, "ph", hour => hour % 2 == 0 ? 6 : 8, 0, 745),
            Of(Measurand.WaterTemperature, "t", _ => 20, 0, 745));
        bench.Store(total);
        Assert.DoesNotContain(bench.Windows(), window => window.Value.Value is not null);
        bench.Store(water);
        bench.Store(ph);
        bench.Wait(bench.Time.GetUtcNow());

        Assert.Equal(7, bench.Windows().First(window => window.Average == "ph-mean").Value.Value);
        Assert.Equal(6.297, bench.Windows().First(window => window.Average == "ph-mean-ion").Value.Value!.Value, 3);

        // EPA 822-R-13-001: 1.9 mg/L at pH 7 and 20 °C.
        var month = bench.Windows().Last(window => window.Average == "ammonia-30d").Value;
        Assert.Equal(2.4 / 1.9, month.Value!.Value, 9);
        Assert.Equal((2.4, 720), (Math.Round(month.Mean!.Value, 9), month.Valid));
    }

    // 460 µg/m³ lies where the tables of 2018 and 2024 differ.
    [Theory]
    [InlineData("kind = \"aqi-us\"", 340, "AQI of the day (US)")]
    [InlineData("kind = \"aqi-us\"\ntable = 2024", 340, "AQI of the day (US)")]
    [InlineData("kind = \"aqi-us\"\ntable = 2018", 345, "AQI of the day (US, table of 2018)")]
    [InlineData("kind = \"nowcast-aqi\"\ntable = 2018", 345, "AQI of the NowCast (US, table of 2018)")]
    [InlineData("kind = \"iaqi-cn\"", 350, "IAQI of the day (HJ 633-2012)")]
    [InlineData("kind = \"iaqi-cn\"\nbreakpoints = \"0:0,230:100,460:200\"", 200, "IAQI of the day (own breakpoints)")]
    public void Index_is_read_from_the_table_that_is_said(string toml, double index, string label)
    {
        using var bench = new AverageBench($"[[average]]\n{toml}\n");
        bench.Store(Hours(0, 24, 460));
        bench.Store(AverageBench.PointOf((24 * 60) + 1, 3));
        Assert.Equal((index, label), (bench.Windows()[^1].Value.Value!.Value, bench.Keeper.Newest[0].Average.Label));
    }

    [Fact]
    public void Average_by_another_table_is_another_and_one_by_its_own_table_is_not()
    {
        string Text(string more) => AverageBench.Read("[[average]]\nkind = \"aqi-us\"\n" + more)[0].Text;
        Assert.Equal(Text(""), Text("table = 2024"));
        Assert.NotEqual(Text(""), Text("table = 2018"));
    }

    [Fact]
    public void Four_days_of_much_ammonia_are_told_for_as_long_as_the_month_holds_them()
    {
        using var bench = new AverageBench("[[average]]\nkind = \"ammonia-4d\"\nph = \"dust.ph\"\ntemperature = \"dust.t\"\n");
        for (var hour = 1; hour <= 24 * 45; hour++)
        {
            bench.Store(
                AverageBench.PointOf(hour * 60, hour is > 240 and <= 336 ? 5.2 : 0.1, measurand: Measurand.TotalAmmoniaNitrogen, channel: "tan"),
                AverageBench.PointOf(hour * 60, 7, measurand: Measurand.Ph, channel: "ph"),
                AverageBench.PointOf(hour * 60, 20, measurand: Measurand.WaterTemperature, channel: "t"));
        }

        // 2.5 times 1.9 mg/L is 4.8. After 22.5 days there is a month; the last hour of the four days is the 336th.
        var days = bench.Windows().Where(window => window.Average == "ammonia-4d").Select(window => window.Value).ToList();
        Assert.Equal(5.2 / 4.8, days[22].Value!.Value, 9);
        Assert.Equal((null, 24 * 22), (days[21].Value, days[21].Valid));
        Assert.Equal((5.2, 720), (Math.Round(days[36].Mean!.Value, 9), days[36].Valid));
        Assert.All(days.Skip(43), day => Assert.InRange(day.Value!.Value, 0, 0.1));
    }

    // Hours keep their means longer than their samples: a mean of values must not be made of those few that are left of its day.
    [Theory]
    [InlineData(25)]
    [InlineData(21 + 744)]
    public void Late_value_opens_a_day_that_is_made_of_all_its_values(int newestHour)
    {
        using var bench = new AverageBench("[[average]]\nkind = \"ph-mean\"\n");
        Point[] Ph(int from, int to, double value) => [.. Hours(from, to, value).Select(point => AverageBench.PointOf(
            (point.TimeMs - AverageBench.Start.ToUnixTimeMilliseconds()) / 60_000.0, value, measurand: Measurand.Ph, channel: "ph"))];
        bench.Store([.. Ph(0, 12, 6), .. Ph(12, 24, 8)]);
        bench.Store(Ph(newestHour, newestHour + 1, 7)[0]);
        Assert.Equal(7, bench.Windows()[0].Value.Value!.Value, 1e-9);

        // One more like those around: the mean of its hour is as before.
        bench.Store(AverageBench.PointOf((21 * 60) + 20, 8, measurand: Measurand.Ph, channel: "ph"));
        var values = ((48 * 6) + (49 * 8)) / 97.0;
        Assert.Equal(values, bench.Windows()[0].Value.Value!.Value, 1e-9);
        Assert.Equal(24, bench.Windows()[0].Value.Valid);
    }

    [Fact]
    public void Silence_of_an_average_is_counted_by_how_often_it_has_values()
    {
        const string Month = "[[average]]\nkind = \"ammonia-30d\"\nph = \"a.b\"\ntemperature = \"a.c\"\n";
        Assert.Equal([TimeSpan.FromDays(1), TimeSpan.FromHours(1)], AverageBench.Read(Month + Rolling).Select(average => average.Spacing));
    }

    // The engine has them as a channel of its own: a late verdict takes back what was told, an invalid day neither rings nor clears.
    [Fact]
    public void Rule_watches_an_average_and_only_that()
    {
        const string Rules =
            Day +
            """
            [[rule]]
            id = "dust-day"
            measurand = "pm10_ug_m3"
            average = "day"
            raise_above = 150
            clear_below = 150
            hold_raise = "0s"
            hold_clear = "0s"
            severity = "high"
            """;
        List<Problem> problems = [];
        var rule = Assert.Single(RuleConfiguration.Read(TomlSection.Parse("backend.toml", Rules, problems), problems));
        Assert.Empty(problems);
        Assert.Equal((TimeSpan.FromDays(2), "PM10, daily mean (GB 3095),"), (rule.Threshold.SilenceMax, rule.Quantity));

        using var alerts = new AlertBench(rule);
        using var bench = new AverageBench(Day);
        alerts.Time.AdjustTime(bench.Time.GetUtcNow());
        void Store(params IReadOnlyList<Point> points)
        {
            var told = bench.Told.Count;
            bench.Store(points);
            alerts.Store(points);
            if (bench.Told.Count > told)
            {
                alerts.Average([.. bench.Told.Skip(told)]);
            }
        }

        Store(Hours(0, 24, 150.6));
        Store(Hours(24, 43, 10));
        var firing = Assert.Single(alerts.Told);
        Assert.Equal((NoticeKind.Firing, 151.0, "pm10@day", "daily mean (GB 3095)"), (firing.Phase, firing.Value, firing.Channel, firing.Statistic));
        Store(Hours(48, 49, 10));
        Assert.Single(alerts.Told);
        Store(Hours(43, 48, 10));
        Assert.Equal([NoticeKind.Firing, NoticeKind.Cleared], alerts.Told.Select(notice => notice.Phase));
        Assert.Equal(["day"], alerts.Engine.Statuses.Select(status => status.Subject.Name.Average));
    }

    [Theory]
    [InlineData("kind = \"pm10-24h\"", "use one of: mean-1h")]
    [InlineData("kind = \"mean-1h\"", "does not say what it is a mean of")]
    [InlineData("kind = \"pm10-24h-gb\"\nneeded = 25", "has 24 hours")]
    [InlineData("kind = \"nowcast\"\nneeded = 5", "says by itself")]
    [InlineData("kind = \"ph-mean\"\nmeasurand = \"pm10_ug_m3\"", "is a mean of ph")]
    [InlineData("kind = \"ammonia-30d\"", "ph")]
    [InlineData("kind = \"ammonia-30d\"\nph = \"a\"\ntemperature = \"b.c\"", "is no channel of a device")]
    [InlineData("kind = \"iaqi-cn\"\nutc_offset_h = 8.01", "whole minutes")]
    [InlineData("kind = \"nowcast\"\n[[average]]\nkind = \"nowcast\"", "a second time")]
    [InlineData("kind = \"nowcast\"\nid = \"A b\"", "cannot be an average's id")]
    [InlineData("kind = \"aqi-us\"\ntable = 2020", "backend.toml:3:1: there is no US table of 2020; write table = 2018")]
    [InlineData("kind = \"aqi-us\"\ntable = 2012", "from 2018 to 2024")]
    [InlineData("kind = \"iaqi-cn\"\ntable = 2018", "backend.toml:3:1: table means nothing for iaqi-cn; write breakpoints")]
    [InlineData("kind = \"aqi-us\"\nbreakpoints = \"0:0,50:50\"", "backend.toml:3:1: breakpoints means nothing for aqi-us; write table")]
    [InlineData("kind = \"iaqi-cn\"\nbreakpoints = \"0:0,50\"", "backend.toml:3:1: no breakpoint: \"50\"")]
    [InlineData("kind = \"iaqi-cn\"\nbreakpoints = \"0:0,50:50,40:60\"", "they rise from 0")]
    [InlineData("kind = \"ammonia-4d\"\nph = \"a.b\"", "temperature")]
    [InlineData("kind = \"nowcast\"\nph = \"a.b\"", "means nothing for nowcast")]
    [InlineData("kind = \"nowcast\"\n[[rule]]\nid = \"r\"\nmeasurand = \"pm10_ug_m3\"\naverage = \"nowcst\"", "did you mean nowcast?")]
    [InlineData("kind = \"nowcast-aqi\"\n[[rule]]\nid = \"r\"\nmeasurand = \"pm10_ug_m3\"\naverage = \"nowcast-aqi\"", "gives aqi_us")]
    public void Each_mistake_is_told_with_what_to_do(string toml, string expected)
    {
        List<Problem> problems = [];
        RuleConfiguration.Read(TomlSection.Parse("backend.toml", "[[average]]\n" + toml + "\n", problems), problems);
        Assert.Contains(problems, problem => problem.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_configuration_each_pm10_has_what_needs_no_calendar()
    {
        Assert.Equal(["pm10-rolling24", "nowcast"], AverageBench.Read("").Select(average => average.Id));
        using var bench = new AverageBench("");
        bench.Store(AverageBench.PointOf(1, 5, measurand: Measurand.Pm25, channel: "pm25"));
        Assert.Equal(0, bench.Count("average_series"));
    }

    // A month of one channel's values, one in 5 min, oldest first, while the newest has come: no transaction takes long.
    [Fact]
    public void Backlog_of_a_month_is_taken_in_short_transactions()
    {
        using var bench = new AverageBench(Day + Rolling);
        bench.Store(AverageBench.PointOf((31 * 24 * 60) - 30, 5));
        var longest = TimeSpan.Zero;
        foreach (var group in Hours(0, (31 * 24) - 2, 50, perHour: 12).Chunk(1_000))
        {
            var begun = Stopwatch.GetTimestamp();
            bench.Store(group);
            longest = Stopwatch.GetElapsedTime(begun) is var took && took > longest ? took : longest;
        }

        Assert.Equal(742 - 16, bench.Windows().Count(window => window is { Average: "roll", Value.Value: 50 }));
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    private static Point[] Hours(int from, int to, double value, int perHour = 4) =>
        [.. Enumerable.Range(from * perHour, (to - from) * perHour).Select(i => AverageBench.PointOf((i + 1) * 60.0 / perHour, value))];
}

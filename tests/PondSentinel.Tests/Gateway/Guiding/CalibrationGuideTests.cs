using PondSentinel.Chemistry;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Tests.Gateway.Calibration;

namespace PondSentinel.Tests.Gateway.Guiding;

/// <summary>Somebody who is guided, from the first word to the last, over the verbs of the gateway.</summary>
public sealed class CalibrationGuideTests
{
    private double truth = 7;

    [Fact]
    public async Task Two_buffers_at_their_temperature_are_accepted_and_in_force_at_once()
    {
        var bench = Meter();
        var screen = Person(("6.86.\n", 6.881, ""), ("STEADY", 6.881, ""), ("4.00.\n", 4.000, ""), ("STEADY", 4.000, ""), ("records it", 7, ""), ("back in the water", 7, "y"));

        Assert.Equal(0, await bench.GuideAsync(screen));

        Assert.Equal(
            """
            probe.ph: pH, pH
              never calibrated
              standards: pH 6.86, pH 4.00
              4.00, 6.86, 9.18 and 10.01 are taken at their temperature (IUPAC 2002); of
              others the bottle counts
            Until the end the values of this device are marked as calibration: they raise
              and end no alarm.

            1 of 2: rinse the probe, dry it, and put it into pH 6.86.
            Enter when it stands in it; s skips it, q leaves
            taken: pH 6.881 = 6.88 pH

            2 of 2: rinse the probe, dry it, and put it into pH 4.00.
            Enter when it stands in it; s skips it, q leaves
            taken: pH 4.00 = 4.00 pH

            ACCEPTED
              slope 100 % (from 90 to 105 %)
              offset 0 (at most 0.5 either way)
              temperature of the standards 20.0 °C
            Enter records it; q leaves without
            recorded as c20260701-060204; it is in force
            Is the probe back in the water? y: yes   n: not yet   (then Enter)
            The values count again.
            """,
            screen.Said);
        var record = Assert.Single(bench.Book.Records).Record;
        Assert.Equal(("Li", 20.0, (string?)null), (record.By, record.Celsius, record.Note));
        Assert.Equal([6.881, 4.000], record.AsLeft.Select(reading => reading.Standard));
        Assert.Equal(record.Id, bench.Book.Of("probe", "ph")!.Id);
        Assert.False(bench.Maintenance.Covers("probe"));
        Assert.False(bench.Visits.Covers("probe"));
    }

    [Fact]
    public async Task The_same_in_Chinese_and_swapped_bottles_are_refused_with_reasons_in_Chinese()
    {
        var bench = Meter();
        var screen = Person(("6.86。\n", 4, ""), ("已稳定", 4, ""), ("4.00。\n", 6.88, ""), ("已稳定", 6.88, ""), ("保存记录", 7, ""), ("放回水中", 7, "n"));

        Assert.Equal(1, await bench.GuideAsync(screen, Language.Chinese));

        Assert.Equal(
            """
            probe.ph：pH 值，pH
              从未校准
              标准液：pH 6.86、pH 4.00
              4.00、6.86、9.18、10.01 按温度取值（IUPAC 2002）；其他缓冲液以瓶签为准
            校准期间该设备的数据标记为校准，不触发也不解除报警。

            第 1/2 点：冲洗探头并吸干，放入 pH 6.86。
            放好后按回车；s 跳过，q 退出
            已采用：pH 6.881 = 4.00 pH

            第 2/2 点：冲洗探头并吸干，放入 pH 4.00。
            放好后按回车；s 跳过，q 退出
            已采用：pH 4.00 = 6.88 pH

            未通过
              斜率符号相反（-100 %）：两瓶标准液弄混，或电极接线接反
              零点 -3.12 pH 超过 ±0.5 pH：检查标准液是否过期或拿错，清洗或更换探头
              斜率 -100 %（90 至 105 %）
              零点 -3.12（限 ±0.5）
              标准液温度 20.0 °C
            回车保存记录；q 不保存退出
            已保存为 c20260701-060204（未通过）：沿用原校准
            探头已放回水中吗？y：是  n：还没有（均按回车）
            数据标记再保持 28 分钟。
            """,
            screen.Said);
        Assert.False(Assert.Single(bench.Book.Records).Record.IsAccepted);
        Assert.Null(bench.Book.Of("probe", "ph"));
        Assert.True(bench.Maintenance.Covers("probe"));
    }

    [Fact]
    public async Task Picture_is_narrow_and_shows_chart_verdict_temperature_and_the_wrong_bottle()
    {
        var bench = Meter();
        var screen = Person(("6.86.\n", 4.05, ""), ("STEADY", 4.05, "q"), ("back in", 7, "y"));
        await bench.GuideAsync(screen);

        Assert.Equal(
            """
            pH 6.86 at 20.0 °C: pH 6.881
                 4.15|
                     |
                     |
                     |
                     |*******************************
                     |
                     |
                     |
                 3.95|
            shows 4.05 pH   20.0 °C   1:00
            STEADY: Enter takes it
            WRONG BOTTLE? it shows pH 4.05, nearer to pH 4.00 than to pH 6.881
            Enter: take, once steady   !: take now   s: skip   q: leave   (then Enter)
            """,
            string.Join('\n', screen.Picture));
        Assert.Contains("Left: nothing was recorded, nothing is changed.", screen.Said, StringComparison.Ordinal);
        Assert.Empty(bench.Book.Records);
        Assert.Null(bench.Visits.Of("probe"));
    }

    /// <summary>Enter does nothing before it is steady; an exclamation mark takes it, and the record says so.</summary>
    [Fact]
    public async Task What_is_not_steady_is_taken_by_force_alone_and_noted()
    {
        var bench = Meter();
        var drifting = 6.5;
        bench.Raw = () => drifting += 0.01;
        var screen = Person(("6.86.\n", 0, ""), ("not steady yet", 0, ""), ("or ! takes it as it is", 0, "hello"), ("not understood", 0, "!"), ("records it", 0, ""), ("back in", 0, "y"));

        Assert.Equal(0, await bench.GuideAsync(screen, with: options => options with { Standards = [6.86] }));

        Assert.Contains("before it was steady (noted)", screen.Said, StringComparison.Ordinal);
        Assert.Equal("taken before it was steady: 6.86", Assert.Single(bench.Book.Records).Record.Note);
    }

    /// <summary>The link breaks in the second standard. Whoever comes again goes on with the first; what is never gone on with is marked for its time.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Broken_link_records_nothing_and_the_next_goes_on_with_what_was_taken(bool goesOn)
    {
        var bench = Meter();
        var screen = Person(("6.86.\n", 6.881, ""), ("STEADY", 6.881, ""), ("4.00.\n", 4.000, ""), ("not steady yet", 4, null));
        Assert.Equal(1, await bench.GuideAsync(screen));
        Assert.Contains("Broken off. What was taken is kept for 1 h", screen.Said, StringComparison.Ordinal);
        Assert.Empty(bench.Book.Records);
        Assert.True(bench.Visits.Covers("probe"));
        Assert.True(bench.Maintenance.Covers("probe"));

        bench.Clocks.Advance(TimeSpan.FromMinutes(20));
        Assert.False(bench.Visits.Covers("probe"));
        Assert.True(bench.Maintenance.Covers("probe"));
        var again = goesOn
            ? Person(("goes on with them", 4, ""), ("4.00.\n", 4.000, ""), ("STEADY", 4.000, ""), ("records it", 7, ""), ("back in", 7, "y"))
            : Person(("goes on with them", 4, "n"), ("6.86.\n", 6.881, "q"), ("back in", 7, "y"));
        Assert.Equal(goesOn ? 0 : 1, await bench.GuideAsync(again));

        Assert.Contains("Li was here 20 min ago and had taken: pH 6.86", again.Said, StringComparison.Ordinal);
        Assert.Equal(goesOn ? 1 : 0, bench.Book.Records.Count);
        Assert.False(bench.Maintenance.Covers("probe"));
        await bench.GuideAsync(Person(("6.86.\n", 6.881, "q"), ("back in", 7, "y")));
    }

    [Fact]
    public async Task Nobody_who_comes_again_leaves_neither_points_nor_a_mark()
    {
        var bench = Meter();
        await bench.GuideAsync(Person(("6.86.\n", 6.881, ""), ("STEADY", 6.881, ""), ("4.00.\n", 4.000, null)));

        bench.Clocks.Advance(CalibrationVisits.Marked);
        Assert.False(bench.Maintenance.Covers("probe"));
        Assert.NotNull(bench.Visits.Of("probe"));
        bench.Clocks.Advance(CalibrationVisits.Kept);
        Assert.Null(bench.Visits.Of("probe"));
    }

    /// <summary>A gateway that is started again has forgotten the points, not that the probe is in a bottle.</summary>
    [Fact]
    public async Task Gateway_that_starts_again_ends_the_guide_and_keeps_the_mark()
    {
        var bench = Meter();
        var screen = Person(("6.86.\n", 6.881, ""));
        bench.Raw = () =>
        {
            bench.Start();
            return 6.88;
        };

        Assert.Equal(1, await bench.GuideAsync(screen));

        Assert.Contains("this calibration of probe.ph is over", screen.Said.Replace("\n ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.True(bench.Maintenance.Covers("probe"));
    }

    [Fact]
    public async Task Somebody_elses_maintenance_goes_on()
    {
        var bench = Meter();
        bench.Maintenance.Begin(new MaintenanceTarget(IsStation: false, "probe"), "cable", "Wang Fang", 1000, TimeSpan.FromHours(2));
        var screen = Person(("6.86.\n", 6.881, "q"), ("back in", 7, "y"));

        await bench.GuideAsync(screen);

        Assert.Contains("The values stay marked for 120 min.", screen.Said, StringComparison.Ordinal);
        Assert.Equal("cable", Assert.Single(bench.Maintenance.Current).Period.Reason);
    }

    [Fact]
    public async Task Dry_run_judges_and_records_nothing()
    {
        var bench = Meter();
        var screen = Person(("6.86.\n", 6.881, ""), ("STEADY", 6.881, ""), ("4.00.\n", 4.000, "s"), ("back in", 7, "y"));

        Assert.Equal(0, await bench.GuideAsync(screen, with: options => options with { IsDry = true }));

        Assert.Contains("ACCEPTED", screen.Said, StringComparison.Ordinal);
        Assert.Contains("Dry run: nothing was recorded.", screen.Said, StringComparison.Ordinal);
        Assert.Empty(bench.Book.Records);
    }

    /// <summary>An electrode is read in mV, and one without a thermometer asks for the temperature once.</summary>
    [Fact]
    public async Task Electrode_is_read_in_millivolts_and_asks_for_the_temperature_once()
    {
        var bench = new GuideBench(CalibrationBench.Electrode, () => (7 - truth) * 0.98 * Nernst.SlopeMillivolts(15), celsius: null);
        var screen = Person(
            ("6.86.\n", 6.900, ""), ("[25]", 6.9, "warm"), ("[25]", 6.9, "15"), ("STEADY", 6.900, ""), ("4.00.\n", 3.998, ""), ("STEADY", 3.998, ""),
            ("9.18.\n", 9.276, ""), ("STEADY", 9.276, ""), ("records it", 7, ""), ("back in", 7, "y"));

        Assert.Equal(0, await bench.GuideAsync(screen, with: options => options with { Points = 3, Lot = "A17" }));

        Assert.Contains("slope 98 % / 98 % (from 90 to 105 %)", screen.Said, StringComparison.Ordinal);
        Assert.Contains("= 168.21 mV", screen.Said, StringComparison.Ordinal);
        var record = Assert.Single(bench.Book.Records).Record;
        Assert.Equal(15, record.Celsius);
        Assert.Equal(["A17", "A17", "A17"], record.AsLeft.Select(reading => reading.Lot));
    }

    [Fact]
    public async Task Probe_without_a_number_is_waited_for_and_nothing_can_be_taken()
    {
        var bench = Meter();
        bench.Raw = () => null;
        var screen = Person(("6.86.\n", 0, ""), ("gives no number", 0, "!"), ("no reading to take", 0, "s"), ("4.00.\n", 0, "s"), ("back in", 0, "y"));

        Assert.Equal(1, await bench.GuideAsync(screen));

        Assert.Empty(bench.Book.Records);
    }

    /// <summary>Enter is held down, or the link has kept some back: they take the reading and answer nothing that is asked then.</summary>
    [Fact]
    public async Task Lines_typed_before_a_question_do_not_answer_it()
    {
        var bench = Meter();
        var screen = Person(("6.86.\n", 6.881, ""), ("STEADY", 6.881, "\n\n\n\n"), ("records it", 7, "y"), ("not understood", 7, null));

        Assert.Equal(1, await bench.GuideAsync(screen, with: options => options with { Standards = [6.86] }));

        Assert.Empty(bench.Book.Records);
        Assert.NotNull(bench.Visits.Of("probe"));
        Assert.True(bench.Maintenance.Covers("probe"));
    }

    [Fact]
    public async Task Where_the_probe_is_wants_a_word()
    {
        var bench = Meter();
        var screen = Person(("6.86.\n", 6.881, "q"), ("back in", 7, ""), ("not understood", 7, "n"));

        Assert.Equal(1, await bench.GuideAsync(screen));

        Assert.True(bench.Maintenance.Covers("probe"));
    }

    /// <summary>A probe that has been steady and gives no number now has nothing to take, and begins anew when it comes back.</summary>
    [Fact]
    public async Task Reading_that_was_steady_is_not_taken_while_there_is_none()
    {
        var bench = Meter();
        var reads = 0;
        bench.Raw = () => ++reads is > 36 and < 50 ? null : 6.881;
        var screen = Person(("6.86.\n", 0, ""), ("gives no number", 0, ""), ("no reading to take", 0, "!"), ("not steady yet", 0, "q"), ("back in", 0, "n"));

        Assert.Equal(1, await bench.GuideAsync(screen));

        Assert.DoesNotContain("taken:", screen.Said, StringComparison.Ordinal);
    }

    /// <summary>What was recorded is recorded, whatever comes after.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_or_a_visit_that_is_over_after_the_record_changes_nothing_of_it(bool isStopped)
    {
        var bench = Meter();
        using var stop = new CancellationTokenSource();
        var screen = Person(("6.86.\n", 6.881, ""), ("STEADY", 6.881, ""), ("records it", 7, ""), ("back in", 7, isStopped ? "who asks?" : "y"));
        var move = screen.Answered!;
        screen.Answered = seen =>
        {
            move(seen);
            if (seen == "back in" && isStopped)
            {
                stop.Cancel();
            }
            else if (seen == "back in")
            {
                bench.Start();
            }
        };

        Assert.Equal(0, await bench.GuideAsync(screen, with: options => options with { Standards = [6.86] }, stop: stop));

        Assert.True(Assert.Single(bench.Book.Records).Record.IsAccepted);
        Assert.Contains("The values stay marked for", screen.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("Broken off", screen.Said, StringComparison.Ordinal);
        Assert.Null(bench.Visits.Of("probe"));
        Assert.True(bench.Maintenance.Covers("probe"));
    }

    /// <summary>The settings name another probe of the same kind: what the first showed in its standards says nothing of it.</summary>
    [Fact]
    public async Task Points_of_another_instrument_are_not_gone_on_with()
    {
        var bench = Meter();
        await bench.GuideAsync(Person(("6.86.\n", 6.881, ""), ("STEADY", 6.881, ""), ("4.00.\n", 4.000, null)));
        var (visit, _) = bench.Visits.Of("probe")!.Value;
        Assert.Single(visit.Points);

        var other = visit.Channel with { Serial = "B" };
        var refused = Assert.Throws<ControlRefusedException>(() => bench.Visits.Keep(other, visit.Number, []));
        Assert.Contains("another instrument", refused.Message, StringComparison.Ordinal);
        bench.Exchange(other);
        var screen = Person(("6.86.\n", 6.881, "q"), ("back in", 7, "y"));
        await bench.GuideAsync(screen);

        Assert.DoesNotContain("was here", screen.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(14)]
    public async Task Small_terminal_loses_rows_of_the_chart_and_no_word(int lines)
    {
        var bench = Meter();
        var screen = new ScriptedScreen(("6.86.\n", ""), ("STEADY", "q"), ("back in", "y")) { ColumnsMax = 40, LinesMax = lines - 1 };
        truth = 4.05;

        await bench.GuideAsync(screen);

        var picture = string.Join('\n', screen.Picture);
        Assert.True(screen.Picture.Count < lines, picture);
        Assert.Contains("STEADY: Enter takes it", picture, StringComparison.Ordinal);
        Assert.Contains("WRONG BOTTLE?", picture, StringComparison.Ordinal);
        Assert.EndsWith("(then Enter)", picture, StringComparison.Ordinal);
        Assert.Contains("|***", picture, StringComparison.Ordinal);
    }

    private GuideBench Meter() => new(CalibrationBench.Ph, () => truth);

    // Whoever answers moves the probe.
    private ScriptedScreen Person(params (string Seen, double Truth, string? Typed)[] script) =>
        new(script.Select(each => (each.Seen, each.Typed))) { Answered = seen => truth = script.First(each => each.Seen == seen).Truth };
}

using Microsoft.Extensions.Logging;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Storage;

namespace PondSentinel.Tests.Backend.Retention;

public sealed class RetentionTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Old = new(2026, 5, 1, 6, 0, 0, TimeSpan.Zero);

    private readonly RetentionBench bench = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static SeriesKey Series => SeriesKey.Of(MeasurementStoreContract.PointOf(1));

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Lowest_and_highest_are_those_that_a_record_stands_for_and_what_was_computed_anew_is_kept()
    {
        var point = At(1, Old, 10);
        await bench.StoreAsync(point with { Value = point.Value with { Low = 2, High = 70 } }, At(2, Old.AddMinutes(1), 20));
        await bench.Store.AdjustAsync(Series, [new AdjustedPoint(point.TimeNs, 14, "c2")], Cancelled);
        await bench.SettleAsync();

        Assert.Empty(await RecordsAsync());
        Assert.Equal(new MeanValue(2, 2, 15, 2, 70, 17, QualityFlag.Good), Assert.Single(await MeansAsync(Resolution.Day)).Value);
    }

    [Fact]
    public async Task What_a_probe_cannot_measure_is_no_lowest_and_no_highest()
    {
        var point = At(1, Old, 10);
        await bench.StoreAsync(point with { Value = point.Value with { Low = 8, High = 2000, Flag = QualityFlag.Suspect, Why = Why.OverRange } }, At(2, Old.AddMinutes(1), 20));
        await bench.SettleAsync();

        Assert.Equal(new MeanValue(2, 2, 15, 10, 20, null, QualityFlag.Suspect), Assert.Single(await MeansAsync(Resolution.Day)).Value);
    }

    /// <summary>One value of 350° and three of 10°, the last in another window: by vectors, each counted once.</summary>
    [Fact]
    public async Task Mean_of_a_direction_is_that_of_its_vectors_and_does_not_turn_about_where_it_passes_north()
    {
        await bench.StoreAsync([.. new[] { (0, 350.0), (1, 10.0), (2, 10.0), (12, 10.0) }
            .Select(of => At(of.Item1, Old.AddMinutes(of.Item1), of.Item2) with { Measurand = Measurand.WindDirection })]);
        await bench.SettleAsync();

        var series = Series with { Measurand = Measurand.WindDirection };
        var windows = await bench.Store.MeansAsync(series, Resolution.TenMinutes, 0, long.MaxValue / 1_000_000, Cancelled);
        var day = Assert.Single(await bench.Store.MeansAsync(series, Resolution.Day, 0, long.MaxValue / 1_000_000, Cancelled)).Value;
        Assert.Equal([3.363_7, 10], windows.Select(window => Math.Round(window.Value.Mean!.Value, 4)));
        Assert.Equal((4, 5.021_4, 10.0, 350.0), (day.Count, Math.Round(day.Mean!.Value, 4), day.Min, day.Max));
    }

    [Fact]
    public async Task Nothing_is_deleted_whose_means_do_not_read_back_as_they_were_written()
    {
        await bench.StoreAsync(At(1, Old, 10));
        bench.Failing.Reads = mean => mean with { Value = mean.Value with { Mean = 10.5 } };
        var told = await Assert.ThrowsAsync<StoreUnavailableException>(bench.SettleAsync);
        Assert.Contains("its records stay", told.Message, StringComparison.Ordinal);
        Assert.Single(await RecordsAsync());
        Assert.Equal(0, bench.Expired());
        Assert.DoesNotContain("delete Record", bench.Failing.Calls);
    }

    [Fact]
    public async Task Nothing_is_deleted_while_nobody_vouches_for_the_clock_or_it_is_switched_off()
    {
        await bench.StoreAsync(At(1, Old, 10));
        bench.IsSynchronised = false;
        await bench.SettleAsync();
        Assert.Single(await RecordsAsync());

        bench.IsSynchronised = true;
        bench.Retention = bench.Retention with { Expires = false };
        bench.Restart();
        await bench.SettleAsync();
        Assert.Single(await RecordsAsync());
        Assert.Single(await MeansAsync(Resolution.Day));
    }

    [Fact]
    public async Task Revision_makes_its_window_anew_even_where_nothing_counts_any_more()
    {
        var point = At(1, bench.Time.GetUtcNow().AddHours(-3), 10);
        await bench.StoreAsync(point);
        await bench.Maker.MakeAsync(Cancelled);
        Assert.Equal(10, Assert.Single(await MeansAsync(Resolution.TenMinutes)).Value.Mean);

        await bench.StoreAsync(point with { IsRevision = true, Value = point.Value with { Flag = QualityFlag.Fail } });
        await bench.Maker.MakeAsync(Cancelled);
        var none = new MeanValue(1, 0, null, null, null, null, QualityFlag.Fail);
        Assert.Equal(none, Assert.Single(await MeansAsync(Resolution.TenMinutes)).Value);
        Assert.Equal(none, Assert.Single(await MeansAsync(Resolution.Day)).Value);
    }

    [Fact]
    public async Task Record_that_comes_after_its_day_was_deleted_is_added_and_deleted_too()
    {
        await bench.StoreAsync(At(1, Old, 10));
        await bench.SettleAsync();
        await bench.StoreAsync(At(2, Old.AddMinutes(2), 40));
        await bench.Maker.MakeAsync(Cancelled);
        Assert.Single(await RecordsAsync());
        await bench.SettleAsync();

        Assert.Empty(await RecordsAsync());
        Assert.Equal(2, bench.Expired());
        var day = Assert.Single(await MeansAsync(Resolution.Day));
        Assert.Equal((new MeanValue(2, 2, 25, 10, 40, null, QualityFlag.Good), 2L), (day.Value, day.Expired));
    }

    [Fact]
    public async Task Pass_ends_where_more_marks_than_it_reads_at_once_have_to_stay_and_those_behind_are_made()
    {
        await bench.StoreAsync([.. Hours(1_001)]);
        await bench.SettleAsync();
        bench.Retention = bench.Retention with { Expires = false };
        bench.Restart();
        await bench.StoreAsync([.. Hours(1_001)]);
        var healthy = At(2, bench.Time.GetUtcNow().AddHours(-3), 7) with { Station = "zz" };
        await bench.StoreAsync(healthy);
        for (var turn = 0; turn < 2; turn++)
        {
            await bench.Maker.MakeAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
            bench.Time.Advance(TimeSpan.FromHours(25));
        }

        Assert.Equal(1_001, bench.Waiting("retention_mark"));
        Assert.Single(await bench.Store.MeansAsync(SeriesKey.Of(healthy), Resolution.Day, 0, 4_000_000_000_000, Cancelled));
    }

    [Fact]
    public async Task What_the_store_refuses_of_one_day_keeps_no_other_from_being_made_and_deleted_and_is_told()
    {
        var other = At(3, Old, 30) with { Station = "zz" };
        await bench.StoreAsync(At(1, Old, 10), At(2, Old.AddDays(1), 20), other);
        bench.Failing.Refuses = mean => mean.Of == Series && mean.StartMs < Old.AddHours(12).ToUnixTimeMilliseconds();
        var making = await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.Maker.MakeAsync(Cancelled));
        var deleting = await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.Expiry.ExpireAsync(Cancelled));

        Assert.All([making, deleting], told => Assert.Contains("probe.nh4n of the day that begins 2026-05-01 00:00Z: It is beyond", told.Message, StringComparison.Ordinal));
        Assert.Equal(2, bench.Expired());
        Assert.Equal(10, Assert.Single(await RecordsAsync()).Value);
        Assert.Single(await bench.Store.MeansAsync(SeriesKey.Of(other), Resolution.Day, 0, 4_000_000_000_000, Cancelled));

        bench.Failing.Refuses = _ => false;
        await bench.SettleAsync();
        Assert.Equal((3L, 0L), (bench.Expired(), bench.Waiting("retention_mark")));
    }

    [Fact]
    public async Task Store_that_is_away_ends_the_pass_at_the_first_day()
    {
        await bench.StoreAsync([.. Hours(100)]);
        bench.Failing.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.Maker.MakeAsync(Cancelled));
        Assert.Equal(["means", "first"], bench.Failing.Calls);
    }

    [Fact]
    public async Task Store_that_does_not_delete_ends_the_pass_at_the_first_day_so_that_no_other_is_counted_and_stays()
    {
        await bench.StoreAsync([.. Enumerable.Range(0, 10).Select(day => At(day + 1, Old.AddDays(day), 10))]);
        await bench.Maker.MakeAsync(Cancelled);
        bench.Failing.KeepsAll = true;
        var told = await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.Expiry.ExpireAsync(Cancelled));
        Assert.Contains("may the user or token of [influx] delete?", told.Message, StringComparison.Ordinal);
        Assert.Equal((1L, 1L), (bench.Expired(), bench.Waiting("retention_intent")));

        bench.Failing.KeepsAll = false;
        await bench.Expiry.ExpireAsync(Cancelled);
        Assert.Equal((10L, 0L), (bench.Expired(), bench.Waiting("retention_intent")));
    }

    [Theory]
    [InlineData(5, 0, true)]
    [InlineData(5, 3, true)]
    [InlineData(500, 0, false)]
    [InlineData(0, 500, false)]
    public async Task Deletion_that_gives_no_answer_is_waited_for_and_what_comes_late_waits_with_it(int questions, int silent, bool isDone)
    {
        await bench.StoreAsync(At(1, Old, 10));
        await bench.Maker.MakeAsync(Cancelled);
        (bench.Failing.AnswersLate, bench.Failing.SilentQuestions) = (questions, silent);
        var expiring = bench.Expiry.ExpireAsync(Cancelled);
        await bench.Failing.Deleting.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        var late = bench.PassAsync(At(2, Old, 20));
        Assert.False(late.IsCompleted);
        while (!expiring.IsCompleted)
        {
            var waits = bench.Time.Waits.ReadAsync(Cancelled).AsTask();
            if (await Task.WhenAny(expiring, waits) == waits)
            {
                bench.Time.Advance(await waits);
            }
        }

        Assert.Equal(isDone, await Record.ExceptionAsync(() => expiring) is null);
        Assert.Equal(isDone ? 0 : 1, bench.Waiting("retention_intent"));
        using var passed = await late;
    }

    [Fact]
    public async Task Number_computed_anew_that_a_store_still_has_where_none_is_any_more_keeps_nothing_from_being_deleted()
    {
        await bench.StoreAsync(At(1, Old, 10));
        bench.Failing.Reads = mean => mean with { Value = mean.Value with { Adjusted = 3 } };
        await bench.SettleAsync();
        Assert.Empty(await RecordsAsync());
    }

    [Fact]
    public async Task Day_of_which_some_came_before_there_were_marks_is_read_whole()
    {
        var day = bench.Time.GetUtcNow().AddDays(-3);
        Assert.Empty(await bench.Store.WriteAsync([At(1, day.AddHours(-9), 10), At(2, day.AddHours(5), 20)], Cancelled));
        await bench.StoreAsync(At(3, day, 60));
        await bench.Maker.MakeAsync(Cancelled);
        var mean = Assert.Single(await MeansAsync(Resolution.Day));
        Assert.Equal((3L, 30d), (mean.Value.Records, mean.Value.Mean));
    }

    [Fact]
    public async Task Owner_who_wrote_nothing_of_it_is_told_at_the_start_and_has_two_weeks_before_anything_is_deleted()
    {
        bench.Retention = new StoreRetention();
        bench.Restart();
        await bench.StoreAsync(At(1, bench.Time.GetUtcNow().AddDays(-400), 10));
        var journal = new FirstLine();
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled))
        {
            var running = bench.Loop(journal).RunAsync(stop.Token);
            Assert.Contains("from 2026-07-15 on they are deleted", await journal.Line.WaitAsync(TimeSpan.FromSeconds(60), Cancelled), StringComparison.Ordinal);
            await stop.CancelAsync();
            await running;
        }

        await bench.SettleAsync();
        bench.Restart();
        await bench.SettleAsync();
        Assert.Single(await RecordsAsync());
        bench.Time.Advance(TimeSpan.FromDays(8));
        await bench.SettleAsync();
        Assert.Equal(1, bench.Expired());
        Assert.Null(await bench.Expiry.NoticeAsync(Cancelled));
    }

    [Fact]
    public async Task Time_that_no_calendar_has_harms_nothing()
    {
        await bench.StoreAsync(
            At(1, Old, 10) with { TimeNs = long.MaxValue - 1 }, At(2, Old, 10) with { TimeNs = long.MinValue + 3 }, At(3, DateTimeOffset.UnixEpoch, 1));
        await bench.SettleAsync();
        Assert.Equal(1, bench.Expired());
    }

    [Fact]
    public async Task Old_record_waits_while_a_day_is_deleted_and_a_new_one_does_not()
    {
        using var gate = new ExpiryGate(bench.Time);
        var closed = await gate.CloseAsync(Cancelled);
        Assert.Null(await gate.PassAsync([At(1, bench.Time.GetUtcNow().AddDays(-30), 1)], Cancelled));
        var old = gate.PassAsync([At(1, Old, 1)], Cancelled);
        Assert.False(old.IsCompleted);
        closed.Dispose();
        (await old)!.Dispose();
    }

    private Task<IReadOnlyList<HistoryPoint>> RecordsAsync() =>
        bench.Store.ReadAsync(Series, -MeanMarks.TimeNsMax, MeanMarks.TimeNsMax, Cancelled);

    private Task<IReadOnlyList<MeanPoint>> MeansAsync(Resolution resolution) =>
        bench.Store.MeansAsync(Series, resolution, 0, 4_000_000_000_000, Cancelled);

    private sealed class FirstLine : ILogger<RetentionLoop>
    {
        private readonly TaskCompletionSource<string> line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => line.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            line.TrySetResult(formatter(state, exception));
    }

    private static IEnumerable<Point> Hours(int count) => Enumerable.Range(0, count).Select(hour => At(hour, Old.AddHours(-hour), 1));

    private static Point At(int number, DateTimeOffset at, double value) =>
        MeasurementStoreContract.PointOf(number, value) with { TimeNs = Point.KeyNs(at.ToUnixTimeMilliseconds(), number) };
}

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

    private static Point At(int number, DateTimeOffset at, double value) =>
        MeasurementStoreContract.PointOf(number, value) with { TimeNs = Point.KeyNs(at.ToUnixTimeMilliseconds(), number) };
}

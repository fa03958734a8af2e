using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Storage;

/// <summary>What every store promises. A store passes by a class that inherits this; the file is shared by the projects whose
/// stores need nothing and those whose need a server.</summary>
public abstract class MeasurementStoreContract
{
    private const long NoonMs = 1_782_907_200_000;

    /// <summary>The store under test, empty at the beginning of each test.</summary>
    protected abstract IMeasurementStore Store { get; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>All points of a series, oldest first.</summary>
    protected abstract Task<IReadOnlyList<StoredPoint>> ReadAsync(SeriesKey series);

    /// <summary>All days of the completeness series, by gateway and device, without the fields that are 0.</summary>
    protected abstract Task<IReadOnlyList<DayPoint>> ReadDaysAsync();

    [Fact]
    public async Task Day_of_the_ledger_comes_back_as_it_was_written_last()
    {
        var day = new DayPoint
        {
            Gateway = "gz-07", Site = "gz", Station = "pond-a", Device = "pond1", Channel = "ph", StartMs = 1_782_864_000_000,
            Fields = [new("expected", 1_440), new("good", 1_440), new("lost_full", 0)],
        };
        var noChannel = day with { Site = "", Station = "", Device = "", Channel = "", Fields = [new("expected", 3), new("lost_full", 3)] };
        await Store.WriteDaysAsync([day, noChannel], Cancelled);
        await Store.WriteDaysAsync([day with { Fields = [new("expected", 1_441), new("good", 0), new("lost_full", 1_441)] }], Cancelled);

        var days = await ReadDaysAsync();
        Assert.Equal([noChannel with { Fields = [] }, day with { Fields = [] }], days.Select(known => known with { Fields = [] }));
        Assert.Equal([new("expected", 3), new("lost_full", 3)], days[0].Fields);
        Assert.Equal([new("expected", 1_441), new("lost_full", 1_441)], days[1].Fields);
    }

    /// <summary>All grab samples, by time.</summary>
    protected abstract Task<IReadOnlyList<SamplePoint>> ReadSamplesAsync();

    [Fact]
    public async Task Grab_sample_comes_back_as_it_was_written_last_beside_the_probe_and_apart_from_it()
    {
        var probe = PointOf(1);
        var sample = new SamplePoint
        {
            Beside = SeriesKey.Of(probe),
            Method = "HJ 535, a=b",
            TimeNs = probe.TimeNs,
            Value = 118.5,
            Who = "Wang \"F\" Fang",
            Laboratory = "",
            Note = "back\\slash",
            Epoch = "7q2mzk4a",
            Sequence = 1,
        };
        var other = sample with { Method = "", TimeNs = sample.TimeNs + 1, Sequence = 2, Value = -0.5 };
        await WriteAsync(probe);
        Assert.Empty(await Store.WriteSamplesAsync([sample with { Value = 3 }, other], Cancelled));
        Assert.Empty(await Store.WriteSamplesAsync([sample], Cancelled));

        Assert.Equal([sample, other], await ReadSamplesAsync());
        Assert.Equal([StoredPoint.Of(probe)], await ReadAsync(SeriesKey.Of(probe)));
    }

    /// <summary>All episodes of alerts, by time.</summary>
    protected abstract Task<IReadOnlyList<EpisodePoint>> ReadEpisodesAsync();

    [Fact]
    public async Task Episode_comes_back_as_it_was_written_last_an_end_that_was_taken_back_too()
    {
        var episode = new EpisodePoint
        {
            Of = SeriesKey.Of(PointOf(1)),
            Rule = "leak, a=b",
            TimeNs = NoonMs * 1_000_000,
            Id = "leak.stream-nh4-3fa9c1d2.1782907200000",
            Standing = "over",
            Severity = "high",
            SinceMs = NoonMs - 600_000,
            RaisedMs = NoonMs,
            ClearedMs = NoonMs + 60_000,
            Peak = 16.25,
            Notices = 2,
            Summary = "back at 3 \"mg/L\"",
        };
        var again = episode with { TimeNs = episode.TimeNs + 1, Id = episode.Id + "-again", Standing = "silent", Severity = "", Summary = "", Notices = 0 };
        var goesOn = episode with { Standing = "firing", ClearedMs = 0, SinceMs = NoonMs - 900_000, Peak = 17, IsPeakBound = true, Notices = 3, Summary = "" };
        Assert.Empty(await Store.WriteEpisodesAsync([episode, again], Cancelled));
        Assert.Empty(await Store.WriteEpisodesAsync([goesOn], Cancelled));

        Assert.Equal([goesOn, again], await ReadEpisodesAsync());

        // A store that merges fields must not keep the word.
        Assert.Empty(await Store.WriteEpisodesAsync([episode], Cancelled));
        Assert.Equal([episode, again], await ReadEpisodesAsync());
    }

    /// <summary>All averages, by time.</summary>
    protected abstract Task<IReadOnlyList<AveragePoint>> ReadAveragesAsync();

    [Fact]
    public async Task Average_comes_back_as_it_was_written_last_and_is_no_data_where_it_was_taken_back()
    {
        var average = new AveragePoint
        {
            Of = SeriesKey.Of(PointOf(1)),
            Average = "pm10-day",
            EndMs = NoonMs,
            Value = 118,
            Mean = 117.625,
            Hours = 21,
            Needed = 20,
            Length = 24,
        };
        var next = average with { EndMs = NoonMs + 3_600_000, Value = null, Mean = null, Hours = 19 };
        var takenBack = average with { Value = null, Mean = null, Hours = 18 };
        Assert.Empty(await Store.WriteAveragesAsync([average, next], Cancelled));
        Assert.Equal([average, next], await ReadAveragesAsync());
        Assert.Empty(await Store.WriteAveragesAsync([takenBack], Cancelled));

        Assert.Equal([takenBack, next], await ReadAveragesAsync());
    }

    [Fact]
    public async Task Nearest_value_is_found_among_those_of_the_water()
    {
        Point At(long ms, double? value, QualityFlag flag = QualityFlag.Good, Why why = Why.None) =>
            PointOf(ms) with { TimeNs = Point.KeyNs(NoonMs + ms, 0), Value = ValueOf(value) with { Flag = flag, Why = why } };
        await WriteAsync(
            At(-9_000, 1), At(-4_000, 2), At(1_000, null, QualityFlag.Missing, Why.NoAnswer), At(2_000, 3, QualityFlag.Fail, Why.Maintenance),
            At(5_000, 4, QualityFlag.Suspect, Why.Spike | Why.Rate), At(0, 5) with { Channel = "other" });
        Task<NearValue?> Nearest(long ms, int seconds) =>
            Store.NearestAsync(SeriesKey.Of(PointOf(1)), Point.KeyNs(NoonMs + ms, 0), TimeSpan.FromSeconds(seconds), Cancelled);

        Assert.Equal(new NearValue(Point.KeyNs(NoonMs - 4_000, 0), 2, QualityFlag.Good, Why.None), await Nearest(0, 60));
        Assert.Equal(new NearValue(Point.KeyNs(NoonMs + 5_000, 0), 4, QualityFlag.Suspect, Why.Spike | Why.Rate), await Nearest(1_000, 60));
        Assert.Equal(2, (await Nearest(0, 4))!.Value.Value);
        Assert.Null(await Nearest(0, 3));
        Assert.Null(await Nearest(1_000_000_000, 60));
    }

    [Fact]
    public async Task Sketch_of_a_series_keeps_its_extremes_its_worst_flag_and_its_count_in_each_stretch()
    {
        Point At(long ms, double? value, QualityFlag flag = QualityFlag.Good) =>
            PointOf(ms) with { TimeNs = Point.KeyNs(NoonMs + ms, ms % 7), Value = ValueOf(value) with { Flag = flag } };
        await WriteAsync(
            At(0, 7), At(10_000, 9.5, QualityFlag.Suspect), At(20_000, 6.25), At(30_000, 99, QualityFlag.Fail), At(59_999, 8),
            At(120_000, null, QualityFlag.Missing), At(180_000, 14, QualityFlag.Fail), At(181_000, 13, QualityFlag.Fail),
            At(240_000, 5), At(0, 1) with { Channel = "other" });
        Task<IReadOnlyList<SeriesBucket>> Sketch(long fromMs, long toMs, long bucketMs) => ((IHistoryStore)Store).SketchAsync(
            SeriesKey.Of(PointOf(1)), (NoonMs + fromMs) * 1_000_000, (NoonMs + toMs) * 1_000_000, bucketMs, Cancelled);

        Assert.Equal(
            [
                new SeriesBucket(NoonMs, 7, 8, 6.25, 9.5, (7 + 9.5 + 6.25 + 8) / 4, 5, QualityFlag.Fail),
                new SeriesBucket(NoonMs + 120_000, null, null, null, null, null, 1, QualityFlag.Missing),
                new SeriesBucket(NoonMs + 180_000, 14, 13, 13, 14, 13.5, 2, QualityFlag.Fail),
            ],
            await Sketch(0, 240_000, 60_000));
        Assert.Equal(
            [new SeriesBucket(NoonMs - (NoonMs % 86_400_000), 9.5, 6.25, 6.25, 9.5, 7.875, 2, QualityFlag.Suspect)],
            await Sketch(10_000, 30_000, 86_400_000));
        Assert.Empty(await Sketch(-60_000, 0, 60_000));
    }

    [Fact]
    public async Task Sketch_of_a_direction_has_the_mean_of_its_vectors_in_each_stretch()
    {
        Point At(long ms, double value, QualityFlag flag = QualityFlag.Good) => PointOf(ms) with
        {
            TimeNs = Point.KeyNs(NoonMs + ms, 0), Measurand = Measurand.WindDirection,
            Value = ValueOf(value) with { Measurand = Measurand.WindDirection, Flag = flag },
        };
        await WriteAsync(
            At(0, 350), At(10_000, 30), At(20_000, 180, QualityFlag.Fail), At(60_000, 90), At(120_000, 200, QualityFlag.Fail), At(130_000, 220, QualityFlag.Fail));

        var sketch = await ((IHistoryStore)Store).SketchAsync(
            SeriesKey.Of(At(0, 1)), NoonMs * 1_000_000, (NoonMs + 180_000) * 1_000_000, 60_000, Cancelled);

        Assert.Equal([10, 90, 210], sketch.Select(bucket => Math.Round(bucket.Mean!.Value, 9)));
        Assert.Equal([(350.0, 30.0, 3L), (90, 90, 1), (200, 220, 2)], sketch.Select(bucket => (bucket.First!.Value, bucket.Last!.Value, bucket.Count)));
    }

    [Fact]
    public async Task Point_comes_back_with_every_field()
    {
        var point = PointOf(1) with
        {
            Clock = ClockSource.Est,
            Value = ValueOf(7.125) with
            {
                Raw = -412.4,
                Low = 0.1 + 0.2,
                High = 1e-300,
                Count = 3,
                Flag = QualityFlag.Suspect,
                Why = Why.Spike | Why.Fog,
                Calibration = "c17 \"new\", a=b\\",
            },
        };
        await WriteAsync(point);
        Assert.Equal([StoredPoint.Of(point)], await ReadAsync(SeriesKey.Of(point)));
    }

    [Fact]
    public async Task Missing_value_is_a_point_without_a_number()
    {
        var point = PointOf(1) with { Value = ValueOf(null) with { Flag = QualityFlag.Missing, Why = Why.NoAnswer } };
        await WriteAsync(point);
        Assert.Equal([StoredPoint.Of(point)], await ReadAsync(SeriesKey.Of(point)));
    }

    [Fact]
    public async Task Same_point_again_changes_nothing()
    {
        var point = PointOf(1);
        await WriteAsync(point);
        await WriteAsync(point);
        Assert.Equal([StoredPoint.Of(point)], await ReadAsync(SeriesKey.Of(point)));
    }

    [Fact]
    public async Task Revision_replaces_what_it_revises_and_takes_reasons_back()
    {
        var point = PointOf(1) with { Value = ValueOf(9) with { Flag = QualityFlag.Suspect, Why = Why.Spike, Calibration = "c1" } };
        var revision = point with { Value = ValueOf(9), IsRevision = true };
        await WriteAsync(point);
        await WriteAsync(revision);
        Assert.Equal([StoredPoint.Of(revision)], await ReadAsync(SeriesKey.Of(point)));
    }

    [Fact]
    public async Task Records_of_the_same_millisecond_are_two_points()
    {
        await WriteAsync(PointOf(1), PointOf(2));
        Assert.Equal([1L, 2L], (await ReadAsync(SeriesKey.Of(PointOf(1)))).Select(point => point.Sequence));
    }

    [Fact]
    public async Task Series_that_differ_in_one_tag_or_the_measurand_are_apart()
    {
        var point = PointOf(1);
        Point[] points =
        [
            point,
            point with { Site = "other" },
            point with { Station = "other" },
            point with { Gateway = "other" },
            point with { Device = "other" },
            point with { Channel = "other" },
            point with { Measurand = Measurand.AmmoniumIon },
        ];
        await WriteAsync(points);
        foreach (var each in points)
        {
            Assert.Equal([StoredPoint.Of(each)], await ReadAsync(SeriesKey.Of(each)));
        }
    }

    [Fact]
    public async Task Times_at_the_ends_of_what_64_bits_hold_are_kept()
    {
        var first = PointOf(0) with { TimeNs = Point.KeyNs(-9_223_372_036_853, 0) };
        var last = PointOf(999_999) with { TimeNs = Point.KeyNs(9_223_372_036_853, 999_999) };
        await WriteAsync(first, last);
        Assert.Equal([StoredPoint.Of(first), StoredPoint.Of(last)], await ReadAsync(SeriesKey.Of(first)));
    }

    [Fact]
    public async Task Many_points_at_once_are_all_there()
    {
        var points = Enumerable.Range(0, 12_001).Select(number => PointOf(number, number / 8.0)).ToArray();
        await WriteAsync(points);
        Assert.Equal(points.Select(StoredPoint.Of), await ReadAsync(SeriesKey.Of(points[0])));
    }

    [Fact]
    public async Task Nothing_is_no_trouble() => await WriteAsync();

    [Fact]
    public async Task Write_that_was_broken_off_goes_on_with_what_is_left_and_ends_with_nothing()
    {
        var points = Enumerable.Range(0, 10).Select(number => PointOf(number)).ToList();
        var write = new PointWrite(points);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.WriteAsync(write, new CancellationToken(canceled: true)));
        Assert.Equal(points, write.Left);

        await Store.WriteAsync(write, Cancelled);
        Assert.Empty(write.Left);
        Assert.Empty(write.Refused);
        Assert.Equal(points.Select(StoredPoint.Of), await ReadAsync(SeriesKey.Of(points[0])));

        // What is done is not written again.
        var revision = points[3] with { Value = ValueOf(9), IsRevision = true };
        await WriteAsync(revision);
        await Store.WriteAsync(write, Cancelled);
        Assert.Contains(StoredPoint.Of(revision), await ReadAsync(SeriesKey.Of(revision)));
    }

    [Fact]
    public async Task Number_that_was_computed_anew_stands_beside_the_value_and_changes_nothing_else()
    {
        var points = Enumerable.Range(1, 3).Select(number => PointOf(number, number) with
        {
            Value = ValueOf(number) with { Raw = number * 10, Calibration = "c1" },
        }).ToArray();
        await WriteAsync(points);
        var series = SeriesKey.Of(points[0]);
        await History.AdjustAsync(
            series, [new AdjustedPoint(points[0].TimeNs, 7.25, "c2"), new AdjustedPoint(points[1].TimeNs, -0.5, "c2")], Cancelled);
        await History.AdjustAsync(series, [new AdjustedPoint(points[1].TimeNs, 8.125, "c3")], Cancelled);

        Assert.Equal(points.Select(StoredPoint.Of), await ReadAsync(series));
        Assert.Equal(
            [
                new HistoryPoint(points[0].TimeNs, 1, 10, "c1", 7.25, "c2", QualityFlag.Good, Why.None),
                new HistoryPoint(points[1].TimeNs, 2, 20, "c1", 8.125, "c3", QualityFlag.Good, Why.None),
                new HistoryPoint(points[2].TimeNs, 3, 30, "c1", null, null, QualityFlag.Good, Why.None),
            ],
            await History.ReadAsync(series, points[0].TimeNs, points[2].TimeNs + 1, Cancelled));

        // An original that comes again, and a revision, leave it alone.
        await WriteAsync(points[0], points[1] with { Value = ValueOf(2) with { Flag = QualityFlag.Suspect, Raw = 20, Calibration = "c1" }, IsRevision = true });
        Assert.Equal([7.25, 8.125, null], (await History.ReadAsync(series, 0, long.MaxValue, Cancelled)).Select(point => point.Adjusted));
    }

    [Fact]
    public async Task History_is_read_in_parts_from_the_first_time_to_before_the_last()
    {
        var points = Enumerable.Range(0, 12_001).Select(number => PointOf(number, number / 8.0)).ToArray();
        await WriteAsync(points);
        var series = SeriesKey.Of(points[0]);
        var part = await History.ReadAsync(series, points[0].TimeNs, points[^1].TimeNs, Cancelled);
        var rest = await History.ReadAsync(series, part[^1].TimeNs + 1, points[^1].TimeNs, Cancelled);

        Assert.Equal((IHistoryStore.PointsMax, 2_000), (part.Count, rest.Count));
        Assert.Equal(points[..^1].Select(point => point.TimeNs), part.Concat(rest).Select(point => point.TimeNs));
        Assert.Empty(await History.ReadAsync(series with { Channel = "it's" }, 0, long.MaxValue, Cancelled));
    }

    [Fact]
    public async Task Mean_comes_back_as_it_was_written_last_and_has_no_number_where_nothing_counts()
    {
        var mean = new MeanPoint
        {
            Of = SeriesKey.Of(PointOf(1)),
            Resolution = Resolution.TenMinutes,
            StartMs = NoonMs,
            Value = new MeanValue(12, 9, 0.1, -3, 1.0 / 3, 1e-9, QualityFlag.Suspect),
            Expired = 4,
        };
        var next = mean with { StartMs = NoonMs + 600_000, Value = mean.Value with { Adjusted = null } };
        var day = mean with { Resolution = Resolution.Day, Value = mean.Value with { Records = 24 } };
        var other = mean with { Of = mean.Of with { Measurand = Measurand.Ph } };
        await Retaining.WriteMeansAsync([mean, next, day, other], Cancelled);
        var none = mean with { Value = new MeanValue(12, 0, null, null, null, null, QualityFlag.Fail), Expired = 0 };
        Assert.Equal([mean, next], await Retaining.MeansAsync(mean.Of, Resolution.TenMinutes, NoonMs, NoonMs + 600_001, Cancelled));
        await Retaining.WriteMeansAsync([none], Cancelled);

        Assert.Equal([none], await Retaining.MeansAsync(mean.Of, Resolution.TenMinutes, NoonMs, NoonMs + 600_000, Cancelled));
        Assert.Equal([day], await Retaining.MeansAsync(mean.Of, Resolution.Day, NoonMs, NoonMs + 1, Cancelled));
        Assert.Equal(
            [mean.Of.Measurand, Measurand.Ph],
            (await Retaining.SeriesBeforeAsync(Resolution.TenMinutes, (NoonMs * 1_000_000) + 1, Cancelled)).Select(series => series.Measurand));
        Assert.Empty(await Retaining.SeriesBeforeAsync(Resolution.Day, NoonMs * 1_000_000, Cancelled));
    }

    [Fact]
    public async Task What_is_old_is_found_and_deleted_and_all_beside_it_stays()
    {
        var points = Enumerable.Range(1, 4).Select(number => PointOf(number)).ToArray();
        var other = PointOf(2) with { Device = "it's" };
        var missing = PointOf(1, null) with { Station = "of failures", Channel = "a=b" };
        await WriteAsync([.. points, other, missing]);
        var series = SeriesKey.Of(points[0]);
        await History.AdjustAsync(series, [new AdjustedPoint(points[0].TimeNs, 7, "c")], Cancelled);
        await Store.WriteDaysAsync([new DayPoint { Gateway = "gz-07", Site = "", Station = "", Device = "", Channel = "", StartMs = 0, Fields = [new("expected", 1)] }], Cancelled);

        Assert.Equal(
            new[] { series, SeriesKey.Of(missing) }.Order(ByChannel),
            (await Retaining.SeriesBeforeAsync(Resolution.Record, points[1].TimeNs, Cancelled)).Order(ByChannel));
        Assert.Equal(points[1].TimeNs, await Retaining.FirstAsync(series, Resolution.Record, points[0].TimeNs + 1, points[3].TimeNs, Cancelled));
        await Retaining.DeleteAsync(series, Resolution.Record, points[0].TimeNs, points[2].TimeNs, Cancelled);
        await Retaining.DeleteAsync(series, Resolution.Record, points[0].TimeNs, points[2].TimeNs, Cancelled);

        Assert.Null(await Retaining.FirstAsync(series, Resolution.Record, points[0].TimeNs, points[2].TimeNs, Cancelled));
        Assert.Equal(points[2..].Select(StoredPoint.Of), await ReadAsync(series));
        Assert.Single(await History.ReadAsync(SeriesKey.Of(other), 0, long.MaxValue, Cancelled));

        // What comes again is there again, without the number that stood beside it.
        await WriteAsync(points[0]);
        Assert.Equal([null, null, null], (await History.ReadAsync(series, 0, long.MaxValue, Cancelled)).Select(point => point.Adjusted));
    }

    private static Comparer<SeriesKey> ByChannel => Comparer<SeriesKey>.Create((one, other) => string.CompareOrdinal(one.Channel, other.Channel));

    private IHistoryStore History => (IHistoryStore)Store;

    private IRetainingStore Retaining => (IRetainingStore)Store;

    /// <summary>A point of the usual series.</summary>
    public static Point PointOf(long sequence, double? value = 1.5) => new()
    {
        Measurand = Measurand.AmmoniumNitrogen,
        Site = "pond",
        Station = "stream",
        Gateway = "gz-07",
        Device = "probe",
        Channel = "nh4n",
        TimeNs = Point.KeyNs(NoonMs, sequence),
        Epoch = "7q2mzk4a",
        Sequence = sequence,
        Clock = ClockSource.Ntp,
        Value = ValueOf(value),
    };

    private static ChannelValue ValueOf(double? value) => new()
    {
        Channel = "nh4n",
        Measurand = Measurand.AmmoniumNitrogen,
        Value = value,
        Flag = QualityFlag.Good,
    };

    private async Task WriteAsync(params Point[] points) => Assert.Empty(await Store.WriteAsync(points, Cancelled));
}

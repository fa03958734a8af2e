using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Recalculation;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Recalculation;

/// <summary>The command on the files of a backend.</summary>
public sealed class RecomputeTests : IDisposable
{
    private const long HourMs = 3_600_000;

    private static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("pond-recompute-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Line_is_computed_from_the_raw_number_or_from_the_value_where_nothing_was_calibrated()
    {
        await KeepAsync(Turbidity("c2", 10));
        await StoreAsync(
            Point(Measurand.TurbidityNtu, "turbidity", 0, 50),
            Point(Measurand.TurbidityNtu, "turbidity", 1, 48, raw: 50, calibration: "c1"),
            Point(Measurand.TurbidityNtu, "turbidity", 2, 48, calibration: "c1"),
            Point(Measurand.TurbidityNtu, "turbidity", 3, null),
            Point(Measurand.TurbidityNtu, "turbidity", 30, 50));

        var (code, output, error) = await RunAsync(Order("turbidity", "c2"));

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(
            """
            gz-07 probe.turbidity by c2: 4 points, 2 computed
              1 left as they are: without a value
              1 left as they are: without a raw number
              changed by -9 in the mean, 10 at the most

            """,
            output);
        Assert.Equal([40, 40, null, null, null], (await ReadAsync(Measurand.TurbidityNtu, "turbidity")).Select(point => point.Adjusted));
        Assert.Equal([50, 48, 48, null, 50], (await ReadAsync(Measurand.TurbidityNtu, "turbidity")).Select(point => point.Value));
    }

    /// <summary>By the arguments alone, as people write them: most name no reading of a visit.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(50, "--fouling", "50,75")]
    [InlineData(42, "--drift", "110=100")]
    public async Task Command_line_computes(double expected, params string[] more)
    {
        await KeepAsync(Turbidity("c2", 10));
        await StoreAsync(Point(Measurand.TurbidityNtu, "turbidity", 1, 50));

        Assert.Equal(0, await BackendCommandLine.InvokeAsync(
            [
                "recompute", "gz-07", "probe.turbidity", "--calibration", "c2",
                "--from", "2026-11-01", "--to", "2026-11-01T02:00:00Z", "--folder", folder, .. more,
            ]));

        Assert.Equal(expected, (await ReadAsync(Measurand.TurbidityNtu, "turbidity")).Single().Adjusted);
    }

    [Fact]
    public async Task Dry_run_writes_nothing_and_says_the_same()
    {
        await KeepAsync(Turbidity("c2", 10));
        await StoreAsync(Point(Measurand.TurbidityNtu, "turbidity", 0, 50));

        var (code, output, _) = await RunAsync(Order("turbidity", "c2") with { IsDry = true });

        Assert.Equal(0, code);
        Assert.Contains("1 computed, nothing written", output, StringComparison.Ordinal);
        Assert.Null((await ReadAsync(Measurand.TurbidityNtu, "turbidity")).Single().Adjusted);
        Assert.Equal(
            """{"points":1,"computed":1,"missing":0,"without_raw":0,"without_temperature":0,"out_of_bounds":0,"mean_change":-10,"largest_change":10,"rating":null,"written":false}""",
            (await RunAsync(Order("turbidity", "c2") with { IsDry = true }, json: true)).Output.TrimEnd());
    }

    [Fact]
    public async Task Means_of_what_was_computed_are_made_anew_and_of_nothing_else()
    {
        await KeepAsync(Turbidity("c2", 10));
        await StoreAsync(
            Point(Measurand.TurbidityNtu, "turbidity", 0, 50), Point(Measurand.TurbidityNtu, "turbidity", 1, null), Point(Measurand.TurbidityNtu, "turbidity", 5, 50));
        Assert.Equal(0, (await RunAsync(Order("turbidity", "c2"))).Code);

        using var connection = new StateDatabase(Path.Combine(folder, BackendHost.StateFile)).Connect();
        MeanMarks.Open(connection);
        await RunAsync(Order("turbidity", "c2") with { IsDry = true });
        Assert.Empty(Marked(connection));
        Assert.Equal(0, (await RunAsync(Order("turbidity", "c2"))).Code);
        Assert.Equal([0, 5], Marked(connection));
    }

    [Fact]
    public async Task Drift_is_added_in_proportion_to_the_time()
    {
        await KeepAsync(Turbidity("c2", 0));
        await StoreAsync([.. Enumerable.Range(0, 24).Select(hour => Point(Measurand.TurbidityNtu, "turbidity", hour, 50))]);

        Assert.Equal(0, (await RunAsync(Order("turbidity", "c2") with { CorrectPercent = 10 })).Code);

        var points = await ReadAsync(Measurand.TurbidityNtu, "turbidity");
        Assert.Equal((50.0, 52.5), (points[0].Adjusted, points[12].Adjusted));
        Assert.All(points, point => Assert.Equal("c2", point.AdjustedBy));
    }

    [Fact]
    public async Task Drift_ends_at_the_visit_that_found_it_and_says_how_good_the_record_was()
    {
        await KeepAsync(Turbidity("c1", 0));
        await KeepAsync(Turbidity("c2", 0) with { TimeMs = Start.AddHours(12).ToUnixTimeMilliseconds() });
        await KeepAsync(Turbidity("c3", 0) with { TimeMs = Start.AddHours(20).ToUnixTimeMilliseconds() });
        await StoreAsync([.. Enumerable.Range(0, 24).Select(hour => Point(Measurand.TurbidityNtu, "turbidity", hour, 50))]);
        var order = Order("turbidity", "c1") with { CorrectPercent = 12, IsEndGiven = false };

        var (code, output, _) = await RunAsync(order);

        Assert.Equal(0, code);
        Assert.Contains("12 points, 12 computed", output, StringComparison.Ordinal);
        Assert.Contains("rated fair by USGS", output, StringComparison.Ordinal);
        var points = await ReadAsync(Measurand.TurbidityNtu, "turbidity");
        Assert.Equal((53.0, null), (points[6].Adjusted, points[12].Adjusted));
        Assert.Contains("\"rating\":\"fair\"", (await RunAsync(order, json: true)).Output, StringComparison.Ordinal);

        var (late, _, why) = await RunAsync(order with { From = Start.AddHours(21), To = Start.AddHours(23) });
        Assert.Equal((2, "probe.turbidity has no calibration after --from but c1: say when the visit was that found 12 %, --to TIME"), (late, why.TrimEnd()));
    }

    /// <summary>People write the time of the calibration that it begins with as lists show it: to the second, or its day.</summary>
    [Theory]
    [InlineData(0, 512)]
    [InlineData(9, 0)]
    public async Task Correction_does_not_end_at_the_calibration_that_it_begins_with(int hours, int ms)
    {
        await KeepAsync(Turbidity("c1", 0) with { TimeMs = Start.AddHours(hours).AddMilliseconds(ms).ToUnixTimeMilliseconds() });
        await KeepAsync(Turbidity("c2", 0) with { TimeMs = Start.AddHours(12).ToUnixTimeMilliseconds() });
        await StoreAsync([.. Enumerable.Range(0, 24).Select(hour => Point(Measurand.TurbidityNtu, "turbidity", hour, 50))]);

        var (_, output, _) = await RunAsync(Order("turbidity", "c1") with { CorrectPercent = 12, IsEndGiven = false });

        Assert.Contains("12 points, 12 computed", output, StringComparison.Ordinal);
        Assert.Contains("corrected by nothing at 2026-11-01T00:00:00.000Z up to +12 % at 2026-11-01T12:00:00.000Z", output, StringComparison.Ordinal);
    }

    /// <summary>It was brought to another station in between, so it has two series: the later one is not the last that is read.</summary>
    [Fact]
    public async Task Record_is_rated_by_the_newest_value_of_all_its_series()
    {
        await KeepAsync(Turbidity("c1", 0));
        await StoreAsync(
            Point(Measurand.TurbidityNtu, "turbidity", 1, 5) with { Station = "a", Gateway = "gz-07" },
            Point(Measurand.TurbidityNtu, "turbidity", 2, 5) with { Station = "b" },
            Point(Measurand.TurbidityNtu, "turbidity", 20, 500) with { Station = "a" });

        // Of 5 NTU 6 % are 0.3, which is excellent; of 500 they are good.
        var (_, output, _) = await RunAsync(Order("turbidity", "c1") with { CorrectPercent = 6 });

        Assert.Contains("rated good by USGS", output, StringComparison.Ordinal);
    }

    /// <summary>A standard of 500 at the visit is not what the record was like; where there is nothing else, nobody can say.</summary>
    [Theory]
    [InlineData(QualityFlag.Fail, Why.Calibrating)]
    [InlineData(QualityFlag.Good, Why.Calibrating)]
    [InlineData(QualityFlag.NotEvaluated, Why.Maintenance)]
    [InlineData(QualityFlag.Fail, Why.OutOfBounds)]
    public async Task Record_is_not_rated_by_what_was_no_value_of_the_water(QualityFlag flag, Why why)
    {
        await KeepAsync(Turbidity("c1", 0));
        var standard = Point(Measurand.TurbidityNtu, "turbidity", 20, 500);
        standard = standard with { Value = standard.Value with { Flag = flag, Why = why } };
        await StoreAsync(standard);
        var order = Order("turbidity", "c1") with { CorrectPercent = 6 };

        Assert.Contains("not rated: no sound value", (await RunAsync(order)).Output, StringComparison.Ordinal);

        await StoreAsync(Point(Measurand.TurbidityNtu, "turbidity", 2, 5));
        Assert.Contains("rated excellent by USGS", (await RunAsync(order)).Output, StringComparison.Ordinal);
    }

    /// <summary>50 in the water before cleaning, 44 after, while a clean meter beside it fell from 46 to 45; 104 in a standard of 100.</summary>
    [Fact]
    public async Task What_was_read_at_the_visit_makes_the_correction_and_its_rating()
    {
        await KeepAsync(Turbidity("c1", 0));
        await StoreAsync([.. Enumerable.Range(0, 24).Select(hour => Point(Measurand.TurbidityNtu, "turbidity", hour, 50))]);
        var order = Order("turbidity", "c1") with { Found = FoulingAndDrift.Of(50, 44, 46, 45, 100, 104) };

        var (_, output, _) = await RunAsync(order);

        // Fouling (44 - 50) - (45 - 46) of 50: -10 %; drift -4 of 104: -3.85 %.
        Assert.Contains("up to -13.85 %", output, StringComparison.Ordinal);
        Assert.Contains("rated fair by USGS", output, StringComparison.Ordinal);
        Assert.Equal(50 * (1 - (0.5 * 0.13846154)), (await ReadAsync(Measurand.TurbidityNtu, "turbidity"))[12].Adjusted!.Value, 1e-6);

        // Fouling and drift that undo each other change nothing, and the record is as poor.
        Assert.Contains("rated poor by USGS", (await RunAsync(order with { Found = new FoulingAndDrift(-10, 10, -5, 5) })).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(order with { CorrectPercent = 3 })).Code);
        Assert.Equal(2, (await RunAsync(order with { Found = FoulingAndDrift.Of(0, 1, 0, 0, 1, 1) })).Code);
    }

    [Fact]
    public async Task Electrode_takes_the_temperature_that_was_measured_in_the_hour_before()
    {
        var fit = CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, [new(4, 3 + (57.68 * 3)), new(7, 3)], 25);
        await KeepAsync(Record("c2", "ph", Measurand.Ph, CalibrationKind.PhElectrode, 25).With(fit));
        await StoreAsync(
            Point(Measurand.WaterTemperature, "t", 1, 25),
            Point(Measurand.WaterTemperature, "t", 4, 10),
            Point(Measurand.Ph, "ph", 0, 5, raw: 120),
            Point(Measurand.Ph, "ph", 2, 5, raw: 120),
            Point(Measurand.Ph, "ph", 3, 5, raw: 120),
            Point(Measurand.Ph, "ph", 4, 5, raw: 120, calibration: "c1"),
            Point(Measurand.Ph, "ph", 5, 5, calibration: "c1"));

        var (code, output, _) = await RunAsync(Order("ph", "c2") with { TemperatureFrom = "probe.t" });

        Assert.Equal(0, code);
        Assert.Equal([null, 4.972, null, 4.864, null], (await ReadAsync(Measurand.Ph, "ph")).Select(point => point.Adjusted is { } ph ? Math.Round(ph, 3) : (double?)null));
        Assert.Contains("2 left as they are: without a temperature within the hour before", output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(Order("ph", "c2") with { Celsius = 10 })).Code);
        Assert.Equal(4, (await ReadAsync(Measurand.Ph, "ph")).Count(point => point.Adjusted is { } ph && Math.Round(ph, 3) == 4.864));
    }

    /// <summary>A bucket, a buffer and a probe that has just got its power are not the water.</summary>
    [Theory]
    [InlineData(QualityFlag.Fail, Why.OutOfBounds)]
    [InlineData(QualityFlag.Suspect, Why.None)]
    [InlineData(QualityFlag.NotEvaluated, Why.Maintenance)]
    [InlineData(QualityFlag.Good, Why.Calibrating)]
    public async Task Temperature_that_is_not_the_waters_is_passed_over(QualityFlag flag, Why why)
    {
        var fit = CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, [new(4, 3 + (57.68 * 3)), new(7, 3)], 25);
        await KeepAsync(Record("c2", "ph", Measurand.Ph, CalibrationKind.PhElectrode, 25).With(fit));
        var wrong = Point(Measurand.WaterTemperature, "t", 2, 85);
        await StoreAsync(
            Point(Measurand.WaterTemperature, "t", 1, 25),
            wrong with { Value = wrong.Value with { Flag = flag, Why = why } },
            Point(Measurand.Ph, "ph", 2, 5, raw: 120));

        Assert.Equal(0, (await RunAsync(Order("ph", "c2") with { TemperatureFrom = "probe.t" })).Code);

        Assert.Equal(4.972, (await ReadAsync(Measurand.Ph, "ph")).Single().Adjusted!.Value, 5e-4);
    }

    [Fact]
    public async Task Misuse_says_what_to_do()
    {
        await KeepAsync(Turbidity("c2", 10));
        await KeepAsync(Turbidity("c3", 10) with { Reasons = ["slope 50 % is outside"] });
        await KeepAsync(Record("c4", "turbidity", Measurand.TurbidityNtu, CalibrationKind.Instrument, 20));
        await KeepAsync(Record("c5", "ph", Measurand.Ph, CalibrationKind.PhElectrode, 25)
            .With(CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, [new(7, 0)], 25)));
        var order = Order("turbidity", "c2");
        await StoreAsync(Point(Measurand.TurbidityNtu, "turbidity", 0, 50));

        foreach (var (wrong, why) in new[]
        {
            (order with { To = Start }, "ends before it begins"),
            (order with { CorrectPercent = -100 }, "above -100"),
            (order with { Calibration = "c9" }, "knows no calibration c9"),
            (order with { Gateway = "gz-08" }, "knows no calibration c2"),
            (order with { Channel = "probe.ph" }, "is a calibration of probe.turbidity"),
            (order with { Calibration = "c3" }, "was refused: slope 50 %"),
            (order with { Calibration = "c4" }, "held by its instrument"),
            (Order("ph", "c5"), "say how warm the water was"),
            (Order("ph", "c5") with { Celsius = 20 }, "has sent nothing of probe.ph"),
            (Order("ph", "c5") with { TemperatureFrom = "probe.turbidity" }, "no temperature of water"),
        })
        {
            var (code, output, error) = await RunAsync(wrong);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(why, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nothing_in_the_time_is_said_with_an_exit_code()
    {
        await KeepAsync(Turbidity("c2", 10));
        await StoreAsync(Point(Measurand.TurbidityNtu, "turbidity", 100, 50));

        Assert.Equal(1, (await RunAsync(Order("turbidity", "c2"))).Code);
    }

    [Fact]
    public void Number_beyond_all_bounds_is_left_out()
    {
        var fit = CalibrationFit.Of(CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, [new(1, 0)], 25);
        var record = Record("c1", "nh4n", Measurand.AmmoniumNitrogen, CalibrationKind.IonElectrode, 25).With(fit);

        var computed = new PondSentinel.Backend.Recalculation.Recalculation(record, null, _ => 25).Of(new HistoryPoint(0, 1, 1e9, "", null, null, QualityFlag.Good, Why.None));

        Assert.Equal(new Recomputed(null, Outcome.OutOfBounds), computed);
    }

    private static CalibrationRecord Turbidity(string id, double tooMuch) =>
        Record(id, "turbidity", Measurand.TurbidityNtu, CalibrationKind.Line, 20)
            .With(CalibrationFit.Of(CalibrationKind.Line, Measurand.TurbidityNtu, [new(0, tooMuch)], 20));

    private static CalibrationRecord Record(string id, string channel, Measurand measurand, CalibrationKind kind, double celsius) => new()
    {
        Id = id, Device = "probe", Channel = channel, Measurand = measurand, Model = "m", TimeMs = 1, By = "Li", Kind = kind, Celsius = celsius,
    };

    private static Point Point(Measurand measurand, string channel, int hour, double? value, double? raw = null, string? calibration = null) => new()
    {
        Measurand = measurand,
        Site = "pond",
        Station = "stream",
        Gateway = "gz-07",
        Device = "probe",
        Channel = channel,
        TimeNs = PondSentinel.Backend.Storage.Point.KeyNs(Start.ToUnixTimeMilliseconds() + (hour * HourMs), hour),
        Epoch = "7q2mzk4a",
        Sequence = hour,
        Clock = ClockSource.Ntp,
        Value = new ChannelValue
        {
            Channel = channel,
            Measurand = measurand,
            Value = value,
            Raw = raw,
            Calibration = calibration,
            Flag = value is null ? QualityFlag.Missing : QualityFlag.Good,
        },
    };

    private static RecomputeOrder Order(string channel, string calibration) => new("gz-07", $"probe.{channel}", calibration, Start, Start.AddDays(1));

    private static IEnumerable<long> Marked(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return new RetentionTables(transaction).Due(long.MaxValue, null, 100).Select(mark => (mark.HourMs - Start.ToUnixTimeMilliseconds()) / HourMs);
    }

    private async Task KeepAsync(CalibrationRecord record)
    {
        await using var connection = new StateDatabase(Path.Combine(folder, BackendHost.StateFile)).Connect();
        await using var transaction = connection.BeginTransaction();
        new IngestTables(transaction).Create();
        new CalibrationTable(transaction).Keep("gz-07", CalibrationEvents.Of(record), nowMs: 1);
        transaction.Commit();
    }

    private async Task StoreAsync(params Point[] points)
    {
        await using var store = new EmbeddedStore(Path.Combine(folder, BackendHost.StoreFile));
        Assert.Empty(await store.WriteAsync(points, TestContext.Current.CancellationToken));
        await using var connection = new StateDatabase(Path.Combine(folder, BackendHost.StateFile)).Connect();
        await using var transaction = connection.BeginTransaction();
        foreach (var series in points.Select(SeriesKey.Of).Distinct())
        {
            transaction.Execute(
                "INSERT OR IGNORE INTO ingest_channel VALUES ('gz-07', 'probe', $channel, $measurand, $station, 'pond')",
                ("$channel", series.Channel), ("$measurand", series.Measurand.WireName), ("$station", series.Station));
        }

        transaction.Commit();
    }

    private async Task<IReadOnlyList<HistoryPoint>> ReadAsync(Measurand measurand, string channel)
    {
        await using var store = new EmbeddedStore(Path.Combine(folder, BackendHost.StoreFile));
        return await store.ReadAsync(
            new SeriesKey(measurand, "pond", "stream", "gz-07", "probe", channel), 0, long.MaxValue, TestContext.Current.CancellationToken);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(RecomputeOrder order, bool json = false)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await RecomputeCommand.RunAsync(
            order,
            new BackendConfiguration { Folder = folder },
            configuration => new EmbeddedStore(Path.Combine(configuration.Folder, BackendHost.StoreFile)),
            new FakeTimeProvider(Start),
            json,
            output,
            error,
            TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
